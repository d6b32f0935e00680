import { markRepositoryState } from '../../db/connections/github-connections.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import { createAskOnce, type AskInTurn } from './ask-in-turn.ts';
import { createRefreshRepository } from './refresh-repository.ts';
import type { SyncActivityContext } from './sync-dependencies.ts';

/**
 * The one way in which activities reach GitHub: in turn, and where GitHub shows nothing under a repository's name, or
 * another repository, it is looked for by its number. Found under a new name the answer is to ask again at once; what is
 * gone or blocked has its state and sentence in its row then.
 * @throws GitHubFailure of every kind but RATE_LIMITED, kept where an admin looks for it; DomainError
 * GITHUB_NOT_CONNECTED
 */
export function createAskInTurn(context: SyncActivityContext): AskInTurn {
  const { db, now } = context;
  const askOnce = createAskOnce(context);
  const refresh = createRefreshRepository(context);

  return async (place, ask) => {
    try {
      return await askOnce(place, ask);
    } catch (error) {
      const { teamId, repositoryId, priority } = place;
      const isMissing = error instanceof GitHubFailure && error.kind === 'NOT_FOUND';
      if (!isMissing || repositoryId === null) {
        throw error;
      }
      const turn = await refresh({ teamId, repositoryId, priority, isForced: true });
      if (!turn.ready) {
        return turn;
      }
      const found = turn.answer;
      // That another one has its name now says more than that it is gone; such a failure is our own, without a cause.
      const isReplaced = found.state === 'GONE' && error.cause === undefined;
      if (isReplaced || (found.state === 'THERE' && !found.isRenamed)) {
        const key = { teamId, repositoryId };
        await withTeam(db, teamId, (tx) => markRepositoryState(tx, key, 'GONE', error.message));
        throw error;
      }
      if (found.state !== 'THERE') {
        const kind = found.state === 'GONE' ? 'NOT_FOUND' : 'FORBIDDEN';
        throw new GitHubFailure(kind, found.reason, { cause: error });
      }
      const { owner, name } = found.repository;
      return { ready: false, until: now(), reason: `The repository is ${owner}/${name} now` };
    }
  };
}

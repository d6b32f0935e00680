import { setRepositoryState } from '../../db/sync/repositories.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import { createAskOnce, type WithRequestSlot } from './request-slot.ts';
import { createRefreshRepository } from './refresh-repository.ts';
import type { SyncActivityContext } from './sync-dependencies.ts';

/**
 * The one way in which activities reach GitHub: in turn, and where GitHub shows nothing under a repository's name, or
 * another repository, it is looked for by its number. Found under a new name the answer is to ask again at once; what is
 * gone or blocked has its state and sentence in its row then.
 * @throws GitHubFailure of every kind but RATE_LIMITED, kept where an admin looks for it; DomainError
 * GITHUB_NOT_CONNECTED
 */
export function createWithRequestSlot(context: SyncActivityContext): WithRequestSlot {
  const { db, now } = context;
  const askOnce = createAskOnce(context);
  const refresh = createRefreshRepository(context);

  return async (scope, ask) => {
    try {
      return await askOnce(scope, ask);
    } catch (error) {
      const { teamId, repositoryId, priority } = scope;
      const isMissing = error instanceof GitHubFailure && error.kind === 'NOT_FOUND';
      if (!isMissing || repositoryId === null) {
        throw error;
      }
      const slot = await refresh({ teamId, repositoryId, priority, isForced: true });
      if (!slot.ready) {
        return slot;
      }
      const found = slot.answer;
      // That another one has its name now says more than that it is gone; such a failure is our own, without a cause.
      const isReplaced = found.state === 'GONE' && error.cause === undefined;
      if (isReplaced || (found.state === 'THERE' && !found.isRenamed)) {
        const key = { teamId, repositoryId };
        await withTeam(db, teamId, (tx) => setRepositoryState(tx, key, 'GONE', error.message));
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

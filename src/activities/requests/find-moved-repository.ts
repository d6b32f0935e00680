import { setRepositoryState } from '../../db/sync/repositories.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import { createAskOnce, type WithRequestSlot } from './request-slot.ts';
import { createRefreshRepository } from './refresh-repository.ts';
import type { SyncActivityContext } from './sync-dependencies.ts';

/**
 * The one way in which activities reach GitHub: within a request slot. Where GitHub shows nothing under a repository's
 * name, or another repository, it is looked up by its GitHub id. When it is found under a new name, the caller asks again
 * at once; when it is gone or blocked, its row has the state and the sentence for the admin then.
 * @throws GitHubFailure of every kind but RATE_LIMITED, stored where an admin looks for it; DomainError
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
      // That another repository has its name now says more than that it is gone; such a failure is ours, without a cause.
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

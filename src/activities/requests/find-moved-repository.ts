import { setRepositoryState } from '../../db/sync/repositories.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { GitHubFailure, isFailure } from '../../github/transport/failures.ts';
import { refreshRepository } from './refresh-repository.ts';
import type { GitHubContext, WithRequestSlot } from './request-slot.ts';
import { RetryAfter } from './retry-after.ts';

/**
 * The one way in which activities reach GitHub: within a request slot. Where GitHub shows nothing under a repository's
 * name, or another repository, it is looked up by its GitHub id. When it is found under a new name, the caller asks again
 * at once; when it is gone or blocked, its row has the state and the sentence for the admin then.
 * @throws RetryAfter; GitHubFailure of every kind but RATE_LIMITED, stored where an admin looks for it; DomainError
 * GITHUB_NOT_CONNECTED
 */
export function createWithRequestSlot(
  context: Omit<GitHubContext, 'withRequestSlot'>,
): WithRequestSlot {
  const { db, now, askOnce } = context;

  return async (scope, ask) => {
    try {
      return await askOnce(scope, ask);
    } catch (error) {
      const { teamId, repositoryId, priority } = scope;
      if (!isFailure(error, 'NOT_FOUND') || repositoryId === null) {
        throw error;
      }
      const key = { teamId, repositoryId };
      const found = await refreshRepository(context, { ...key, priority, isForced: true });
      // That another repository has its name now says more than that it is gone; such a failure is ours, without a cause.
      const isReplaced = found.state === 'GONE' && error.cause === undefined;
      if (isReplaced || (found.state === 'THERE' && !found.isRenamed)) {
        await withTeam(db, teamId, (tx) => setRepositoryState(tx, key, 'GONE', error.message));
        throw error;
      }
      if (found.state !== 'THERE') {
        const kind = found.state === 'GONE' ? 'NOT_FOUND' : 'FORBIDDEN';
        throw new GitHubFailure(kind, found.reason, { cause: error });
      }
      const { owner, name } = found.repository;
      throw new RetryAfter(now(), `The repository is ${owner}/${name} now`);
    }
  };
}

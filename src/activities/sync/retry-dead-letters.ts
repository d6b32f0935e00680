import { takeDeadLetterNumbers } from '../../db/sync/dead-letter-numbers.ts';
import { countRequest, type RunKey } from '../../db/sync/sync-runs.ts';
import type { RepositoryKey } from '../../db/sync/repository-facts.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import type { RequestSlot } from '../requests/request-slot.ts';
import { createStorePullRequestsByNumber } from '../pulls/store-by-number.ts';
import type { StageContext } from '../stages/sync-stage.ts';

/** Dead-lettered pull requests that one sync tries again: one request, when GitHub answers it. */
const NUMBERS_PER_SYNC = 25;

/** Requests for them where they are too much for GitHub together: each such request fails after seconds. */
const MAX_REQUESTS = 12;

export type RetryDeadLetters = (run: RepositoryKey & RunKey) => Promise<RequestSlot<null>>;

/**
 * Tries the pull requests again, by number, that earlier syncs of the repository have dead-lettered: the one that was
 * tried longest ago first, and each once a sync. One that fails counts one attempt more; one that is stored or gone is
 * resolved.
 */
export function createRetryDeadLetters(context: StageContext): RetryDeadLetters {
  const storeByNumber = createStorePullRequestsByNumber(context);
  return async (run) => {
    const { teamId, repositoryId } = run;
    const numbers = await withTeam(context.db, teamId, (tx) =>
      takeDeadLetterNumbers(tx, run, { limit: NUMBERS_PER_SYNC, at: context.now() }),
    );
    try {
      const slot = await storeByNumber({
        teamId,
        repositoryId,
        numbers,
        priority: 'BACKGROUND',
        maxRequests: MAX_REQUESTS,
        onStored: (tx, _done, points) => countRequest(tx, run, points),
      });
      return slot.ready ? { ready: true, answer: null } : slot;
    } catch (error) {
      // These stay dead letters, and must not keep the sync from its pages.
      if (
        error instanceof GitHubFailure &&
        (error.kind === 'TRANSIENT' || error.kind === 'UNEXPECTED')
      ) {
        return { ready: true, answer: null };
      }
      throw error;
    }
  };
}

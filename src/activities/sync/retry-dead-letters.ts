import { takeDeadLetterNumbers } from '../../db/sync/dead-letter-numbers.ts';
import { countRequest, type RunKey } from '../../db/sync/sync-runs.ts';
import type { RepositoryKey } from '../../db/sync/repository-facts.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import type { RequestSlot } from '../requests/request-slot.ts';
import { createStorePullRequestsByNumber } from '../pulls/store-by-number.ts';
import type { StageContext } from '../stages/sync-stage.ts';

/** Parked pull requests that one walk tries again: one request, when GitHub answers it. */
const NUMBERS_PER_SYNC = 25;

/** Requests for them where they are too much for GitHub together: they fail after seconds each. */
const MAX_REQUESTS = 12;

export type RetryDeadLetters = (run: RepositoryKey & RunKey) => Promise<RequestSlot<null>>;

/**
 * Tries what earlier walks of the repository have parked again, by its number, the one that was tried longest ago first
 * and each once a walk: what fails counts one attempt more, what is stored or gone comes off the list.
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
      // These stay parked, and must not keep the walk from its pages.
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

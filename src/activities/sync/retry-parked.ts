import { takeParkedNumbers } from '../../db/sync/parked-numbers.ts';
import { countRequest, type RunKey } from '../../db/sync/sync-runs.ts';
import type { RepositoryKey } from '../../db/sync/repository-facts.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { GitHubFailure } from '../../github/transport/failures.ts';
import type { Turn } from '../requests/ask-in-turn.ts';
import { createStorePullRequestsByNumber } from '../pulls/store-by-number.ts';
import type { StageContext } from '../stages/sync-stage.ts';

/** Parked pull requests that one walk tries again: one request, when GitHub answers it. */
const NUMBERS_A_WALK = 25;

/** Requests for them where they are too much for GitHub together: they fail after seconds each. */
const MAX_REQUESTS = 12;

export type RetryParked = (run: RepositoryKey & RunKey) => Promise<Turn<null>>;

/**
 * Tries what earlier walks of the repository have parked again, by its number, the one that was tried longest ago first
 * and each once a walk: what fails counts one attempt more, what is stored or gone comes off the list.
 */
export function createRetryParked(context: StageContext): RetryParked {
  const storeByNumber = createStorePullRequestsByNumber(context);
  return async (run) => {
    const { teamId, repositoryId } = run;
    const numbers = await withTeam(context.db, teamId, (tx) =>
      takeParkedNumbers(tx, run, { limit: NUMBERS_A_WALK, at: context.now() }),
    );
    try {
      const turn = await storeByNumber({
        teamId,
        repositoryId,
        numbers,
        priority: 'WALK',
        maxRequests: MAX_REQUESTS,
        onStored: (tx, _done, points) => countRequest(tx, run, points),
      });
      return turn.ready ? { ready: true, answer: null } : turn;
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

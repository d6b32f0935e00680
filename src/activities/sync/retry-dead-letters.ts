import { readDeadLetterNumbers, recordNumbersTried } from '../../db/sync/dead-letter-numbers.ts';
import { countRequest, type RunKey } from '../../db/sync/sync-runs.ts';
import type { DbTransaction } from '../../db/core/client.ts';
import type { RepositoryKey } from '../../db/core/keys.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { isFailure } from '../../github/transport/failures.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import { storePullRequestsByNumber } from '../pulls/store-by-number.ts';

/** Dead-lettered pull requests that one sync tries again: one request, when GitHub answers it. */
const NUMBERS_PER_SYNC = 25;

/** Requests for them where they are too much for GitHub together: each such request fails after seconds. */
const MAX_REQUESTS = 12;

/**
 * Tries the pull requests again, by number, that earlier syncs of the repository have dead-lettered: the one that was
 * tried longest ago first, and each once a sync. One that cannot be stored, or for which GitHub does not answer although
 * it does otherwise, counts one attempt more; where GitHub answers nothing only the time of the try is kept. One that is
 * stored or gone is resolved. What was not reached, because the sync waits, fails or is cancelled before, is still to be
 * tried: a request of an admin is done with the try.
 */
export async function retryDeadLetters(
  context: GitHubContext,
  run: RepositoryKey & RunKey,
): Promise<void> {
  const { teamId, repositoryId } = run;
  const inTeam = <T>(work: (tx: DbTransaction) => Promise<T>): Promise<T> =>
    withTeam(context.db, teamId, work);
  const numbers = await inTeam((tx) => readDeadLetterNumbers(tx, run, NUMBERS_PER_SYNC));
  const recordTried = (tx: DbTransaction, tried: readonly number[]): Promise<void> =>
    recordNumbersTried(tx, run, tried, context.now());
  try {
    await storePullRequestsByNumber(context, {
      teamId,
      repositoryId,
      numbers,
      priority: 'BACKGROUND',
      maxRequests: MAX_REQUESTS,
      asksForAll: true,
      async onStored(tx, _done, asked) {
        await countRequest(tx, run, asked.points);
        await recordTried(tx, asked.numbers);
      },
      async onFailed(error, tried) {
        if (isUnanswered(error)) {
          await inTeam((tx) => recordTried(tx, tried));
        }
      },
    });
  } catch (error) {
    // These stay dead letters, and must not keep the sync from its pages.
    if (!isUnanswered(error)) {
      throw error;
    }
  }
}

function isUnanswered(error: unknown): boolean {
  return isFailure(error, 'TRANSIENT', 'UNEXPECTED');
}

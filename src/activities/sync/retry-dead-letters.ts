import { takeDeadLetterNumbers } from '../../db/sync/dead-letter-numbers.ts';
import { countRequest, type RunKey } from '../../db/sync/sync-runs.ts';
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
 * tried longest ago first, and each once a sync. One that fails counts one attempt more; one that is stored or gone is
 * resolved.
 */
export async function retryDeadLetters(
  context: GitHubContext,
  run: RepositoryKey & RunKey,
): Promise<void> {
  const { teamId, repositoryId } = run;
  const numbers = await withTeam(context.db, teamId, (tx) =>
    takeDeadLetterNumbers(tx, run, { limit: NUMBERS_PER_SYNC, at: context.now() }),
  );
  try {
    await storePullRequestsByNumber(context, {
      teamId,
      repositoryId,
      numbers,
      priority: 'BACKGROUND',
      maxRequests: MAX_REQUESTS,
      onStored: (tx, _done, points) => countRequest(tx, run, points),
    });
  } catch (error) {
    // These stay dead letters, and must not keep the sync from its pages.
    if (!isFailure(error, 'TRANSIENT', 'UNEXPECTED')) {
      throw error;
    }
  }
}

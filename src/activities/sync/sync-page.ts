import type { SyncPageInput, SyncPageResult } from '../../contracts/sync.ts';
import { readPullRequestsEnd } from '../../db/sync/sync-pages.ts';
import { recordWait, type RepositoryRun } from '../../db/sync/sync-runs.ts';
import type { Db } from '../../db/core/client.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import { RetryAfter } from '../requests/retry-after.ts';
import { commitFetchedPage } from './commit-page.ts';
import { fetchPage, isOver, readRun, type RunIds } from './fetch-page.ts';
import { retryDeadLetters } from './retry-dead-letters.ts';

/**
 * Fetches the next page of a repository sync and commits it. The cursor is read from the database, where it moved in the
 * same transaction as the rows: an attempt that follows a kill after COMMIT goes on with the next page, and two attempts
 * at once cannot both commit. What is too much for GitHub is asked for again in halves; of a single pull request the
 * lists are left for later first, and one that GitHub cannot answer at all is dead-lettered.
 */
export async function syncPage(
  context: GitHubContext,
  input: SyncPageInput,
): Promise<SyncPageResult> {
  const { db } = context;
  const ids: RunIds = {
    teamId: BigInt(input.teamId),
    syncRunId: BigInt(input.syncRunId),
    repositoryId: BigInt(input.repositoryId),
  };
  const known = await readRun(db, ids);
  if (isOver(known)) {
    return answerOver(db, ids, known);
  }
  try {
    // Before the first page, so that a sync does not retry what one of its own pages dead-lettered.
    if (known.pages === 0) {
      await retryDeadLetters(context, ids);
    }
    const { run, page, size } = await fetchPage(context, ids, known);
    return page === null
      ? await answerOver(db, ids, run)
      : await commitFetchedPage(context, ids, { run, page, size });
  } catch (error) {
    if (!(error instanceof RetryAfter)) {
      throw error;
    }
    const { until, message: reason } = error;
    await withTeam(db, ids.teamId, (tx) => recordWait(tx, ids, { until, reason }));
    return { next: 'WAIT', ...error.toWait() };
  }
}

/** The answer for a run that was over before anything was asked. */
async function answerOver(db: Db, ids: RunIds, run: RepositoryRun): Promise<SyncPageResult> {
  const { pages, status } = run;
  const end =
    status === 'RUNNING'
      ? await withTeam(db, ids.teamId, (tx) => readPullRequestsEnd(tx, ids))
      : { outcome: status, stages: [] };
  return { next: 'DONE', pages, ...end };
}

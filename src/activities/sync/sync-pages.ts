import type { SyncPageInput, SyncPageResult } from '../../contracts/sync.ts';
import { grow } from '../../db/sync/page-size.ts';
import { readPullRequestsEnd } from '../../db/sync/sync-pages.ts';
import { recordWait, type RepositoryRun } from '../../db/sync/sync-runs.ts';
import type { Db } from '../../db/core/client.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import { RetryAfter } from '../core/retry-after.ts';
import { isRetryable } from '../core/known-failures.ts';
import { tryMergeLoginAccounts } from '../members/merge-login-accounts.ts';
import { commitFetchedPage, isLastPage, type AnsweredPage } from './commit-page.ts';
import {
  fetchAhead,
  fetchPage,
  isOver,
  readRun,
  withPageSize,
  type FetchedPage,
  type RunIds,
} from './fetch-page.ts';
import { retryDeadLetters } from './retry-dead-letters.ts';

/** Pages of one activity, as of requests of a stage: enough that asking ahead pays, few enough that a pause is felt soon. */
const PAGES_PER_ACTIVITY = 10;

/** What a run of the activity has come to. */
interface Progress {
  /** The pages of the sync that are committed; null before the first commit of this run. */
  pages: number | null;
}

/**
 * Fetches the next pages of a repository sync and commits each by itself; the next one is asked for while one is stored.
 * The cursor is read from the database, where it moved in the same transaction as the rows: an attempt that follows a
 * kill after COMMIT goes on with the next page, and two attempts at once cannot both commit. A kill costs the page that
 * was not committed and the one that was asked for ahead. What is too much for GitHub is asked for again in halves; of a
 * single pull request the lists are left for later first, and one that GitHub cannot answer at all is dead-lettered.
 */
export async function syncPages(
  context: GitHubContext,
  input: SyncPageInput,
): Promise<SyncPageResult> {
  const { db } = context;
  const ids: RunIds = {
    teamId: BigInt(input.teamId),
    syncRunId: BigInt(input.syncRunId),
    repositoryId: BigInt(input.repositoryId),
  };
  const progress: Progress = { pages: null };
  try {
    return await takePages(context, ids, progress);
  } catch (error) {
    if (error instanceof RetryAfter) {
      const { until, message: reason } = error;
      await withTeam(db, ids.teamId, (tx) => recordWait(tx, ids, { until, reason }));
      return { next: 'WAIT', ...error.toWait() };
    }
    if (progress.pages !== null && isRetryable(error)) {
      // Temporal counts attempts by activity: after a commit, the next activity has all of them again.
      return { next: 'PAGE', pages: progress.pages };
    }
    throw error;
  }
}

async function takePages(
  context: GitHubContext,
  ids: RunIds,
  progress: Progress,
): Promise<SyncPageResult> {
  const known = await readRun(context.db, ids);
  if (isOver(known)) {
    return answerOver(context.db, ids, known);
  }
  await tryMergeLoginAccounts(context.db, ids.teamId);
  // Before the first page, so that a sync does not retry what one of its own pages dead-lettered.
  if (known.pages === 0) {
    await retryDeadLetters(context, ids);
  }
  let fetched = await fetchPage(context, ids, known);
  for (let left = PAGES_PER_ACTIVITY - 1; ; left -= 1) {
    if (!isAnswered(fetched)) {
      return answerOver(context.db, ids, fetched.run);
    }
    const goesOn = left > 0 && !isLastPage(fetched);
    const expected = goesOn ? expectAfter(fetched) : null;
    const [committed, ahead] = await Promise.allSettled([
      commitFetchedPage(context, ids, fetched),
      // Also where the page cannot be stored its answer is waited for: nothing goes on once the activity has ended.
      expected === null ? null : fetchAhead(context, ids, expected),
    ]);
    const result = valueOf(committed);
    if (result?.next !== 'PAGE') {
      return result ?? { next: 'PAGE', pages: fetched.run.pages };
    }
    progress.pages = result.pages;
    const following = valueOf(ahead);
    if (following === null) {
      return result;
    }
    fetched = following;
  }
}

/** The sync run as it will stand once the page is committed. */
function expectAfter({ run, page, size }: AnsweredPage): RepositoryRun {
  const isFull = page.pullRequests.length + page.rejected.length === size;
  const { pageSize, pageStreak: streak } = run;
  const grown = isFull && size === pageSize ? grow({ size, streak }) : null;
  return withPageSize({ ...run, cursor: page.nextCursor, pages: run.pages + 1 }, grown);
}

function isAnswered(fetched: FetchedPage): fetched is AnsweredPage {
  return fetched.page !== null;
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') {
    throw settled.reason;
  }
  return settled.value;
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

import type { SyncActivities, SyncPageResult } from '../../contracts/sync.ts';
import { readPullRequestsEnd } from '../../db/sync/sync-pages.ts';
import { recordWait, type RepositoryRun } from '../../db/sync/sync-runs.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import type { RequestSlot } from '../requests/request-slot.ts';
import type { StageContext } from '../stages/sync-stage.ts';
import { commitFetchedPage, toDone } from './commit-page.ts';
import { createFetchPage, isOver, readRun, type RunIds } from './fetch-page.ts';
import { createRetryDeadLetters } from './retry-dead-letters.ts';

/**
 * Fetches the next page of a repository sync and commits it. The cursor is read from the database, where it moved in the
 * same transaction as the rows: an attempt that follows a kill after COMMIT goes on with the next page, and two attempts
 * at once cannot both commit. What is too much for GitHub is asked for again in halves; of a single pull request the
 * lists are left for later first, and one that GitHub cannot answer at all is dead-lettered.
 */
export function createSyncPage(context: StageContext): SyncActivities['syncPullRequestPage'] {
  const { db } = context;
  const retryDeadLetters = createRetryDeadLetters(context);
  const fetchPage = createFetchPage(context);

  async function wait(
    ids: RunIds,
    { until, reason }: RequestSlot<unknown> & { readonly ready: false },
  ): Promise<SyncPageResult> {
    await withTeam(db, ids.teamId, (tx) => recordWait(tx, ids, { until, reason }));
    return { next: 'WAIT', until: until.toISOString(), reason };
  }

  /** The answer for a run that was over before anything was asked. */
  async function answerOver(ids: RunIds, run: RepositoryRun): Promise<SyncPageResult> {
    return run.status === 'RUNNING'
      ? toDone(run.pages, await withTeam(db, ids.teamId, (tx) => readPullRequestsEnd(tx, ids)))
      : { next: 'DONE', pages: run.pages, outcome: run.status, stages: [] };
  }

  return async (input) => {
    const ids: RunIds = {
      teamId: BigInt(input.teamId),
      syncRunId: BigInt(input.syncRunId),
      repositoryId: BigInt(input.repositoryId),
    };
    const known = await readRun(db, ids);
    if (isOver(known)) {
      return answerOver(ids, known);
    }
    // Before the first page, so that a sync does not retry what one of its own pages dead-lettered.
    const retried = known.pages === 0 ? await retryDeadLetters(ids) : null;
    const slot = retried?.ready === false ? retried : await fetchPage(ids, known);
    if (!slot.ready) {
      return wait(ids, slot);
    }
    const { run, page } = slot.answer;
    return page === null
      ? answerOver(ids, run)
      : commitFetchedPage(context, ids, slot.answer, page);
  };
}

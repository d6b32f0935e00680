import {
  CancellationScope,
  CancelledFailure,
  continueAsNew,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  SyncRepositoryInput,
  SyncRepositoryResult,
  SyncStageResult,
} from '../../contracts/sync.ts';
import type { SyncStage } from '../../domain/sync/sync-stage.ts';
import { closingActivities, pageActivities, recordActivities } from '../core/activity-proxies.ts';
import { toFailure, toRunEnd } from '../core/outcome.ts';
import { controlSync } from './sync-control.ts';

/** Pages and steps of stages of one run: each is about six events, so a run stays far below Temporal's 10,240. */
const STEPS_PER_RUN = 200;

/** Failures of a stage that every other would meet as well: of the credential, the repository, our own database. */
const STOPS_ALL: readonly string[] = [
  'UNAUTHORIZED',
  'SUSPENDED',
  'GITHUB_NOT_CONNECTED',
  'NOT_FOUND',
  'DATABASE_UNAVAILABLE',
  'OVERLOADED',
];

/**
 * Walks one repository newest-updated first, a page an activity, until the horizon of its sync_run; then the stages
 * that the last page found due, one after another, up to ten requests an activity.
 * Guarantees: the cursor is in the database with the rows, so nothing is lost and at most one page is fetched twice,
 * wherever a process dies. A walk that fails closes its row and fails, with the same sentence; a stage that fails leaves
 * what the pages stored, and the other stages are run before the row is closed with it. It answers with the end that
 * its row has. A rate limit is a timer here, not a sleeping activity. Pause and cancellation take effect after the page
 * that runs. Continues as new every 200 steps.
 */
export async function syncRepository(input: SyncRepositoryInput): Promise<SyncRepositoryResult> {
  const { teamId, repositoryId, syncRunId } = input;
  const ids = { teamId, repositoryId, syncRunId };
  const activities = pageActivities(input.activityOptions, input.repositoryName);
  const { recordSyncPause } = recordActivities(input.activityOptions);
  const { closeSyncRun } = closingActivities(input.activityOptions);
  let { carryOver } = input;
  let pages = input.pagesBefore;
  let steps = 0;
  const control = controlSync({
    isPaused: input.isPaused ?? false,
    report: (isPaused) => recordSyncPause({ teamId, syncRunId, isPaused }),
    describe: () => ({ pages, stage: carryOver?.stages[0] ?? 'PULL_REQUESTS' }),
  });
  try {
    while (steps < STEPS_PER_RUN && !workflowInfo().continueAsNewSuggested) {
      await control.holdWhilePaused();
      if (carryOver === undefined) {
        const result = await activities.syncPullRequestPage(ids);
        if (result.next === 'WAIT') {
          await control.waitOut(result);
          continue;
        }
        pages += 1;
        setCurrentDetails(`${pages} pages`);
        if (result.next === 'DONE') {
          const { outcome, stages } = result;
          if (stages.length === 0) {
            await control.settle();
            return { outcome, pages };
          }
          carryOver = { outcome, stages };
        }
      } else {
        const [stage, ...later]: readonly SyncStage[] = carryOver.stages;
        if (stage === undefined) {
          const { outcome, failure } = carryOver;
          if (failure !== undefined) {
            throw toFailure({ outcome: 'FAILED', ...failure });
          }
          const end = { outcome, errorCode: null, errorMessage: null };
          const closed = await closeSyncRun({ teamId, syncRunId, ...end });
          await control.settle();
          return { outcome: closed.outcome ?? outcome, pages };
        }
        setCurrentDetails(`${pages} pages, then ${stage}`);
        let result: SyncStageResult;
        try {
          result = await activities.syncRepositoryStage({ ...ids, stage });
        } catch (error) {
          const { outcome, errorCode, errorMessage } = toRunEnd(error);
          if (outcome === 'CANCELLED' || STOPS_ALL.includes(errorCode ?? '')) {
            throw error;
          }
          carryOver = { failure: { errorCode, errorMessage }, ...carryOver, stages: later };
          steps += 1;
          continue;
        }
        if (result.next === 'WAIT') {
          await control.waitOut(result);
          continue;
        }
        if (result.next === 'DONE') {
          carryOver = { ...carryOver, stages: later };
        }
      }
      steps += 1;
    }
    await control.settle();
    if (CancellationScope.current().consideredCancelled) {
      // A new run would not know of it.
      throw new CancelledFailure('Cancelled on request.');
    }
  } catch (error) {
    const end = toRunEnd(error);
    await CancellationScope.nonCancellable(() => closeSyncRun({ teamId, syncRunId, ...end }));
    throw toFailure(end);
  }
  return continueAsNew<typeof syncRepository>({
    ...input,
    pagesBefore: pages,
    isPaused: control.isPaused(),
    ...(carryOver === undefined ? {} : { carryOver }),
  });
}

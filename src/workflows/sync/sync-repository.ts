import {
  CancellationScope,
  CancelledFailure,
  continueAsNew,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  StagesLeft,
  SyncActivities,
  SyncOutcome,
  SyncPageInput,
  SyncRepositoryInput,
  SyncRepositoryResult,
  SyncStageResult,
} from '../../contracts/sync.ts';
import type { WaitStep } from '../../contracts/wait.ts';
import { closingActivities, pageActivities, recordActivities } from '../core/activity-proxies.ts';
import { toFailure, toRunEnd } from '../core/outcome.ts';
import { controlSync } from './sync-control.ts';

/** Activities of one run: each is about six events, so a run stays far below Temporal's 10,240. */
const STEPS_PER_RUN = 200;

/** Failures of a stage that every other would meet as well: of the credential, the repository, our own database, the settings of all workers. */
const STOPS_ALL: readonly string[] = [
  'UNAUTHORIZED',
  'SUSPENDED',
  'GITHUB_NOT_CONNECTED',
  'NOT_FOUND',
  'DATABASE_UNAVAILABLE',
  'OVERLOADED',
  'HOST_NOT_ALLOWED',
  'UNKNOWN_KEY',
];

/** What one step came to: it was taken, it has to wait for GitHub's limit, or the sync has ended. */
type Step =
  { readonly next: 'STEP' } | WaitStep | { readonly next: 'END'; readonly outcome: SyncOutcome };

const STEP: Step = { next: 'STEP' };

/** A running sync of one repository, as its steps see it. */
interface RunningSync {
  readonly ids: SyncPageInput;
  readonly activities: Pick<SyncActivities, 'syncPullRequestPage' | 'syncRepositoryStage'>;
  readonly closeSyncRun: SyncActivities['closeSyncRun'];
  pages: number;
  /** Undefined until all pages are stored. */
  stagesLeft: StagesLeft | undefined;
}

/**
 * Syncs one repository: its pull requests from the newest update down to the `since` of its sync_run, then the stages
 * that the last page found due, one after another; an activity takes up to ten pages, or requests of a stage.
 * Guarantees: the cursor is in the database with the rows, so nothing is lost and at most two pages are fetched twice,
 * wherever a process dies: the one that was being stored and the one that was asked for ahead. A sync that fails closes
 * its row and fails with the same sentence. A stage that fails leaves what the pages stored, and the other stages are run
 * before the row is closed with its failure. The result is the outcome that the row has. A rate limit is a timer here,
 * not a sleeping activity. A cancellation takes effect after the pages that were asked for, a pause after the running
 * activity. The workflow continues as new every 200 activities.
 */
export async function syncRepository(input: SyncRepositoryInput): Promise<SyncRepositoryResult> {
  const { teamId, repositoryId, syncRunId, activityOptions } = input;
  const { recordSyncPause } = recordActivities(activityOptions);
  const { closeSyncRun } = closingActivities(activityOptions);
  const sync: RunningSync = {
    ids: { teamId, repositoryId, syncRunId },
    activities: pageActivities(activityOptions, input.repositoryName),
    closeSyncRun,
    pages: input.pagesBefore,
    stagesLeft: input.carryOver,
  };
  const control = controlSync({
    isPaused: input.isPaused ?? false,
    report: (isPaused) => recordSyncPause({ teamId, syncRunId, isPaused }),
    describe: () => ({ pages: sync.pages, stage: sync.stagesLeft?.stages[0] ?? 'PULL_REQUESTS' }),
  });
  try {
    for (let steps = 0; steps < STEPS_PER_RUN && !workflowInfo().continueAsNewSuggested;) {
      await control.holdWhilePaused();
      const { stagesLeft } = sync;
      const step =
        stagesLeft === undefined ? await syncPage(sync) : await syncStage(sync, stagesLeft);
      if (step.next === 'END') {
        await control.settle();
        return { outcome: step.outcome, pages: sync.pages };
      }
      if (step.next === 'WAIT') {
        await control.waitOut(step);
      } else {
        steps += 1;
      }
    }
    await control.settle();
    if (CancellationScope.current().consideredCancelled) {
      // A new run would not know of the cancellation.
      throw new CancelledFailure('Cancelled on request.');
    }
  } catch (error) {
    const end = toRunEnd(error);
    await CancellationScope.nonCancellable(() => closeSyncRun({ teamId, syncRunId, ...end }));
    throw toFailure(end);
  }
  return continueAsNew<typeof syncRepository>({
    ...input,
    pagesBefore: sync.pages,
    isPaused: control.isPaused(),
    ...(sync.stagesLeft === undefined ? {} : { carryOver: sync.stagesLeft }),
  });
}

/** Stores the next pages of pull requests. The last one ends the sync, unless it found stages that are due. */
async function syncPage(sync: RunningSync): Promise<Step> {
  const result = await sync.activities.syncPullRequestPage(sync.ids);
  if (result.next === 'WAIT') {
    return result;
  }
  sync.pages = result.pages;
  setCurrentDetails(`${sync.pages} pages`);
  if (result.next === 'DONE') {
    const { outcome, stages } = result;
    if (stages.length === 0) {
      return { next: 'END', outcome };
    }
    sync.stagesLeft = { outcome, stages };
  }
  return STEP;
}

/** Takes a step of the first stage that is left; after the last stage it closes the row. */
async function syncStage(sync: RunningSync, stagesLeft: StagesLeft): Promise<Step> {
  const [stage, ...later] = stagesLeft.stages;
  if (stage === undefined) {
    return closeAfterStages(sync, stagesLeft);
  }
  setCurrentDetails(`${sync.pages} pages, then ${stage}`);
  let result: SyncStageResult;
  try {
    result = await sync.activities.syncRepositoryStage({ ...sync.ids, stage });
  } catch (error) {
    const { outcome, errorCode, errorMessage } = toRunEnd(error);
    if (outcome === 'CANCELLED' || STOPS_ALL.includes(errorCode ?? '')) {
      throw error;
    }
    sync.stagesLeft = { failure: { errorCode, errorMessage }, ...stagesLeft, stages: later };
    return STEP;
  }
  if (result.next === 'WAIT') {
    return result;
  }
  if (result.next === 'DONE') {
    sync.stagesLeft = { ...stagesLeft, stages: later };
  }
  return STEP;
}

/** Ends a sync whose stages are over: as its pages ended, or with the first failure of a stage. */
async function closeAfterStages(
  { ids, closeSyncRun }: RunningSync,
  { outcome, failure }: StagesLeft,
): Promise<Step> {
  if (failure !== undefined) {
    throw toFailure({ outcome: 'FAILED', ...failure });
  }
  const { teamId, syncRunId } = ids;
  const end = { outcome, errorCode: null, errorMessage: null };
  const closed = await closeSyncRun({ teamId, syncRunId, ...end });
  return { next: 'END', outcome: closed.outcome ?? outcome };
}

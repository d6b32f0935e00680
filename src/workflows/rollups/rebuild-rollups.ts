import {
  ApplicationFailure,
  CancellationScope,
  continueAsNew,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  FinishRebuildInput,
  RebuildRollupsInput,
  RebuildRollupsResult,
} from '../../contracts/rollups.ts';
import { computeActivities } from '../core/activity-proxies.ts';
import { toFailure, toRunEnd } from '../core/outcome.ts';
import { rollUpWeeks } from './roll-up-weeks.ts';

/** Weeks in one statement: about a year of one team. */
const WEEKS_PER_CHUNK = 53;

/** Steps of one run, of either kind: far below Temporal's 10,240 events. */
const STEPS_PER_RUN = 50;

const activities = computeActivities();

/**
 * Computes a team's weekly metrics anew, a year a statement, into a generation that nobody reads; then one transaction
 * switches readers to it and to its settings. Rollups go on meanwhile and keep both generations up to date. A dry run only
 * counts what would change. By a newer definition stored pull requests are computed first, some thousands a step, and are
 * read as computed from then on. A rebuild that is cancelled or fails ends after the running chunk or batch: weeks are read
 * as before, and the next rebuild begins anew. Its row shows the progress. Dirty marks that
 * had to wait for the switch are rolled up after it. The workflow continues as new every 50 steps.
 */
export async function rebuildRollups(input: RebuildRollupsInput): Promise<RebuildRollupsResult> {
  const { teamId } = input;
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const run = { workflowId, workflowRunId: firstExecutionRunId };
  let rebuildId: string;
  let weeks: number | null;
  try {
    // A cancellation in between would let the row be written after the step that closes it.
    const opened = await CancellationScope.nonCancellable(() =>
      activities.openRebuild({ ...input, ...run, appliesInSteps: true }),
    );
    ({ rebuildId } = opened);
    weeks = await computeWeeks({ teamId, rebuildId }, opened.appliesDefinition === true);
  } catch (error) {
    const end = toRunEnd(error);
    await CancellationScope.nonCancellable(async () => {
      await activities.closeRebuild({
        teamId,
        ...run,
        status: end.outcome === 'CANCELLED' ? 'CANCELLED' : 'FAILED',
        errorCode: end.errorCode ?? 'UNEXPECTED',
        errorMessage: end.errorMessage ?? 'unknown reason',
      });
      await removeOldGenerations();
    });
    throw toFailure(end);
  }
  if (weeks === null) {
    return continueAsNew<typeof rebuildRollups>(input);
  }
  // The generation that nobody reads any more is removed in any case: a later rebuild would have to do it first.
  await CancellationScope.nonCancellable(async () => {
    if (!input.isDryRun) {
      await rollUpWeeks(teamId);
    }
    await removeOldGenerations();
  });
  return { rebuildId, weeks };

  async function removeOldGenerations(): Promise<void> {
    for (let more = true; more;) {
      ({ more } = await activities.removeOldGenerations({ teamId }));
    }
  }
}

/** Computes what is left and finishes; null when the rest is left to the next run. */
async function computeWeeks(
  key: FinishRebuildInput,
  appliesDefinition: boolean,
): Promise<number | null> {
  let appliesMore = appliesDefinition;
  for (let count = 0; count < STEPS_PER_RUN; count += 1) {
    if (appliesMore) {
      appliesMore = await applyDefinition(key);
    } else {
      const step = await activities.rebuildWeeks({ ...key, maxWeeks: WEEKS_PER_CHUNK });
      setCurrentDetails(`${step.weeksDone} of ${step.weeksTotal} weeks`);
      const isFinished =
        step.weeksDone >= step.weeksTotal && (await activities.finishRebuild(key)).isCompleted;
      if (isFinished) {
        return step.weeksDone;
      }
      if (!step.isRunning || step.weeksDone >= step.weeksTotal) {
        throw closedFromOutside();
      }
    }
  }
  return null;
}

/** Answers whether pull requests are left. */
async function applyDefinition(key: FinishRebuildInput): Promise<boolean> {
  const step = await activities.applyDefinition(key);
  setCurrentDetails(
    `${step.pullRequestsDone} of ${step.pullRequestsTotal} pull requests by the new definition`,
  );
  if (!step.isRunning) {
    throw closedFromOutside();
  }
  return step.more;
}

function closedFromOutside(): ApplicationFailure {
  return ApplicationFailure.nonRetryable('The rebuild was closed from outside.', 'ABANDONED');
}

import {
  CancellationScope,
  continueAsNew,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  AiUsageActivities,
  AiUsageHalt,
  SyncAiUsageInput,
  SyncAiUsageResult,
} from '../../contracts/ai-usage.ts';
import { activitiesOn } from '../core/activity-proxies.ts';
import { toFailure } from '../core/outcome.ts';
import { rollUpWeeks } from '../rollups/roll-up-weeks.ts';
import { waitUntil } from '../core/wait-until.ts';

/** Days in one activity, of two reports each: a worker that dies loses only a few requests. */
const DAYS_PER_ACTIVITY = 3;

/** Activities of one run: a year takes two runs, each far below Temporal's 10,240 events. */
const ACTIVITIES_PER_RUN = 60;

// A large organisation's reports take long to download, and are requested again when their links expire.
const activities = activitiesOn<AiUsageActivities>('sync', '30m');

/**
 * Brings the AI usage of one organisation up to date: it reads every day of the last year without a final report, newest
 * first, the last days once more, and the seats; then it rolls up the weeks that changed. A day is one transaction, so
 * nothing is counted twice, wherever a process dies. A rate limit is a timer here. An obstacle (a permission, a policy) is
 * written to the source's row; the workflow then fails with the same sentence, after the rollup. It continues as new every
 * 60 activities.
 */
export async function syncAiUsage(input: SyncAiUsageInput): Promise<SyncAiUsageResult> {
  const { teamId, organization } = input;
  let days: readonly string[] =
    input.carryOver?.days ?? (await activities.openAiUsageSync({ teamId, organization })).days;
  const begun = { daysDone: 0, rowsWritten: 0, rowsRefused: 0 };
  const progress = { ...begun, ...input.carryOver?.progress };
  try {
    for (let count = 0; days.length > 0; count += 1) {
      if (count >= ACTIVITIES_PER_RUN || workflowInfo().continueAsNewSuggested) {
        return await continueAsNew<typeof syncAiUsage>({ ...input, carryOver: { days, progress } });
      }
      const result = await activities.syncAiUsageDays({
        teamId,
        organization,
        days: days.slice(0, DAYS_PER_ACTIVITY),
      });
      days = [...result.daysLeft, ...days.slice(DAYS_PER_ACTIVITY)];
      progress.daysDone += result.daysDone;
      progress.rowsWritten += result.rowsWritten;
      progress.rowsRefused += result.rowsRefused;
      setCurrentDetails(`${progress.daysDone} of ${progress.daysDone + days.length} days`);
      await waitOrFail(result);
    }
    for (let waits = true; waits;) {
      const result = await activities.syncAiSeats({ teamId, organization });
      await waitOrFail(result);
      waits = result.wait !== null;
    }
  } finally {
    // What was fetched is rolled up although the rest was not.
    await CancellationScope.nonCancellable(() => rollUpWeeks(teamId));
  }
  return progress;
}

/** Waits until GitHub's limit lifts, and fails where an obstacle ends the work. */
async function waitOrFail({ wait, stop }: AiUsageHalt): Promise<void> {
  if (stop !== null) {
    throw toFailure({ outcome: 'FAILED', errorCode: stop.status, errorMessage: stop.reason });
  }
  if (wait !== null) {
    await waitUntil(wait);
  }
}

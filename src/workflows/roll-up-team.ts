import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { ComputeActivities, RollUpTeamInput, RollUpTeamResult } from '../contracts/rollups.ts';
import { TASK_QUEUES } from '../contracts/task-queues.ts';

/** Weeks in one statement: about a year of one team. */
const WEEKS_PER_ROLLUP = 53;

const { rollUpDirtyWeeks } = proxyActivities<ComputeActivities>({
  taskQueue: TASK_QUEUES.compute,
  startToCloseTimeout: '5m',
  heartbeatTimeout: '30s',
  retry: {
    initialInterval: '1s',
    backoffCoefficient: 2,
    maximumInterval: '30s',
    maximumAttempts: 30,
  },
});

/**
 * Rolls up what waits of a team, a year a statement, until no marks are left that can be taken. Each statement commits
 * weeks and marks together, so a second run, or one that was killed, gives the same weeks. It never continues as new: a
 * team has some dozens of years at most. A mark that comes while it closes waits for the next rollup, at the latest
 * that of the day's housekeeping.
 */
export async function rollUpTeam({ teamId }: RollUpTeamInput): Promise<RollUpTeamResult> {
  let weeks = 0;
  for (let more = true; more;) {
    const step = await rollUpDirtyWeeks({ teamId, maxWeeks: WEEKS_PER_ROLLUP });
    weeks += step.weeks;
    ({ more } = step);
    setCurrentDetails(`${weeks} weeks rolled up`);
  }
  return { weeks };
}

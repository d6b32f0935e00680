import { setCurrentDetails } from '@temporalio/workflow';
import type { RollUpTeamInput, RollUpTeamResult } from '../../contracts/rollups.ts';
import { computeActivities } from '../core/activity-proxies.ts';
import { WEEKS_PER_ROLLUP } from './roll-up-weeks.ts';

const { rollUpDirtyWeeks } = computeActivities();

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

import { setCurrentDetails } from '@temporalio/workflow';
import type { RollUpTeamInput, RollUpTeamResult } from '../../contracts/rollups.ts';
import { computeActivities } from '../core/activity-proxies.ts';
import { WEEKS_PER_ROLLUP } from './roll-up-weeks.ts';

const { rollUpDirtyWeeks } = computeActivities();

/**
 * Rolls up the dirty weeks of a team, a year a statement, until no dirty marks are left that can be consumed. Each
 * statement commits weeks and marks together, so a second run, or one after a kill, gives the same weeks. The workflow
 * never continues as new: a team has some dozens of years at most. A dirty mark that is written while it closes waits for
 * the next rollup, which is at the latest that of the daily housekeeping.
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

import type { ComputeActivities } from '../../contracts/rollups.ts';
import { computeActivities } from '../core/activity-proxies.ts';

/** Weeks in one rollup statement: about a year of one team. */
export const WEEKS_PER_ROLLUP = 53;

/** Rolls up a team's dirty weeks until no dirty marks are left; marks that are written meanwhile are included. */
export async function rollUpWeeks(
  teamId: string,
  { rollUpDirtyWeeks }: Pick<ComputeActivities, 'rollUpDirtyWeeks'> = computeActivities(),
): Promise<void> {
  for (let more = true; more;) {
    ({ more } = await rollUpDirtyWeeks({ teamId, maxWeeks: WEEKS_PER_ROLLUP }));
  }
}

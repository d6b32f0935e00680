import type { ComputeActivities } from '../contracts/rollups.ts';
import type { Db } from '../db/client.ts';
import { rollUpDirtyWeeks } from '../db/weekly-rollup.ts';

export interface ComputeActivityDependencies {
  readonly db: Db;
}

/** Activities of the queue `compute`. */
export function createComputeActivities(
  dependencies: ComputeActivityDependencies,
): ComputeActivities {
  return {
    async rollUpDirtyWeeks(input) {
      return rollUpDirtyWeeks(dependencies.db, {
        teamId: BigInt(input.teamId),
        maxWeeks: input.maxWeeks,
      });
    },
  } satisfies ComputeActivities;
}

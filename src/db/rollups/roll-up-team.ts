import type { Db } from '../core/client.ts';
import { rollUpDirtyWeeks, type RollUpResult } from './weekly-rollup.ts';

/** Weeks in one transaction: about a year, as the workers take them. */
const WEEKS_PER_BATCH = 53;

/**
 * Rolls up all weeks of a team that wait for it, in this process. Beside a worker that does the same, one waits for
 * the other. Dirty marks that wait for a rebuild of another definition stay.
 * @returns how many weeks were rolled up
 */
export async function rollUpTeam(db: Db, teamId: bigint, signal?: AbortSignal): Promise<number> {
  let weeks = 0;
  let result: RollUpResult;
  do {
    signal?.throwIfAborted();
    result = await rollUpDirtyWeeks(db, { teamId, maxWeeks: WEEKS_PER_BATCH });
    weeks += result.weeks;
  } while (result.more);
  return weeks;
}

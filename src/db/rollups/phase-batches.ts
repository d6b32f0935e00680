import type { DbTransaction } from '../core/client.ts';
import { withDirtyMarks } from './dirty-marks.ts';
import { recomputePhases } from './pull-request-phases.ts';

/** Pull requests whose phases are computed at once, with all that is stored of them in memory. */
const AT_ONCE = 500;

/**
 * Changes pull requests and computes their phases anew, 500 at a time, and marks the member weeks dirty in which they
 * count differently than before. What a change of a member decides for all of them comes before.
 * @param change what is to be done with some of the pull requests, by their ids, before their phases are computed
 */
export async function recomputeInBatches(
  tx: DbTransaction,
  teamId: bigint,
  ids: readonly bigint[],
  change: (part: readonly bigint[]) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const part = ids.slice(from, from + AT_ONCE);
    await withDirtyMarks(tx, teamId, part, async () => {
      await change(part);
      await recomputePhases(tx, teamId, part);
    });
  }
}

import type { BackfillCarryOver, SyncOutcome } from '../../contracts/sync.ts';
import { combineOutcomes, toJobEnd, type RunEnd } from '../core/outcome.ts';

/** How many refused names have their reason in the backfill's row. */
const REFUSALS_REPORTED = 20;

export type BackfillTally = ReturnType<typeof createTally>;

/** Counts how the repositories of a backfill end, over all runs of its chain. */
export function createTally(carryOver: BackfillCarryOver | undefined) {
  const outcomes: Partial<Record<SyncOutcome, number>> = { ...carryOver?.outcomes };
  const refusals: string[] = [...(carryOver?.refusals ?? [])];
  let failure = carryOver?.failure ?? null;

  /** Counts one more repository by how its sync ended. */
  function count(outcome: SyncOutcome): void {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }

  return {
    count,

    /** Counts a repository that GitHub does not show, and keeps the reason of the first few. */
    refuse(reason: string): void {
      count('FAILED');
      if (refusals.length < REFUSALS_REPORTED) {
        refusals.push(reason);
      }
    },

    /** Keeps the reason of the first sync that failed. */
    keepFailure(end: RunEnd): void {
      failure ??= end;
    },

    /** Repositories whose sync has ended, those that were refused included. */
    countEnded: () => Object.values(outcomes).reduce((sum, number) => sum + number, 0),

    /** How the backfill ends, given how its repositories did. */
    toEnd: () =>
      toJobEnd(combineOutcomes(Object.keys(outcomes) as SyncOutcome[]), refusals, failure),

    /** What the next run of the chain has to know. */
    toCarryOver: () => ({ outcomes, refusals, failure }),
  };
}

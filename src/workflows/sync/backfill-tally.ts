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
  let rollUpFailure = carryOver?.rollUpFailure ?? null;

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

    /** Keeps why the last rollup failed; null when it did not, which makes up for those before. */
    keepRollUp(end: RunEnd | null): void {
      rollUpFailure = end;
    },

    isRollUpLeft: () => rollUpFailure !== null,

    /** Repositories whose sync has ended, those that were refused included. */
    countEnded: () => Object.values(outcomes).reduce((sum, number) => sum + number, 0),

    /** How the backfill ends, given how its repositories did; it is not COMPLETED with weeks that are not rolled up. */
    toEnd(): RunEnd {
      const end = toJobEnd(
        combineOutcomes(Object.keys(outcomes) as SyncOutcome[]),
        refusals,
        failure,
      );
      if (rollUpFailure === null || (end.outcome !== 'COMPLETED' && end.outcome !== 'PARTIAL')) {
        return end;
      }
      const reason = `The weekly metrics do not have all of it yet: ${rollUpFailure.errorMessage ?? 'unknown reason'}`;
      return {
        outcome: 'PARTIAL',
        errorCode: end.errorCode ?? rollUpFailure.errorCode,
        errorMessage: end.errorMessage === null ? reason : `${end.errorMessage} ${reason}`,
      };
    },

    /** What the next run of the chain has to know. */
    toCarryOver: () => ({ outcomes, refusals, failure, rollUpFailure }),
  };
}

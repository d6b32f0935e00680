import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import type { CloseSyncRunInput, SyncOutcome } from '../contracts/sync.ts';

/** How a run ends, as it is written to its row. */
export type RunEnd = Pick<CloseSyncRunInput, 'outcome' | 'errorCode' | 'errorMessage'>;

/** Reads what an admin needs out of a failed activity: the stable type and the sentence. */
export function toRunEnd(error: unknown): RunEnd {
  if (isCancellation(error)) {
    return { outcome: 'CANCELLED', errorCode: 'CANCELLED', errorMessage: 'Cancelled on request.' };
  }
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    return {
      outcome: 'FAILED',
      errorCode: cause.type ?? 'UNEXPECTED',
      errorMessage: cause.message,
    };
  }
  const message = cause instanceof Error ? cause.message : 'unknown reason';
  return { outcome: 'FAILED', errorCode: 'UNEXPECTED', errorMessage: message };
}

/** The outcome of several walks: all the same, or partial. */
export function combineOutcomes(outcomes: readonly SyncOutcome[]): SyncOutcome {
  const [first, ...rest] = outcomes;
  if (first === undefined || rest.every((outcome) => outcome === first)) {
    return first ?? 'COMPLETED';
  }
  return outcomes.includes('CANCELLED') ? 'CANCELLED' : 'PARTIAL';
}

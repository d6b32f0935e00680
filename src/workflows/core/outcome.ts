import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  ChildWorkflowFailure,
  TemporalFailure,
  TerminatedFailure,
  isCancellation,
} from '@temporalio/workflow';
import type { CloseSyncRunInput, SyncOutcome } from '../../contracts/sync.ts';

/** How a run ends, as it is written to its row. */
export type RunEnd = Pick<CloseSyncRunInput, 'outcome' | 'errorCode' | 'errorMessage'>;

/**
 * Reads from a failed activity or child what an admin needs: the stable type and the sentence. Whatever fails after a
 * cancellation of the workflow ends it as cancelled.
 */
export function toRunEnd(error: unknown): RunEnd {
  if (isCancellation(error) || CancellationScope.current().consideredCancelled) {
    return { outcome: 'CANCELLED', errorCode: 'CANCELLED', errorMessage: 'Cancelled on request.' };
  }
  const cause =
    error instanceof ActivityFailure || error instanceof ChildWorkflowFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    return {
      outcome: 'FAILED',
      errorCode: cause.type ?? 'UNEXPECTED',
      errorMessage: cause.message,
    };
  }
  if (cause instanceof TerminatedFailure) {
    const errorMessage = 'The workflow was terminated: start the sync again.';
    return { outcome: 'FAILED', errorCode: 'UNEXPECTED', errorMessage };
  }
  const message = cause instanceof Error ? cause.message : 'unknown reason';
  return { outcome: 'FAILED', errorCode: 'UNEXPECTED', errorMessage: message };
}

/** The failure that shows in the Temporal UI what the row says. */
export function toFailure(end: RunEnd): TemporalFailure {
  if (end.outcome === 'CANCELLED') {
    return new CancelledFailure(end.errorMessage ?? undefined);
  }
  return ApplicationFailure.nonRetryable(
    end.errorMessage ?? 'Nothing could be synced.',
    end.errorCode ?? 'FAILED',
  );
}

/** The outcome of several syncs: the common one, or partial where they differ. */
export function combineOutcomes(outcomes: readonly SyncOutcome[]): SyncOutcome {
  const [first, ...rest] = outcomes;
  if (first === undefined || rest.every((outcome) => outcome === first)) {
    return first ?? 'COMPLETED';
  }
  return 'PARTIAL';
}

/** How a backfill ends: with the reasons of refused names, or, where nothing was synced, with the first failure. */
export function toJobEnd(
  outcome: SyncOutcome,
  refusals: readonly string[],
  failure: Omit<RunEnd, 'outcome'> | null,
): RunEnd {
  if (refusals.length > 0) {
    return { outcome, errorCode: 'NOT_FOUND', errorMessage: refusals.join(' ') };
  }
  return outcome === 'FAILED' && failure !== null
    ? { outcome, errorCode: failure.errorCode, errorMessage: failure.errorMessage }
    : { outcome, errorCode: null, errorMessage: null };
}

/** What a child answers; null when it was not started because a workflow of the same id runs. */
export async function unlessRunning<T>(child: Promise<T>): Promise<T | null> {
  try {
    return await child;
  } catch (error) {
    if (isAlreadyRunning(error)) {
      return null;
    }
    throw error;
  }
}

/** Whether a child was not started because a workflow of the same id runs. */
export function isAlreadyRunning(error: unknown): boolean {
  return error instanceof TemporalFailure && error.name === 'WorkflowExecutionAlreadyStartedError';
}

import { WorkflowUpdateFailedError, type WorkflowExecutionDescription } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { BackfillRequest, ControlledSync } from '../../contracts/launcher.ts';
import { BACKFILL_CLOSING, SYNC_RUN_MEMO } from '../../contracts/sync.ts';

/** Calls under way by what they ask for: who asks for the same meanwhile gets the same answer. */
type SharedCalls<Answer> = (
  key: string,
  call: () => Promise<Answer>,
) => { readonly answer: Promise<Answer>; readonly isShared: boolean };

export function createSharedCalls<Answer>(): SharedCalls<Answer> {
  const calls = new Map<string, Promise<Answer>>();
  return (key, call) => {
    const same = calls.get(key);
    if (same !== undefined) {
      return { answer: same, isShared: true };
    }
    const answer = call().finally(() => calls.delete(key));
    calls.set(key, answer);
    return { answer, isShared: false };
  };
}

/** The same for requests that ask for the same, whoever asks. */
export function keyOf({ teamId, repositories, since }: BackfillRequest): string {
  return JSON.stringify([teamId, repositories, since]);
}

/** Row of an execution, as its memo names it; null where the workflow writes its row itself. */
export function toSyncRunId({ memo }: WorkflowExecutionDescription): string | null {
  const id = memo?.[SYNC_RUN_MEMO];
  return typeof id === 'string' ? id : null;
}

/** Whether an execution runs and is that of a row: a walk bears the row's id, a job's chain begins with its run. */
export function isOfRun(
  { status, runId, raw, memo }: WorkflowExecutionDescription,
  { syncRunId, workflowRunId }: ControlledSync,
): boolean {
  if (status.name !== 'RUNNING') {
    return false;
  }
  return memo?.[SYNC_RUN_MEMO] === undefined
    ? (raw.workflowExecutionInfo?.firstRunId ?? runId) === workflowRunId
    : memo[SYNC_RUN_MEMO] === syncRunId;
}

/** Whether a backfill refused a join because it is ending: the next start is a job of its own. */
export function isClosing(error: unknown): boolean {
  return (
    error instanceof WorkflowUpdateFailedError &&
    error.cause instanceof ApplicationFailure &&
    error.cause.type === BACKFILL_CLOSING
  );
}

/** Names what a backfill fetches, for the list in the Temporal UI. */
export function describe(request: BackfillRequest): string {
  const [first, ...others] = request.repositories;
  return others.length === 0 ? (first ?? 'all repositories') : `${first} and ${others.length} more`;
}

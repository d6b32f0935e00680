import {
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { identityOfId, type InstallationIdentity } from '../../contracts/installation.ts';
import type { ControlledSync, SyncAction } from '../../contracts/launcher.ts';
import { SYNC_RUN_MEMO, pauseSyncSignal, resumeSyncSignal } from '../../contracts/sync.ts';
import { firstRunIdOf } from './start-workflow.ts';

/**
 * Pauses, resumes or cancels the workflow of this very run; false when that run has ended. The run of another installation,
 * which a copy of its database names, is left alone.
 */
export async function controlSync(
  client: Client,
  installation: InstallationIdentity,
  run: ControlledSync,
  action: SyncAction,
): Promise<boolean> {
  if (identityOfId(run.workflowId) !== installation) {
    return false;
  }
  const handle = client.workflow.getHandle(run.workflowId);
  try {
    if (!isOfRun(await handle.describe(), run)) {
      return false;
    }
    await (action === 'CANCEL'
      ? handle.cancel()
      : handle.signal(action === 'PAUSE' ? pauseSyncSignal : resumeSyncSignal));
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) {
      return false;
    }
    throw error;
  }
}

/**
 * Whether an execution runs and belongs to a row: the memo of a repository sync, and of a backfill whose row was written
 * before its start, has the row's id; the chain of any other backfill begins with the row's workflow run.
 */
function isOfRun(
  description: WorkflowExecutionDescription,
  { syncRunId, workflowRunId }: ControlledSync,
): boolean {
  const { status, memo } = description;
  if (status.name !== 'RUNNING') {
    return false;
  }
  return memo?.[SYNC_RUN_MEMO] === undefined
    ? firstRunIdOf(description) === workflowRunId
    : memo[SYNC_RUN_MEMO] === syncRunId;
}

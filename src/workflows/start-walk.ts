import {
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  startChild,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import { toSearchAttributes } from '../contracts/search-attributes.ts';
import {
  SYNC_RUN_MEMO,
  type OpenRepositoryRunResult,
  type SyncRepositoryInput,
} from '../contracts/sync.ts';
import { TASK_QUEUES } from '../contracts/task-queues.ts';
import { syncRepositoryWorkflowId } from '../contracts/workflow-ids.ts';
import { isAlreadyRunning } from './outcome.ts';
import { syncRepository } from './sync-repository.ts';

export type Walk = ChildWorkflowHandle<typeof syncRepository>;

/** Starts a walk as a child; null while another one of the repository is going on, such as a webhook's. */
export async function startWalk(
  input: SyncRepositoryInput,
  run: OpenRepositoryRunResult,
): Promise<Walk | null> {
  const { teamId, repositoryId, repositoryName } = input;
  try {
    return await startChild(syncRepository, {
      workflowId: syncRepositoryWorkflowId(teamId, repositoryId),
      taskQueue: TASK_QUEUES.sync,
      args: [input],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      memo: { [SYNC_RUN_MEMO]: input.syncRunId },
      staticSummary: `Pull requests of ${repositoryName} since ${run.horizon.slice(0, 10)}`,
      typedSearchAttributes: toSearchAttributes({
        teamId,
        repository: repositoryName,
        syncKind: run.kind,
      }),
    });
  } catch (error) {
    if (isAlreadyRunning(error)) {
      return null;
    }
    throw error;
  }
}

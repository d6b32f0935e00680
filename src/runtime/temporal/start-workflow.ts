import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import type { LaunchedWorkflow, WorkflowStart } from '../../contracts/launcher.ts';
import { toSearchAttributes } from '../../contracts/search-attributes.ts';
import { TASK_QUEUES } from '../../contracts/task-queues.ts';

/** Starts a workflow, or joins the running one of the same id. The conflict policy FAIL tells a start from a join. */
export async function startOrJoin(client: Client, start: WorkflowStart): Promise<LaunchedWorkflow> {
  const { workflowId, teamId } = start;
  for (;;) {
    try {
      const handle = await client.workflow.start(start.workflowType, {
        workflowId,
        taskQueue: TASK_QUEUES[start.taskQueue],
        args: [start.input],
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        staticSummary: start.summary,
        typedSearchAttributes: toSearchAttributes(teamId === null ? {} : { teamId }),
      });
      return { workflowId, workflowRunId: handle.firstExecutionRunId, joined: false };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) {
        throw error;
      }
    }
    const running = await findRunning(client, workflowId);
    if (running !== null) {
      return running;
    }
  }
}

/** Id of the run with which the chain of an execution began: continued as new, a workflow has later runs. */
export function firstRunIdOf({ raw, runId }: WorkflowExecutionDescription): string {
  return raw.workflowExecutionInfo?.firstRunId ?? runId;
}

/** The running workflow of this id; null when it has ended meanwhile. */
async function findRunning(client: Client, workflowId: string): Promise<LaunchedWorkflow | null> {
  const description = await client.workflow.getHandle(workflowId).describe();
  return description.status.name === 'RUNNING'
    ? { workflowId, workflowRunId: firstRunIdOf(description), joined: true }
    : null;
}

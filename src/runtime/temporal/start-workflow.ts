import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowStartOptions,
} from '@temporalio/client';
import {
  toInstallationId,
  toTaskQueueName,
  type InstallationIdentity,
} from '../../contracts/installation.ts';
import type { LaunchedWorkflow, WorkflowStart } from '../../contracts/launcher.ts';
import { toSearchAttributes } from '../../contracts/search-attributes.ts';
import { toPlainText } from '../../domain/core/plain-text.ts';

/** What Temporal is told of a workflow, whether it is started now, by a signal or by a schedule. */
export function toWorkflowOptions(
  installation: InstallationIdentity,
  { workflowId, taskQueue, input, summary, teamId }: WorkflowStart,
) {
  return {
    workflowId: toInstallationId(installation, workflowId),
    taskQueue: toTaskQueueName(installation, taskQueue),
    args: [input],
    staticSummary: toPlainText(teamId === null ? summary : `${summary} for team ${teamId}`),
    typedSearchAttributes: toSearchAttributes(teamId === null ? {} : { teamId }),
  };
}

/**
 * Starts a workflow unless one of its id runs.
 * @returns id of its run; null when one runs already
 */
export async function startUnlessRunning(
  client: Client,
  workflowType: string,
  options: WorkflowStartOptions,
): Promise<string | null> {
  try {
    const handle = await client.workflow.start(workflowType, {
      ...options,
      // FAIL tells a start from a join.
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    });
    return handle.firstExecutionRunId;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      return null;
    }
    throw error;
  }
}

/** Starts a workflow, or joins the running one of the same id. */
export async function startOrJoin(
  client: Client,
  installation: InstallationIdentity,
  start: WorkflowStart,
): Promise<LaunchedWorkflow> {
  const options = toWorkflowOptions(installation, start);
  const { workflowId } = options;
  for (;;) {
    const runId = await startUnlessRunning(client, start.workflowType, options);
    const launched =
      runId === null
        ? await findRunning(client, workflowId)
        : { workflowId, workflowRunId: runId, joined: false };
    if (launched !== null) {
      return launched;
    }
  }
}

/** Id of the run with which the chain of an execution began: continued as new, a workflow has later runs. */
export function firstRunIdOf({ raw, runId }: WorkflowExecutionDescription): string {
  return raw.workflowExecutionInfo?.firstRunId ?? runId;
}

/** The running workflow of this id; null when it has ended meanwhile. */
async function findRunning(client: Client, workflowId: string): Promise<LaunchedWorkflow | null> {
  try {
    const description = await client.workflow.getHandle(workflowId).describe();
    return description.status.name === 'RUNNING'
      ? { workflowId, workflowRunId: firstRunIdOf(description), joined: true }
      : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) {
      return null;
    }
    throw error;
  }
}

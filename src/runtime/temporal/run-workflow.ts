import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowFailedError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { WorkflowStart } from '../../contracts/launcher.ts';
import { TASK_QUEUES } from '../../contracts/task-queues.ts';
import { DEADLINES } from '../../domain/core/deadlines.ts';
import { DOMAIN_ERROR_CODES, DomainError, type DomainErrorCode } from '../../domain/core/errors.ts';
import { startOrJoin } from './start-workflow.ts';

export interface FollowOptions {
  /** Cancels the workflow, unless it was joined; the wait ends at once in either case. */
  readonly signal: AbortSignal;
  /** Gets what the workflow says of itself, about once a second. */
  readonly onProgress: (details: string) => void;
  /** How long a worker that has just started may take to be seen, in milliseconds. */
  readonly workerMs?: number;
}

/** A workflow that has ended well. */
export interface EndedWorkflow<Result> {
  readonly result: Result;
  /** True when it was already running: then its input was another's. */
  readonly joined: boolean;
}

const POLL_MS = 1_000;
const WORKER_POLL_MS = 200;

/** A query that every workflow answers: the details that the Temporal UI shows too. */
const METADATA_QUERY = '__temporal_workflow_metadata';

/**
 * Starts a workflow, or joins the one that runs under its id, and waits until it has ended.
 * @throws DomainError TEMPORAL_UNAVAILABLE when no worker polls the workflow's queue, and nothing is started then; the
 * workflow's own failure; an AbortError when the signal was aborted
 */
export async function runToEnd<Result>(
  client: Client,
  start: WorkflowStart,
  { signal, onProgress, workerMs = DEADLINES.temporal.workerMs }: FollowOptions,
): Promise<EndedWorkflow<Result>> {
  for (const endsAt = Date.now() + workerMs; !(await hasWorker(client, start));) {
    if (Date.now() >= endsAt) {
      throw noWorker(start);
    }
    await delay(WORKER_POLL_MS, undefined, { signal });
  }
  const { workflowId, workflowRunId, joined } = await startOrJoin(client, start);
  // The result is that of this chain; a cancellation and the details are the business of its current run.
  const chain = client.workflow.getHandle(workflowId, undefined, {
    firstExecutionRunId: workflowRunId,
  });
  let isRunning = true;
  const ended = client.workflow
    .getHandle(workflowId, workflowRunId)
    .result()
    .finally(() => {
      isRunning = false;
    }) as Promise<Result>;
  try {
    while (isRunning) {
      await Promise.race([ended, delay(POLL_MS, undefined, { signal, ref: false })]);
      if (isRunning) {
        onProgress(await readDetails(chain));
      }
    }
    return { joined, result: await ended };
  } catch (error) {
    if (signal.aborted && !joined) {
      await chain.cancel();
    }
    throw toDomainError(error);
  }
}

/** Without a worker the workflow would wait, and whoever waits for it would not know why. */
function noWorker({ taskQueue }: WorkflowStart): DomainError {
  return new DomainError(
    'TEMPORAL_UNAVAILABLE',
    `No worker serves the task queue ${taskQueue}: start one (throughline worker), then try again. Nothing was started.`,
  );
}

async function hasWorker(client: Client, { taskQueue }: WorkflowStart): Promise<boolean> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: TASK_QUEUES[taskQueue] },
  });
  return (pollers ?? []).length > 0;
}

async function readDetails(handle: Pick<WorkflowHandle, 'query'>): Promise<string> {
  try {
    const { currentDetails } = await handle.query<{ currentDetails?: string }>(METADATA_QUERY);
    return currentDetails ?? '';
  } catch {
    // It has just ended, or its worker is busy: the next look tells.
    return '';
  }
}

/** What a workflow failed with, where it is one of our own codes; anything else stays as it is. */
function toDomainError(error: unknown): unknown {
  if (!(error instanceof WorkflowFailedError)) {
    return error;
  }
  let cause: unknown = error.cause;
  while (cause instanceof Error && cause.cause instanceof Error) {
    cause = cause.cause;
  }
  const { type, message } = cause as { type?: string; message: string };
  return DOMAIN_ERROR_CODES.includes(type as DomainErrorCode)
    ? new DomainError(type as DomainErrorCode, message, { cause: error })
    : error;
}

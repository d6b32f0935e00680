import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { toTaskQueueName, type InstallationIdentity } from '../../contracts/installation.ts';
import type { WorkflowStart } from '../../contracts/launcher.ts';
import { DEADLINES } from '../../domain/core/deadlines.ts';
import { DOMAIN_ERROR_CODES, DomainError } from '../../domain/core/errors.ts';
import { unlessAborted } from '../core/unless-aborted.ts';
import type { AskTemporal } from './ask-temporal.ts';
import { isPolled } from './queue-services.ts';
import { startOrJoin } from './start-workflow.ts';

export interface FollowOptions {
  /** Cancels the workflow, unless it was joined: then the wait ends at once. */
  readonly signal: AbortSignal;
  /** Gets what the workflow says of itself, about once a second, where it says something. */
  readonly onProgress: (details: string) => void;
  /** How long a worker that has just started may take to be seen, in milliseconds. */
  readonly workerMs?: number;
  /** How long a cancelled workflow may take to end, in milliseconds. */
  readonly cancelMs?: number;
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
 * @throws DomainError TEMPORAL_UNAVAILABLE when Temporal does not answer, or no worker polls the workflow's queue, and nothing
 * is started then; the workflow's failure in its own sentence; CONFLICT when somebody has cancelled it; an AbortError when
 * the signal was aborted
 */
export async function runToEnd<Result>(
  ask: AskTemporal,
  installation: InstallationIdentity,
  start: WorkflowStart,
  options: FollowOptions,
): Promise<EndedWorkflow<Result>> {
  const { signal, onProgress, workerMs, cancelMs } = { ...DEADLINES.temporal, ...options };
  const queue = toTaskQueueName(installation, start.taskQueue);
  for (const endsAt = Date.now() + workerMs; !(await ask((client) => isPolled(client, queue)));) {
    if (Date.now() >= endsAt) {
      throw noWorker(start);
    }
    await delay(WORKER_POLL_MS, undefined, { signal });
  }
  signal.throwIfAborted();
  const { workflowId, workflowRunId, joined } = await ask((client) =>
    startOrJoin(client, installation, start),
  );
  const { workflow } = await ask(async (client) => client);
  // The result is that of this chain; a cancellation and the details are the business of its current run.
  const chain = workflow.getHandle(workflowId, undefined, { firstExecutionRunId: workflowRunId });
  let isRunning = true;
  const ended = workflow
    .getHandle(workflowId, workflowRunId)
    .result()
    .finally(() => {
      isRunning = false;
    }) as Promise<Result>;
  try {
    while (isRunning) {
      await Promise.race([ended, delay(POLL_MS, undefined, { signal, ref: false })]);
      const details = isRunning ? await unlessAborted(signal, () => readDetails(ask, chain)) : '';
      if (details !== '') {
        onProgress(details);
      }
    }
    return { joined, result: await ended };
  } catch (error) {
    if (signal.aborted && !joined) {
      await ask(() => chain.cancel());
      // Its workers may end with us, and its last task closes it: whoever starts it next would join what ends.
      await Promise.race([
        ended.catch(() => undefined),
        delay(cancelMs, undefined, { ref: false }),
      ]);
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

async function readDetails(
  ask: AskTemporal,
  handle: Pick<WorkflowHandle, 'query'>,
): Promise<string> {
  try {
    const answer = await ask(() => handle.query<{ currentDetails?: string }>(METADATA_QUERY));
    return answer.currentDetails ?? '';
  } catch {
    // It has just ended, or its worker is busy: the next look tells.
    return '';
  }
}

/** What a workflow failed with, as a sentence for whoever waits for it. */
function toDomainError(error: unknown): unknown {
  if (!(error instanceof WorkflowFailedError)) {
    return error;
  }
  let cause: Error = error;
  while (cause.cause instanceof Error) {
    ({ cause } = cause as { cause: Error });
  }
  if (cause instanceof CancelledFailure || cause instanceof TerminatedFailure) {
    return new DomainError('CONFLICT', 'The run was ended by somebody: start it again.', {
      cause: error,
    });
  }
  const { type } = cause as { type?: string };
  const code = DOMAIN_ERROR_CODES.find((known) => known === type);
  return code === undefined
    ? new DomainError('CONFLICT', `The run failed: ${cause.message}`, { cause: error })
    : new DomainError(code, cause.message, { cause: error });
}

import { setTimeout as delay } from 'node:timers/promises';
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { BackfillRequest, LaunchedWorkflow } from '../../contracts/launcher.ts';
import { toSearchAttributes } from '../../contracts/search-attributes.ts';
import {
  BACKFILL_CLOSING,
  SYNC_WORKFLOWS,
  widenBackfillUpdate,
  type BackfillTeamInput,
  type SyncActivityOptions,
  type WidenBackfillInput,
  type WidenBackfillResult,
} from '../../contracts/sync.ts';
import { TASK_QUEUES } from '../../contracts/task-queues.ts';
import { backfillTeamWorkflowId } from '../../contracts/workflow-ids.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { AskTemporal } from './ask-temporal.ts';

/** A backfill that closes takes no more requests and is gone in a moment; after that the next start succeeds. */
const CLOSING_POLL_MS = 100;

/**
 * Starts backfills, or widens the running one. Equal requests that come while one is being started share its start:
 * Temporal takes ten updates of a workflow at a time.
 */
export function createStartBackfill(
  ask: AskTemporal,
  activityOptions: SyncActivityOptions,
): (request: BackfillRequest) => Promise<LaunchedWorkflow> {
  const starting = new Map<string, Promise<LaunchedWorkflow>>();
  return (request) => {
    const { teamId, repositories, since } = request;
    const key = JSON.stringify([teamId, repositories, since]);
    const same = starting.get(key);
    if (same !== undefined) {
      return same.then((launched) => ({ ...launched, joined: true }));
    }
    const start = ask(async (client) => {
      for (;;) {
        const launched = await startOrWiden(client, request, activityOptions);
        if (launched !== null) {
          return launched;
        }
        await delay(CLOSING_POLL_MS);
      }
    }).finally(() => starting.delete(key));
    starting.set(key, start);
    return start;
  };
}

/** Starts the backfill, or joins the running one; null when that has ended meanwhile. */
async function startOrWiden(
  client: Client,
  request: BackfillRequest,
  activityOptions: SyncActivityOptions,
): Promise<LaunchedWorkflow | null> {
  const { teamId, since } = request;
  const workflowId = backfillTeamWorkflowId(teamId);
  try {
    const handle = await client.workflow.start(SYNC_WORKFLOWS.backfillTeam, {
      workflowId,
      taskQueue: TASK_QUEUES.sync,
      args: [{ ...request, activityOptions } satisfies BackfillTeamInput],
      // FAIL tells a start from a join.
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      staticSummary: `Backfill of ${describe(request)} since ${since?.slice(0, 10) ?? 'the last sync'}`,
      typedSearchAttributes: toSearchAttributes({ teamId, syncKind: 'BACKFILL' }),
    });
    return { workflowId, workflowRunId: handle.firstExecutionRunId, joined: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) {
      throw error;
    }
  }
  return widen(client.workflow.getHandle(workflowId), request);
}

/** Joins the running backfill; null when it has ended meanwhile. */
async function widen(
  handle: WorkflowHandle,
  { repositories, since }: BackfillRequest,
): Promise<LaunchedWorkflow | null> {
  try {
    await handle.executeUpdate<WidenBackfillResult, [WidenBackfillInput]>(widenBackfillUpdate, {
      args: [{ repositories, since }],
    });
    const description = await handle.describe();
    const workflowRunId = description.raw.workflowExecutionInfo?.firstRunId ?? description.runId;
    return { workflowId: handle.workflowId, workflowRunId, joined: true };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || isClosing(error)) {
      return null;
    }
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
      throw new DomainError(
        'TEMPORAL_UNAVAILABLE',
        'A backfill is open, but no worker answers for it: start one (throughline worker), then try again.',
        { cause: error },
      );
    }
    throw error;
  }
}

function isClosing(error: unknown): boolean {
  return (
    error instanceof WorkflowUpdateFailedError &&
    error.cause instanceof ApplicationFailure &&
    error.cause.type === BACKFILL_CLOSING
  );
}

function describe({ repositories }: BackfillRequest): string {
  const [first, ...others] = repositories;
  return others.length === 0 ? (first ?? 'all repositories') : `${first} and ${others.length} more`;
}

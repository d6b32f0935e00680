import { setTimeout as delay } from 'node:timers/promises';
import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type {
  BackfillRequest,
  LaunchedBackfill,
  WorkflowLauncher,
} from '../../contracts/launcher.ts';
import { toSearchAttributes } from '../../contracts/search-attributes.ts';
import {
  BACKFILL_CLOSING,
  SYNC_RUN_MEMO,
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
import { createSharedCalls } from '../core/shared-calls.ts';
import { firstRunIdOf, startUnlessRunning } from './start-workflow.ts';

/** A backfill that closes takes no more requests and is gone in a moment; after that the next start succeeds. */
const CLOSING_POLL_MS = 100;

/**
 * Starts backfills, and joins and widens the running one. Equal requests under way share one call: Temporal takes ten
 * updates of a workflow at a time.
 */
export function createBackfillStarts(
  ask: AskTemporal,
  activityOptions: SyncActivityOptions,
): Pick<WorkflowLauncher, 'joinBackfill' | 'startBackfill'> {
  const starting = createSharedCalls<LaunchedBackfill>();
  const joining = createSharedCalls<LaunchedBackfill | null>();
  return {
    joinBackfill: (request) =>
      joining(keyOf(request), () =>
        ask((client) =>
          widen(client.workflow.getHandle(backfillTeamWorkflowId(request.teamId)), request),
        ),
      ).answer,

    async startBackfill(request) {
      const { answer, isShared } = starting(keyOf(request), () =>
        ask(async (client) => {
          for (;;) {
            const launched = await startOrWiden(client, request, activityOptions);
            if (launched !== null) {
              return launched;
            }
            await delay(CLOSING_POLL_MS);
          }
        }),
      );
      const launched = await answer;
      return isShared ? { ...launched, joined: true } : launched;
    },
  };
}

/** The same key for requests that ask for the same, whoever sends them. */
function keyOf({ teamId, repositories, since }: BackfillRequest): string {
  return JSON.stringify([teamId, repositories, since]);
}

/** Starts the backfill, or joins the running one; null when that has ended meanwhile. */
async function startOrWiden(
  client: Client,
  request: BackfillRequest,
  activityOptions: SyncActivityOptions,
): Promise<LaunchedBackfill | null> {
  const { teamId, since, syncRunId } = request;
  const workflowId = backfillTeamWorkflowId(teamId);
  const workflowRunId = await startUnlessRunning(client, SYNC_WORKFLOWS.backfillTeam, {
    workflowId,
    taskQueue: TASK_QUEUES.sync,
    args: [{ ...request, activityOptions } satisfies BackfillTeamInput],
    staticSummary: `Backfill of ${describe(request)} since ${since?.slice(0, 10) ?? 'the last sync'}`,
    ...(syncRunId !== undefined && { memo: { [SYNC_RUN_MEMO]: syncRunId } }),
    typedSearchAttributes: toSearchAttributes({ teamId, syncKind: 'BACKFILL' }),
  });
  return workflowRunId === null
    ? widen(client.workflow.getHandle(workflowId), request)
    : { workflowId, workflowRunId, joined: false, syncRunId: syncRunId ?? null };
}

/** Joins the running backfill; null when it has ended meanwhile. */
async function widen(
  handle: WorkflowHandle,
  { repositories, since }: BackfillRequest,
): Promise<LaunchedBackfill | null> {
  try {
    await handle.executeUpdate<WidenBackfillResult, [WidenBackfillInput]>(widenBackfillUpdate, {
      args: [{ repositories, since }],
    });
    const description = await handle.describe();
    const workflowRunId = firstRunIdOf(description);
    const syncRunId = toSyncRunId(description);
    return { workflowId: handle.workflowId, workflowRunId, joined: true, syncRunId };
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

/** Row of an execution, as its memo names it; null when the workflow writes its row itself. */
function toSyncRunId({ memo }: WorkflowExecutionDescription): string | null {
  const id = memo?.[SYNC_RUN_MEMO];
  return typeof id === 'string' ? id : null;
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

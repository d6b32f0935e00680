import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  toInstallationId,
  toTaskQueueName,
  type InstallationIdentity,
} from '../../contracts/installation.ts';
import type {
  BackfillRequest,
  LaunchedBackfill,
  WorkflowLauncher,
} from '../../contracts/launcher.ts';
import { toSearchAttributes } from '../../contracts/search-attributes.ts';
import {
  BACKFILL_CLOSING,
  BACKFILL_COVERED,
  SYNC_RUN_MEMO,
  SYNC_WORKFLOWS,
  widenBackfillUpdate,
  type BackfillTeamInput,
  type SyncActivityOptions,
  type WidenBackfillInput,
  type WidenBackfillResult,
} from '../../contracts/sync.ts';
import { backfillTeamWorkflowId } from '../../contracts/workflow-ids.ts';
import { toPlainText } from '../../domain/core/plain-text.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { AskTemporal } from './ask-temporal.ts';
import { createSharedCalls } from '../core/shared-calls.ts';
import { firstRunIdOf, startUnlessRunning } from './start-workflow.ts';
import { GRPC, grpcStatusOf } from './temporal-failures.ts';

/** Of the time that a request has, what is left to ask whether Temporal has it where no worker has confirmed it. */
const SHARE_TO_CONFIRM = 0.3;

/** A backfill that closes takes no more requests and is gone in a moment; after that the next start succeeds. */
const CLOSING_POLL_MS = 100;

/**
 * Starts backfills, and joins and widens the running one. Equal requests under way share one call: Temporal takes ten
 * updates of a workflow at a time.
 * @param answerMs how long a request may take, in milliseconds
 */
export function createBackfillStarts(
  ask: AskTemporal,
  installation: InstallationIdentity,
  activityOptions: SyncActivityOptions,
  answerMs: number,
): Pick<WorkflowLauncher, 'joinBackfill' | 'startBackfill'> {
  const own = { installation, activityOptions, answerMs };
  const starting = createSharedCalls<LaunchedBackfill>();
  const joining = createSharedCalls<LaunchedBackfill | null>();
  return {
    joinBackfill: (request) =>
      joining(keyOf(request), () => ask((client) => widen(client, own, request))).answer,

    async startBackfill(request) {
      const { answer, isShared } = starting(keyOf(request), () =>
        ask(async (client) => {
          for (;;) {
            const launched = await startOrWiden(client, own, request);
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
function keyOf({ teamId, repositories, since, again = false }: BackfillRequest): string {
  return JSON.stringify([teamId, repositories, since, again]);
}

/**
 * An update of this id counts once in a run: the same for the same repositories and the same day. One that asks for
 * another sync of the same is another each time.
 */
function updateIdOf({ repositories, since, again = false }: BackfillRequest): string {
  const names = repositories.map((name) => name.toLowerCase()).toSorted();
  const digest = createHash('sha256').update(JSON.stringify(names)).digest('hex');
  const day = since === null ? 'new' : new Date(since).toISOString().slice(0, 10);
  return `${day}:${digest}${again ? `:${randomUUID()}` : ''}`;
}

/** What all requests of one launcher have in common. */
interface BackfillStarter {
  readonly installation: InstallationIdentity;
  readonly activityOptions: SyncActivityOptions;
  readonly answerMs: number;
}

/** Starts the backfill, or joins the running one; null when that has ended meanwhile. */
async function startOrWiden(
  client: Client,
  own: BackfillStarter,
  request: BackfillRequest,
): Promise<LaunchedBackfill | null> {
  const { teamId, since, syncRunId } = request;
  const workflowId = toInstallationId(own.installation, backfillTeamWorkflowId(teamId));
  const workflowRunId = await startUnlessRunning(client, SYNC_WORKFLOWS.backfillTeam, {
    workflowId,
    taskQueue: toTaskQueueName(own.installation, 'sync'),
    args: [{ ...request, activityOptions: own.activityOptions } satisfies BackfillTeamInput],
    staticSummary: toPlainText(
      `Backfill of ${describe(request)} since ${since?.slice(0, 10) ?? 'the last sync'} for team ${teamId}`,
    ),
    ...(syncRunId !== undefined && { memo: { [SYNC_RUN_MEMO]: syncRunId } }),
    typedSearchAttributes: toSearchAttributes({ teamId, syncKind: 'BACKFILL' }),
  });
  return workflowRunId === null
    ? widen(client, own, request)
    : { workflowId, workflowRunId, joined: false, syncRunId: syncRunId ?? null };
}

/** Joins the running backfill; null when it has ended meanwhile. */
async function widen(
  client: Client,
  { installation, answerMs }: BackfillStarter,
  request: BackfillRequest,
): Promise<LaunchedBackfill | null> {
  const handle = client.workflow.getHandle(
    toInstallationId(installation, backfillTeamWorkflowId(request.teamId)),
  );
  const { repositories, since, again } = request;
  const requestId = randomUUID();
  const args: [WidenBackfillInput] = [
    { repositories, since, requestId, ...(again !== undefined && { again }) },
  ];
  let updateId = updateIdOf(request);
  try {
    await client.withDeadline(Date.now() + answerMs * (1 - SHARE_TO_CONFIRM), async () => {
      const widenAs = (id: string) =>
        handle.executeUpdate<WidenBackfillResult, [WidenBackfillInput]>(widenBackfillUpdate, {
          args,
          updateId: id,
        });
      const answer = await widenAs(updateId);
      if (answer.requestId !== requestId) {
        // What an earlier request of this day came to: that may have failed since, which only the backfill knows.
        updateId = `${updateId}:${requestId}`;
        await widenAs(updateId);
      }
    });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || isRefusedAs(error, BACKFILL_CLOSING)) {
      return null;
    }
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
      throw (await isTaken(client, handle.workflowId, updateId))
        ? notConfirmed(error)
        : notTaken(error);
    }
    // What it covers it refuses, so that it leaves no events: joined all the same.
    if (!isRefusedAs(error, BACKFILL_COVERED)) {
      throw error;
    }
  }
  const description = await handle.describe();
  const workflowRunId = firstRunIdOf(description);
  const syncRunId = toSyncRunId(description);
  return { workflowId: handle.workflowId, workflowRunId, joined: true, syncRunId };
}

/**
 * Whether Temporal has an update that no worker has confirmed. It keeps one that no worker has seen in memory only.
 * @throws when it does not answer
 */
async function isTaken(client: Client, workflowId: string, updateId: string): Promise<boolean> {
  try {
    await client.workflowService.pollWorkflowExecutionUpdate({
      namespace: client.options.namespace,
      updateRef: { workflowExecution: { workflowId }, updateId },
    });
    return true;
  } catch (error) {
    // Neither does it have one of a backfill that has ended meanwhile.
    if (grpcStatusOf(error, [GRPC.NOT_FOUND]) !== null) {
      return false;
    }
    throw error;
  }
}

/** The update waits in Temporal, and runs as soon as a worker comes. */
function notConfirmed(cause: unknown): DomainError {
  return new DomainError(
    'TEMPORAL_UNAVAILABLE',
    'Taken, not yet confirmed: the running backfill has the request, but no worker answers for it. Start one (throughline worker); asking again does nothing twice.',
    { cause },
  );
}

/** Temporal has lost the update, or never had it. */
function notTaken(cause: unknown): DomainError {
  return new DomainError(
    'TEMPORAL_UNAVAILABLE',
    'Not taken: the running backfill does not have the request, because Temporal did not pass it on in time. Check that a worker runs (throughline worker), then try again. Nothing was started.',
    { cause },
  );
}

/** Row of an execution, as its memo names it; null when the workflow writes its row itself. */
function toSyncRunId({ memo }: WorkflowExecutionDescription): string | null {
  const id = memo?.[SYNC_RUN_MEMO];
  return typeof id === 'string' ? id : null;
}

/** Whether the backfill itself has refused an update, for this reason. */
function isRefusedAs(error: unknown, type: string): boolean {
  return (
    error instanceof WorkflowUpdateFailedError &&
    error.cause instanceof ApplicationFailure &&
    error.cause.type === type
  );
}

function describe({ repositories }: BackfillRequest): string {
  const [first, ...others] = repositories;
  return others.length === 0 ? (first ?? 'all repositories') : `${first} and ${others.length} more`;
}

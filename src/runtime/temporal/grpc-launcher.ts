import { setTimeout as delay } from 'node:timers/promises';
import {
  ScheduleNotFoundError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import type {
  BackfillRequest,
  LaunchedBackfill,
  LaunchedWorkflow,
  WorkflowLauncher,
  WorkflowStart,
} from '../../contracts/launcher.ts';
import { toSearchAttributes } from '../../contracts/search-attributes.ts';
import {
  SYNC_RUN_MEMO,
  SYNC_WORKFLOWS,
  pauseSyncSignal,
  resumeSyncSignal,
  widenBackfillUpdate,
  type BackfillTeamInput,
  type SyncActivityOptions,
  type WidenBackfillInput,
  type WidenBackfillResult,
} from '../../contracts/sync.ts';
import { TASK_QUEUES } from '../../contracts/task-queues.ts';
import { processMoreSignal, toWebhooksStart } from '../../contracts/webhooks.ts';
import { backfillTeamWorkflowId } from '../../contracts/workflow-ids.ts';
import { DomainError, isDomainError } from '../../domain/core/errors.ts';
import { applySchedule, planDaily } from './planned-schedule.ts';
import {
  createTeamSchedules,
  describeSchedules,
  planTeam,
  removeTeamSchedules,
} from './team-schedules.ts';
import {
  createSharedCalls,
  describe,
  isClosing,
  isOfRun,
  keyOf,
  toSyncRunId,
} from './backfill-requests.ts';
import { TEMPORAL_DEADLINE_MS, temporalSilent, type TemporalClient } from './temporal-client.ts';

export interface GrpcLauncherOptions {
  readonly temporal: TemporalClient;
  readonly address: string;
  readonly namespace: string;
  /** Root of the Web UI, without a slash at its end; null when there is none. */
  readonly uiUrl: string | null;
  readonly activityOptions: SyncActivityOptions;
}

/** A run that closes takes no more wishes and is gone in a moment; then the next start wins. */
const CLOSING_POLL_MS = 100;

/** GitHub waits for the answer meanwhile, and a sweep finds what was not signalled. */
const SIGNAL_DEADLINE_MS = 2_000;

/** Behind a deadline the client says itself what was not answered, mostly. */
const GRACE_MS = 250;

/** Starts workflows over gRPC. The conflict policy FAIL tells a start from a join. */
export function createGrpcLauncher(options: GrpcLauncherOptions): WorkflowLauncher {
  /** Starts and joins under way by what is asked for: Temporal takes ten joins at a time, and many are one here. */
  const starting = createSharedCalls<LaunchedBackfill>();
  const joining = createSharedCalls<LaunchedBackfill | null>();

  async function attempt(
    client: Client,
    request: BackfillRequest,
  ): Promise<LaunchedBackfill | null> {
    const workflowId = backfillTeamWorkflowId(request.teamId);
    try {
      const handle = await client.workflow.start(SYNC_WORKFLOWS.backfillTeam, {
        workflowId,
        taskQueue: TASK_QUEUES.sync,
        args: [
          { ...request, activityOptions: options.activityOptions } satisfies BackfillTeamInput,
        ],
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        staticSummary: `Backfill of ${describe(request)} since ${request.since?.slice(0, 10) ?? 'the last sync'}`,
        ...(request.syncRunId !== undefined && { memo: { [SYNC_RUN_MEMO]: request.syncRunId } }),
        typedSearchAttributes: toSearchAttributes({ teamId: request.teamId, syncKind: 'BACKFILL' }),
      });
      const { firstExecutionRunId: workflowRunId } = handle;
      return { workflowId, workflowRunId, joined: false, syncRunId: request.syncRunId ?? null };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) {
        throw error;
      }
    }
    return join(client.workflow.getHandle(workflowId), request);
  }

  /** Joins the running backfill; null when it has ended meanwhile. */
  async function join(
    handle: WorkflowHandle,
    request: BackfillRequest,
  ): Promise<LaunchedBackfill | null> {
    try {
      await handle.executeUpdate<WidenBackfillResult, [WidenBackfillInput]>(widenBackfillUpdate, {
        args: [{ repositories: request.repositories, since: request.since }],
      });
      const description = await handle.describe();
      const workflowRunId = description.raw.workflowExecutionInfo?.firstRunId ?? description.runId;
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

  /** The running workflow of this id; null when it has ended meanwhile. */
  async function findRunning(client: Client, workflowId: string): Promise<LaunchedWorkflow | null> {
    const { status, runId, raw } = await client.workflow.getHandle(workflowId).describe();
    const workflowRunId = raw.workflowExecutionInfo?.firstRunId ?? runId;
    return status.name === 'RUNNING' ? { workflowId, workflowRunId, joined: true } : null;
  }

  async function startOrJoin(client: Client, start: WorkflowStart): Promise<LaunchedWorkflow> {
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

  /**
   * Asks Temporal within its deadline; whatever it does not answer to is that it is not there. The client heeds the
   * deadline at each try and not in its pauses between them, nor before it is connected: the clock ends those.
   */
  async function ask<Answer>(
    request: (client: Client) => Promise<Answer>,
    deadlineMs = TEMPORAL_DEADLINE_MS,
  ): Promise<Answer> {
    const deadline = Date.now() + deadlineMs;
    const late = new AbortController();
    try {
      return await Promise.race([
        options.temporal
          .get()
          .then((client) => client.withDeadline(deadline, () => request(client))),
        delay(deadlineMs + GRACE_MS, undefined, { signal: late.signal }).then(() => {
          throw temporalSilent(options.address, new Error('no answer in time'));
        }),
      ]);
    } catch (error) {
      throw isDomainError(error) ? error : temporalSilent(options.address, error);
    } finally {
      late.abort();
    }
  }

  return {
    startWorkflow: (start) => ask((client) => startOrJoin(client, start)),

    scheduleDaily: (start) =>
      ask(async (client) => {
        await applySchedule(client, planDaily(start));
      }),

    scheduleTeam: (teamId) =>
      ask((client) => createTeamSchedules(client, teamId, options.activityOptions)),

    unscheduleTeam: (teamId) =>
      ask((client) => removeTeamSchedules(client, teamId, options.activityOptions)),

    listSchedules: (teamId, more) =>
      ask((client) => {
        const own = planTeam(teamId, options.activityOptions).map(({ start }) => start.workflowId);
        return describeSchedules(client, [...own, ...more]);
      }),

    pauseSchedule: (scheduleId, isPaused, note) =>
      ask(async (client) => {
        const handle = client.schedule.getHandle(scheduleId);
        try {
          await (isPaused ? handle.pause(note) : handle.unpause(note));
        } catch (error) {
          throw error instanceof ScheduleNotFoundError
            ? new DomainError('NOT_FOUND', 'There is no such schedule any more.', { cause: error })
            : error;
        }
      }),

    controlSync: (run, action) =>
      ask(async (client) => {
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
      }),

    async joinBackfill(request) {
      const { answer } = joining(keyOf(request), () =>
        ask((client) =>
          join(client.workflow.getHandle(backfillTeamWorkflowId(request.teamId)), request),
        ),
      );
      return answer;
    },

    async startBackfill(request) {
      const { answer, isShared } = starting(keyOf(request), () =>
        ask(async (client) => {
          for (;;) {
            const result = await attempt(client, request);
            if (result !== null) {
              return result;
            }
            await delay(CLOSING_POLL_MS);
          }
        }),
      );
      const launched = await answer;
      return isShared ? { ...launched, joined: true } : launched;
    },

    signalWebhooks: (connection) =>
      ask(async (client) => {
        const { workflowType, workflowId, taskQueue, input, summary } = toWebhooksStart(connection);
        await client.workflow.signalWithStart(workflowType, {
          workflowId,
          taskQueue: TASK_QUEUES[taskQueue],
          args: [input],
          signal: processMoreSignal,
          workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
          staticSummary: summary,
          typedSearchAttributes: toSearchAttributes({ teamId: connection.teamId }),
        });
      }, SIGNAL_DEADLINE_MS),

    workflowUrl({ workflowId }) {
      return options.uiUrl === null
        ? null
        : `${options.uiUrl}/namespaces/${encodeURIComponent(options.namespace)}/workflows/${encodeURIComponent(workflowId)}`;
    },
  };
}

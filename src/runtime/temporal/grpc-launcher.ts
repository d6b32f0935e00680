import { ScheduleNotFoundError, WorkflowIdReusePolicy, type Client } from '@temporalio/client';
import type { ConnectionInput } from '../../contracts/keys.ts';
import type { WorkflowLauncher } from '../../contracts/launcher.ts';
import type { SyncActivityOptions } from '../../contracts/sync.ts';
import { processMoreSignal, toWebhooksStart } from '../../contracts/webhooks.ts';
import { DEADLINES, type TemporalDeadlines } from '../../domain/core/deadlines.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { createAskTemporal } from './ask-temporal.ts';
import { controlSync } from './control-sync.ts';
import { applySchedule, planSchedule } from './planned-schedule.ts';
import { createBackfillStarts } from './start-backfill.ts';
import { startOrJoin, toWorkflowOptions } from './start-workflow.ts';
import {
  createTeamSchedules,
  describeSchedules,
  planTeam,
  removeTeamSchedules,
} from './team-schedules.ts';
import type { TemporalClient, TemporalTarget } from './temporal-client.ts';

export interface GrpcLauncherOptions extends Pick<TemporalTarget, 'address' | 'namespace'> {
  readonly temporal: TemporalClient;
  /** Root of the Web UI, without a slash at its end; null when there is none. */
  readonly uiUrl: string | null;
  readonly activityOptions: SyncActivityOptions;
  /** How long a call waits for Temporal. The product's deadlines by default. */
  readonly deadlines?: TemporalDeadlines;
}

/** Starts and controls workflows over gRPC. */
export function createGrpcLauncher(options: GrpcLauncherOptions): WorkflowLauncher {
  const { activityOptions, namespace, uiUrl, deadlines = DEADLINES.temporal } = options;
  const ask = createAskTemporal({ ...options, answerMs: deadlines.answerMs });
  return {
    ...createBackfillStarts(ask, activityOptions, deadlines.answerMs),

    startWorkflow: (start) => ask((client) => startOrJoin(client, start)),

    scheduleDaily: (start) =>
      ask(async (client) => {
        await applySchedule(client, planSchedule('every day', start));
      }),

    scheduleTeam: (teamId) => ask((client) => createTeamSchedules(client, teamId, activityOptions)),

    unscheduleTeam: (teamId) =>
      ask((client) => removeTeamSchedules(client, teamId, activityOptions)),

    listSchedules: (teamId, more) =>
      ask((client) => {
        const own = planTeam(teamId, activityOptions).map(({ start }) => start.workflowId);
        return describeSchedules(client, [...own, ...more]);
      }),

    pauseSchedule: (scheduleId, isPaused, note) =>
      ask((client) => pauseSchedule(client, scheduleId, isPaused, note)),

    controlSync: (run, action) => ask((client) => controlSync(client, run, action)),

    signalWebhooks: (connection) =>
      ask((client) => signalWebhooks(client, connection), deadlines.signalMs),

    workflowUrl({ workflowId }) {
      return uiUrl === null
        ? null
        : `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
    },
  };
}

async function pauseSchedule(
  client: Client,
  scheduleId: string,
  isPaused: boolean,
  note: string,
): Promise<void> {
  const handle = client.schedule.getHandle(scheduleId);
  try {
    await (isPaused ? handle.pause(note) : handle.unpause(note));
  } catch (error) {
    throw error instanceof ScheduleNotFoundError
      ? new DomainError('NOT_FOUND', 'The schedule does not exist any more.', { cause: error })
      : error;
  }
}

async function signalWebhooks(client: Client, connection: ConnectionInput): Promise<void> {
  const start = toWebhooksStart(connection);
  await client.workflow.signalWithStart(start.workflowType, {
    ...toWorkflowOptions(start),
    signal: processMoreSignal,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
  });
}

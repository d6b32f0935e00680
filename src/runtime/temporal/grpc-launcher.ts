import { ScheduleNotFoundError, WorkflowIdReusePolicy, type Client } from '@temporalio/client';
import { toInstallationId, type InstallationIdentity } from '../../contracts/installation.ts';
import type { ConnectionInput } from '../../contracts/keys.ts';
import type { WorkflowLauncher } from '../../contracts/launcher.ts';
import type { SyncActivityOptions } from '../../contracts/sync.ts';
import { processMoreSignal, toWebhooksStart } from '../../contracts/webhooks.ts';
import { DEADLINES, type TemporalDeadlines } from '../../domain/core/deadlines.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { createAskTemporal } from './ask-temporal.ts';
import { controlSync } from './control-sync.ts';
import { applySchedule, planSchedule } from './planned-schedule.ts';
import { createQueueServices } from './queue-services.ts';
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
  /** Whose workflows and schedules are started and controlled; nobody else's. */
  readonly installation: InstallationIdentity;
  /** Root of the Web UI, without a slash at its end; null when there is none. */
  readonly uiUrl: string | null;
  readonly activityOptions: SyncActivityOptions;
  /** How long a call waits for Temporal. The product's deadlines by default. */
  readonly deadlines?: TemporalDeadlines;
}

/** Starts and controls workflows over gRPC. */
export function createGrpcLauncher(options: GrpcLauncherOptions): WorkflowLauncher {
  const {
    activityOptions,
    installation,
    namespace,
    uiUrl,
    deadlines = DEADLINES.temporal,
  } = options;
  const ask = createAskTemporal({ ...options, answerMs: deadlines.answerMs });
  return {
    workflowIdOf: (name) => toInstallationId(installation, name),

    ...createBackfillStarts(ask, installation, activityOptions, deadlines.answerMs),

    startWorkflow: (start) => ask((client) => startOrJoin(client, installation, start)),

    scheduleDaily: (start) =>
      ask(async (client) => {
        await applySchedule(client, installation, planSchedule('every day', start));
      }),

    scheduleTeam: (teamId) =>
      ask((client) => createTeamSchedules(client, installation, teamId, activityOptions)),

    unscheduleTeam: (teamId) =>
      ask((client) => removeTeamSchedules(client, installation, teamId, activityOptions)),

    listSchedules: (teamId, more) =>
      ask((client) => {
        const own = planTeam(teamId, activityOptions).map(({ start }) => start.workflowId);
        return describeSchedules(client, installation, [...own, ...more]);
      }),

    pauseSchedule: (scheduleId, isPaused, note) =>
      ask((client) => pauseSchedule(client, scheduleId, isPaused, note)),

    controlSync: (run, action) => ask((client) => controlSync(client, installation, run, action)),

    signalWebhooks: (connection) =>
      ask((client) => signalWebhooks(client, installation, connection), deadlines.signalMs),

    readQueues: createQueueServices({ ask, installation }),

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

async function signalWebhooks(
  client: Client,
  installation: InstallationIdentity,
  connection: ConnectionInput,
): Promise<void> {
  const start = toWebhooksStart(connection);
  await client.workflow.signalWithStart(start.workflowType, {
    ...toWorkflowOptions(installation, start),
    signal: processMoreSignal,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
  });
}

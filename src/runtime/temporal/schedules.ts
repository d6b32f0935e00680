import type { Client } from '@temporalio/client';
import { toAiUsageStart } from '../../contracts/ai-usage.ts';
import { RETENTION_WORKFLOWS, toRetentionStart } from '../../contracts/retention.ts';
import type { SyncActivityOptions } from '../../contracts/sync.ts';
import { toRedeliverStart, toSweepStart } from '../../contracts/webhooks.ts';
import type { Db } from '../../db/core/client.ts';
import { eachUsageSource } from '../../db/usage/usage-source-list.ts';
import { DEADLINES } from '../../domain/core/deadlines.ts';
import { applySchedule, planDaily, type PlannedSchedule } from './planned-schedule.ts';
import { eachConnectedTeam, planTeam } from './team-schedules.ts';

export interface AppliedSchedules {
  readonly created: readonly string[];
  readonly updated: readonly string[];
}

/** What every installation needs, whoever its teams are. */
export const HOUSEHOLD: readonly PlannedSchedule[] = [
  {
    ...planDaily({
      workflowType: RETENTION_WORKFLOWS.runHousekeeping,
      workflowId: 'housekeeping',
      taskQueue: 'compute',
      input: {},
      summary: 'Partitions ahead of time, rollup of what waits, orphan check',
      teamId: null,
    }),
    at: { hour: 2, minute: 10 },
    jitter: '10m',
  },
  {
    start: toRetentionStart({ teamId: null, days: null, kind: null, requestedBy: null }),
    note: 'Retention of all teams, on the first of each month. Made by throughline schedules apply.',
    at: { hour: 3, minute: 10, dayOfMonth: 1 },
    jitter: '30m',
    // Else a machine that is off on that day would never remove anything.
    catchupWindow: '31d',
  },
  {
    start: toSweepStart(),
    note: 'Webhooks that were stored and not processed, every ten minutes. Made by throughline schedules apply.',
    at: { every: '10m' },
    jitter: '1m',
    catchupWindow: '10m',
  },
  {
    start: toRedeliverStart(),
    note: 'Webhooks that GitHub could not deliver, every hour. Made by throughline schedules apply.',
    at: { every: '1h' },
    jitter: '10m',
    catchupWindow: '1h',
  },
];

/**
 * Makes all schedules of the installation, or changes them to what they are meant to be: housekeeping, retention, the
 * webhooks, what each connected team needs and the daily AI usage of every source. What an operator has paused stays
 * paused. Harmless when several workers do it.
 * @param signal ends it at once, also while Temporal does not answer; what was made stays
 * @throws the signal's reason when that has ended it; the client's error when Temporal did not answer in time
 */
export async function applySchedules(
  client: Client,
  db: Db,
  activityOptions: SyncActivityOptions,
  signal: AbortSignal = new AbortController().signal,
): Promise<AppliedSchedules> {
  const created: string[] = [];
  const updated: string[] = [];
  const apply = async (planned: PlannedSchedule): Promise<void> => {
    const isNew = await applyWithin(client, planned, signal);
    (isNew ? created : updated).push(planned.start.workflowId);
  };
  for (const planned of HOUSEHOLD) {
    await apply(planned);
  }
  for await (const teamId of eachConnectedTeam(db)) {
    for (const planned of planTeam(teamId, activityOptions)) {
      await apply(planned);
    }
  }
  for await (const { teamId, organization } of eachUsageSource(db)) {
    await apply(planDaily(toAiUsageStart({ teamId: String(teamId), organization })));
  }
  return { created, updated };
}

/** Applies one schedule within its deadline, or until the signal says otherwise. */
async function applyWithin(
  client: Client,
  planned: PlannedSchedule,
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted();
  // The client never lets go of a signal that it was given, so each schedule has one of its own.
  const call = new AbortController();
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => {
      call.abort();
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop);
  });
  try {
    // The client does not heed its signal in the pauses before it tries again.
    return await Promise.race([
      client.withDeadline(Date.now() + DEADLINES.temporal.scheduleMs, () =>
        client.withAbortSignal(call.signal, () => applySchedule(client, planned)),
      ),
      stopped,
    ]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

import type { Client } from '@temporalio/client';
import { toAiUsageStart } from '../../contracts/ai-usage.ts';
import { toInstallationId } from '../../contracts/installation.ts';
import { RETENTION_WORKFLOWS, toRetentionStart } from '../../contracts/retention.ts';
import type { SyncActivityOptions } from '../../contracts/sync.ts';
import { toRedeliverStart, toSweepStart } from '../../contracts/webhooks.ts';
import type { Db } from '../../db/core/client.ts';
import { readInstallationIdentity } from '../../db/core/installation.ts';
import { eachUsageSource } from '../../db/usage/usage-source-list.ts';
import { DEADLINES } from '../../domain/core/deadlines.ts';
import { unlessAborted } from '../core/unless-aborted.ts';
import { listFormerSchedules, replaceFormerSchedule } from './former-schedules.ts';
import { applySchedule, planSchedule, type PlannedSchedule } from './planned-schedule.ts';
import { eachConnectedTeam, planTeam } from './team-schedules.ts';

/** Ids of schedules, by what was done to them. */
export interface AppliedSchedules {
  readonly created: readonly string[];
  readonly updated: readonly string[];
  /** Of releases whose schedules had no identity in their ids. */
  readonly removed: readonly string[];
}

/** The schedules that every installation has, whichever teams it has. */
export const HOUSEHOLD: readonly PlannedSchedule[] = [
  {
    ...planSchedule('every day', {
      workflowType: RETENTION_WORKFLOWS.runHousekeeping,
      workflowId: 'housekeeping',
      taskQueue: 'compute',
      input: {},
      summary: 'Partitions ahead of time, rollup of dirty weeks, orphan check',
      teamId: null,
    }),
    at: { hour: 2, minute: 10 },
    jitter: '10m',
  },
  planSchedule(
    'on the first of each month',
    toRetentionStart({ teamId: null, days: null, kind: null, requestedBy: null }),
  ),
  planSchedule('every ten minutes', toSweepStart()),
  { ...planSchedule('every hour', toRedeliverStart()), jitter: '10m' },
];

/**
 * Creates all schedules of the installation, or changes existing ones to what they should be: housekeeping, retention,
 * webhooks, those of each connected team, and the daily AI usage of every source. Schedules that an operator has paused
 * stay paused. What an earlier release made is replaced. Several workers may do this at the same time.
 * @param signal ends it at once, also while Temporal does not answer; schedules that were created stay
 * @throws the signal's reason when it was aborted; the client's error when Temporal did not answer in time
 */
export async function applySchedules(
  client: Client,
  db: Db,
  activityOptions: SyncActivityOptions,
  signal: AbortSignal = new AbortController().signal,
): Promise<AppliedSchedules> {
  const applied = { created: [] as string[], updated: [] as string[], removed: [] as string[] };
  const installation = await readInstallationIdentity(db);
  const former = await within(client, signal, () => listFormerSchedules(client));
  const apply = async (planned: PlannedSchedule): Promise<void> => {
    const isNew = await within(client, signal, () => applySchedule(client, installation, planned));
    const id = toInstallationId(installation, planned.start.workflowId);
    (isNew ? applied.created : applied.updated).push(id);
    if (former.has(planned.start.workflowId)) {
      const removed = await within(client, signal, () =>
        replaceFormerSchedule(client, installation, planned),
      );
      applied.removed.push(...(removed === null ? [] : [removed]));
    }
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
    await apply(
      planSchedule('every day', toAiUsageStart({ teamId: String(teamId), organization })),
    );
  }
  return applied;
}

/** Does one thing to a schedule within its deadline, or until the signal is aborted. */
async function within<Answer>(
  client: Client,
  signal: AbortSignal,
  request: () => Promise<Answer>,
): Promise<Answer> {
  // The client never releases a signal that it was given, so each schedule has one of its own.
  const call = new AbortController();
  try {
    // The client does not heed its signal in the pauses between its retries.
    return await unlessAborted(signal, () =>
      client.withDeadline(Date.now() + DEADLINES.temporal.scheduleMs, () =>
        client.withAbortSignal(call.signal, request),
      ),
    );
  } finally {
    call.abort();
  }
}

import {
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';
import { toAiUsageStart } from '../contracts/ai-usage.ts';
import type { WorkflowStart } from '../contracts/launcher.ts';
import { RETENTION_WORKFLOWS, toRetentionStart } from '../contracts/retention.ts';
import { toSearchAttributes } from '../contracts/search-attributes.ts';
import { TASK_QUEUES } from '../contracts/task-queues.ts';
import type { Db } from '../db/client.ts';
import { eachUsageSource } from '../db/usage-source-list.ts';

/** A workflow that Temporal starts by the clock. */
export interface PlannedSchedule {
  /** Id of the schedule, and beginning of the ids of its workflows. */
  readonly start: WorkflowStart;
  /** For whoever reads the schedule in the Temporal UI. */
  readonly note: string;
  /** In UTC; without a day of the month every day. */
  readonly at: { readonly hour: number; readonly minute: number; readonly dayOfMonth?: number };
  /** Starts are spread over so long, so that many of one time do not come at once. */
  readonly jitter: `${number}m` | `${number}h`;
  /** A start that Temporal missed while it was down is made up for so long. */
  readonly catchupWindow: `${number}h` | `${number}d`;
}

export interface AppliedSchedules {
  readonly created: readonly string[];
  readonly updated: readonly string[];
}

/** Once a day. GitHub has the report of the day before by then. */
export function planDaily(start: WorkflowStart): PlannedSchedule {
  return {
    start,
    note: `${start.summary}, every day. Made by throughline schedules apply.`,
    at: { hour: 5, minute: 0 },
    jitter: '2h',
    catchupWindow: '1h',
  };
}

/** What every installation needs, whoever its teams are. */
export const HOUSEHOLD: readonly PlannedSchedule[] = [
  {
    ...planDaily({
      workflowType: RETENTION_WORKFLOWS.keepHouse,
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
];

/**
 * Makes all schedules of the installation, or changes them to what they are meant to be: housekeeping, retention and
 * the daily AI usage of every source. What an operator has paused stays paused. Harmless when several workers do it.
 */
export async function applySchedules(client: Client, db: Db): Promise<AppliedSchedules> {
  const created: string[] = [];
  const updated: string[] = [];
  const apply = async (planned: PlannedSchedule): Promise<void> => {
    const isNew = await applySchedule(client, planned);
    (isNew ? created : updated).push(planned.start.workflowId);
  };
  for (const planned of HOUSEHOLD) {
    await apply(planned);
  }
  for await (const { teamId, organization } of eachUsageSource(db)) {
    await apply(planDaily(toAiUsageStart({ teamId: String(teamId), organization })));
  }
  return { created, updated };
}

/**
 * Makes one schedule or changes it.
 * @returns true when it was made
 */
export async function applySchedule(client: Client, planned: PlannedSchedule): Promise<boolean> {
  const options = toScheduleOptions(planned);
  try {
    await client.schedule.create(options);
    return true;
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) {
      throw error;
    }
  }
  const { scheduleId, ...changes } = options;
  await client.schedule
    .getHandle(scheduleId)
    .update(({ state }) => ({ ...changes, state: { ...state, note: planned.note } }));
  return false;
}

function toScheduleOptions({ start, note, at, jitter, catchupWindow }: PlannedSchedule) {
  const { hour, minute, dayOfMonth = { start: 1, end: 31 } } = at;
  return {
    scheduleId: start.workflowId,
    spec: { calendars: [{ hour, minute, dayOfMonth }], jitter, timezone: 'UTC' },
    action: {
      type: 'startWorkflow',
      workflowType: start.workflowType,
      workflowId: start.workflowId,
      taskQueue: TASK_QUEUES[start.taskQueue],
      args: [start.input],
      staticSummary: start.summary,
      typedSearchAttributes: toSearchAttributes(
        start.teamId === null ? {} : { teamId: start.teamId },
      ),
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow, pauseOnFailure: false },
    state: { note },
  } satisfies ScheduleOptions;
}

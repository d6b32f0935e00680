import {
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
  type ScheduleSpec,
} from '@temporalio/client';
import type { InstallationIdentity } from '../../contracts/installation.ts';
import type { WorkflowStart } from '../../contracts/launcher.ts';
import { toWorkflowOptions } from './start-workflow.ts';

/** A workflow that Temporal starts by a schedule. */
export interface PlannedSchedule {
  /** With the identity of the installation, its workflow id is the id of the schedule and begins those of its workflows. */
  readonly start: WorkflowStart;
  /** A sentence for readers of the Temporal UI. */
  readonly note: string;
  /** The time in UTC; without a day it is every day. */
  readonly at: ScheduleTime | { readonly every: '1h' | '10m' };
  /** Starts are spread over this time, so that those of many teams do not come at once. */
  readonly jitter: `${number}m` | `${number}h`;
  /** A start that Temporal missed while it was down is made up for within this time. */
  readonly catchupWindow: `${number}m` | `${number}h` | `${number}d`;
}

interface ScheduleTime {
  readonly hour: number;
  readonly minute: number;
  readonly dayOfMonth?: number;
  readonly dayOfWeek?: 'SUNDAY';
}

/** How often workflows are started, as the notes of the schedules say it. */
const RHYTHMS = {
  'every ten minutes': { at: { every: '10m' }, jitter: '1m', catchupWindow: '10m' },
  /** Each team's at its own minute; a missed hour is made up for within the next. */
  'every hour': { at: { every: '1h' }, jitter: '30m', catchupWindow: '1h' },
  /** By this time GitHub has the reports of the day before. */
  'every day': { at: { hour: 5, minute: 0 }, jitter: '2h', catchupWindow: '1h' },
  /** In the night to Sunday. */
  'every week': {
    at: { hour: 1, minute: 0, dayOfWeek: 'SUNDAY' },
    jitter: '3h',
    catchupWindow: '2d',
  },
  /** Made up for in the whole month: otherwise a machine that is off on that day would never do it. */
  'on the first of each month': {
    at: { hour: 3, minute: 10, dayOfMonth: 1 },
    jitter: '30m',
    catchupWindow: '31d',
  },
} as const satisfies Record<string, Pick<PlannedSchedule, 'at' | 'jitter' | 'catchupWindow'>>;

/** Plans that Temporal starts a workflow in a rhythm. */
export function planSchedule(rhythm: keyof typeof RHYTHMS, start: WorkflowStart): PlannedSchedule {
  const note = `${start.summary}, ${rhythm}. Created by throughline schedules apply.`;
  return { start, note, ...RHYTHMS[rhythm] };
}

/**
 * Creates a schedule, and leaves an existing one of the same id as it is.
 * @returns true when it was created
 */
export async function createSchedule(
  client: Client,
  installation: InstallationIdentity,
  planned: PlannedSchedule,
): Promise<boolean> {
  try {
    await client.schedule.create(toScheduleOptions(installation, planned));
    return true;
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) {
      return false;
    }
    throw error;
  }
}

/**
 * Creates a schedule, or changes the existing one of the same id.
 * @returns true when it was created
 */
export async function applySchedule(
  client: Client,
  installation: InstallationIdentity,
  planned: PlannedSchedule,
): Promise<boolean> {
  if (await createSchedule(client, installation, planned)) {
    return true;
  }
  const { scheduleId, ...changes } = toScheduleOptions(installation, planned);
  await client.schedule
    .getHandle(scheduleId)
    .update(({ state }) => ({ ...changes, state: { ...state, note: planned.note } }));
  return false;
}

function toScheduleOptions(
  installation: InstallationIdentity,
  { start, note, at, jitter, catchupWindow }: PlannedSchedule,
) {
  const options = toWorkflowOptions(installation, start);
  return {
    scheduleId: options.workflowId,
    spec: { ...toSpec(at), jitter, timezone: 'UTC' },
    action: {
      type: 'startWorkflow',
      workflowType: start.workflowType,
      ...options,
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow, pauseOnFailure: false },
    state: { note },
  } satisfies ScheduleOptions;
}

/** Times that are not given are cleared: an update keeps none of the old ones. */
function toSpec(at: PlannedSchedule['at']): Pick<ScheduleSpec, 'calendars' | 'intervals'> {
  if ('every' in at) {
    return { calendars: [], intervals: [{ every: at.every }] };
  }
  const { hour, minute, dayOfMonth = { start: 1, end: 31 }, dayOfWeek } = at;
  const days = { dayOfMonth, ...(dayOfWeek === undefined ? {} : { dayOfWeek }) };
  return { calendars: [{ hour, minute, ...days }], intervals: [] };
}

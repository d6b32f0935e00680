import {
  ActivityCancellationType,
  proxyActivities,
  type ActivityInterfaceFor,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { ComputeActivities } from '../../contracts/rollups.ts';
import type { SyncActivities, SyncActivityOptions } from '../../contracts/sync.ts';
import { TASK_QUEUES, type TaskQueue } from '../../contracts/task-queues.ts';

/** Work on our own database: short, and tried again for as long as a restart of the database takes. */
export const DATABASE_RETRY = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '30s',
  maximumAttempts: 30,
} as const;

/** Where nobody chose how soon a worker that dies is noticed. */
const HEARTBEAT_SECONDS = 30;

/**
 * The activities of a queue, tried again as database work is; `startToCloseTimeout` bounds one attempt. A cancellation
 * waits for the one that runs, which hears of it with a heartbeat: nothing is done behind whoever says that it ended.
 */
export function activitiesOn<Activities>(
  taskQueue: TaskQueue,
  startToCloseTimeout: ActivityOptions['startToCloseTimeout'],
  options: ActivityOptions = {},
): ActivityInterfaceFor<Activities> {
  return proxyActivities<Activities>({
    taskQueue: TASK_QUEUES[taskQueue],
    startToCloseTimeout,
    heartbeatTimeout: HEARTBEAT_SECONDS * 1000,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: DATABASE_RETRY,
    ...options,
  });
}

/** Activities that only touch the database, or ask GitHub for single things. */
export function recordActivities(
  activityOptions: SyncActivityOptions,
): Omit<SyncActivities, 'closeSyncRun'> {
  return activitiesOn<SyncActivities>('sync', '5m', {
    heartbeatTimeout: activityOptions.heartbeatSeconds * 1000,
  });
}

/**
 * What ends the row of a run, tried again without an end: a workflow that fails while the database is away for long
 * would leave a row that runs for ever.
 */
export function closingActivities(
  activityOptions: SyncActivityOptions,
): Pick<SyncActivities, 'closeSyncRun'> {
  return activitiesOn<SyncActivities>('sync', '5m', {
    heartbeatTimeout: activityOptions.heartbeatSeconds * 1000,
    retry: { ...DATABASE_RETRY, maximumAttempts: Number.POSITIVE_INFINITY },
  });
}

/**
 * The activities that fetch and commit pages. A worker that dies is noticed after `heartbeatSeconds`, and another
 * takes the page up.
 */
export function pageActivities(
  activityOptions: SyncActivityOptions,
  repository: string,
): Pick<SyncActivities, 'syncPullRequestPage' | 'syncRepositoryStage'> {
  return activitiesOn<SyncActivities>('sync', '10m', {
    heartbeatTimeout: activityOptions.heartbeatSeconds * 1000,
    summary: repository,
  });
}

/** Set-based SQL; bounded by its own statement timeout. */
export function computeActivities(
  { heartbeatSeconds }: Pick<SyncActivityOptions, 'heartbeatSeconds'> = {
    heartbeatSeconds: HEARTBEAT_SECONDS,
  },
): ComputeActivities {
  return activitiesOn<ComputeActivities>('compute', '5m', {
    heartbeatTimeout: heartbeatSeconds * 1000,
  });
}

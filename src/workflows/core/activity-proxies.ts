import {
  ActivityCancellationType,
  proxyActivities,
  type ActivityInterfaceFor,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { ComputeActivities } from '../../contracts/rollups.ts';
import type { SyncActivities, SyncActivityOptions } from '../../contracts/sync.ts';
import type { TaskQueue } from '../../contracts/task-queues.ts';
import { toPlainText } from '../../domain/core/plain-text.ts';
import { taskQueueHere } from './installation.ts';

/** For work on our own database: it is short, and is retried for as long as a restart of the database takes. */
export const DATABASE_RETRY = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '30s',
  maximumAttempts: 30,
} as const;

/** How soon a dead worker is noticed where nobody has chosen it. */
const HEARTBEAT_SECONDS = 30;

/**
 * The activities of a queue, retried as database work is; `startToCloseTimeout` bounds one attempt. A cancellation waits
 * for the running activity, which learns of it with a heartbeat: nothing happens after the workflow has said that it ended.
 */
export function activitiesOn<Activities>(
  taskQueue: TaskQueue,
  startToCloseTimeout: ActivityOptions['startToCloseTimeout'],
  options: ActivityOptions = {},
): ActivityInterfaceFor<Activities> {
  return proxyActivities<Activities>({
    // Asked for at each call: outside of a workflow, where most proxies are made, nobody knows whose it is.
    get taskQueue() {
      return taskQueueHere(taskQueue);
    },
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
 * The activity that closes the row of a run. It is retried for ever: a workflow that gave up while the database is away
 * would leave a row that stays open for good.
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
 * The activities that fetch and commit pages. A worker that dies is noticed after `heartbeatSeconds`, and another worker
 * then retries the page.
 */
export function pageActivities(
  activityOptions: SyncActivityOptions,
  repository: string,
): Pick<SyncActivities, 'syncPullRequestPage' | 'syncRepositoryStage'> {
  return activitiesOn<SyncActivities>('sync', '10m', {
    heartbeatTimeout: activityOptions.heartbeatSeconds * 1000,
    summary: toPlainText(repository),
  });
}

/** The activities that run set-based SQL, which has a statement timeout of its own. */
export function computeActivities(
  { heartbeatSeconds }: Pick<SyncActivityOptions, 'heartbeatSeconds'> = {
    heartbeatSeconds: HEARTBEAT_SECONDS,
  },
): ComputeActivities {
  return activitiesOn<ComputeActivities>('compute', '5m', {
    heartbeatTimeout: heartbeatSeconds * 1000,
  });
}

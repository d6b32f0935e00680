import { proxyActivities } from '@temporalio/workflow';
import type { ComputeActivities } from '../contracts/rollups.ts';
import type { SyncActivities, SyncPace } from '../contracts/sync.ts';
import { TASK_QUEUES } from '../contracts/task-queues.ts';

/** Work on our own database: short, and tried again for as long as a restart of the database takes. */
const DATABASE_RETRY = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '30s',
  maximumAttempts: 30,
} as const;

/** Activities that only touch the database, or ask GitHub for single things. */
export function recordActivities(pace: SyncPace): SyncActivities {
  return proxyActivities<SyncActivities>({
    taskQueue: TASK_QUEUES.sync,
    startToCloseTimeout: '5m',
    heartbeatTimeout: pace.heartbeatSeconds * 1000,
    retry: DATABASE_RETRY,
  });
}

/**
 * The activities that fetch and commit pages. A worker that dies is noticed after `heartbeatSeconds`, and another
 * takes the page up.
 */
export function pageActivities(
  pace: SyncPace,
  repository: string,
): Pick<SyncActivities, 'syncPullRequestPage' | 'syncRepositoryStage'> {
  return proxyActivities<SyncActivities>({
    taskQueue: TASK_QUEUES.sync,
    startToCloseTimeout: '10m',
    heartbeatTimeout: pace.heartbeatSeconds * 1000,
    retry: DATABASE_RETRY,
    summary: repository,
  });
}

/** Set-based SQL; bounded by its own statement timeout. */
export function computeActivities(pace: SyncPace): ComputeActivities {
  return proxyActivities<ComputeActivities>({
    taskQueue: TASK_QUEUES.compute,
    startToCloseTimeout: '5m',
    heartbeatTimeout: pace.heartbeatSeconds * 1000,
    retry: DATABASE_RETRY,
  });
}

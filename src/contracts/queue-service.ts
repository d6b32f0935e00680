import type { TaskQueue } from './task-queues.ts';

/** Whether a worker polls a queue. UNKNOWN where Temporal does not say so in time. */
export type QueueService = 'POLLED' | 'NOT_POLLED' | 'UNKNOWN';

/** The queues that syncs need: pages are read on the one, weeks are rolled up on the other. */
export type QueueServices = Readonly<Record<Exclude<TaskQueue, 'llm'>, QueueService>>;

/** Why syncs wait for workers. */
export interface MissingWorkers {
  readonly taskQueues: readonly string[];
  /** One sentence that says what to do. */
  readonly message: string;
}

/** Which queues nobody polls; null where none is known to be without a worker. */
export function findMissingWorkers(queues: QueueServices): MissingWorkers | null {
  const taskQueues = Object.entries(queues).flatMap(([queue, service]) =>
    service === 'NOT_POLLED' ? [queue] : [],
  );
  if (taskQueues.length === 0) {
    return null;
  }
  const named = `task queue${taskQueues.length === 1 ? '' : 's'} ${taskQueues.join(' and ')}`;
  const message = `No worker polls the ${named}: start one (throughline worker with WORKER_QUEUES=${taskQueues.join(',')}).`;
  return { taskQueues, message };
}

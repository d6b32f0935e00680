import type { TaskQueue } from './task-queues.ts';

/** Whether a worker polls a queue. UNKNOWN where Temporal does not say so in time. */
export type QueueService = 'POLLED' | 'NOT_POLLED' | 'UNKNOWN';

/** The queues that syncs need: pages are read on the one, weeks are rolled up on the other. */
export type QueueServices = Readonly<Record<Exclude<TaskQueue, 'llm'>, QueueService>>;

/** Which queues nobody polls, in one sentence that says what to do; null where none is known to be without a worker. */
export function describeMissingWorkers(queues: QueueServices): string | null {
  const missing = Object.entries(queues).flatMap(([queue, service]) =>
    service === 'NOT_POLLED' ? [queue] : [],
  );
  if (missing.length === 0) {
    return null;
  }
  const named = `task queue${missing.length === 1 ? '' : 's'} ${missing.join(' and ')}`;
  return `No worker polls the ${named}: start one (throughline worker with WORKER_QUEUES=${missing.join(',')}).`;
}

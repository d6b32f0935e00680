import type { Client } from '@temporalio/client';
import { toTaskQueueName, type InstallationIdentity } from '../../contracts/installation.ts';
import type { QueueService, QueueServices } from '../../contracts/queue-service.ts';
import type { AskTemporal } from './ask-temporal.ts';

/** An answer is given again for so long: everybody who follows a sync asks. */
const KEPT_MS: Readonly<Record<QueueService, number>> = {
  POLLED: 5_000,
  // Whoever has just started a worker looks whether that helped.
  NOT_POLLED: 1_000,
  // To learn this took as long as it may take.
  UNKNOWN: 5_000,
};

/** Reads wait for it, and are answered without it. */
const ANSWER_MS = 1_000;

export interface QueueServicesOptions {
  readonly ask: AskTemporal;
  readonly installation: InstallationIdentity;
  /** Milliseconds that only grow. */
  readonly clock?: () => number;
  /** How long Temporal is waited for. Default 1 s. */
  readonly answerMs?: number;
}

/** Whether a worker polls a queue, by the queue's name in Temporal. One that was killed counts for five minutes more. */
export async function isPolled(client: Client, name: string): Promise<boolean> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name },
  });
  return (pollers ?? []).length > 0;
}

/**
 * Reads which of the installation's queues have a worker: at most about once a second, for all who ask, and from Temporal,
 * which knows the workers of all machines. It never throws: where Temporal does not answer, the queues are UNKNOWN.
 */
export function createQueueServices(options: QueueServicesOptions): () => Promise<QueueServices> {
  const { ask, installation, clock = () => performance.now(), answerMs = ANSWER_MS } = options;

  async function look(queue: keyof QueueServices): Promise<QueueService> {
    const name = toTaskQueueName(installation, queue);
    try {
      const found = await ask((client) => isPolled(client, name), answerMs);
      return found ? 'POLLED' : 'NOT_POLLED';
    } catch {
      return 'UNKNOWN';
    }
  }

  function keep(queue: keyof QueueServices): () => Promise<QueueService> {
    const kept = {
      looking: Promise.resolve<QueueService>('UNKNOWN'),
      until: Number.NEGATIVE_INFINITY,
    };
    return () => {
      if (clock() >= kept.until) {
        kept.until = Number.POSITIVE_INFINITY;
        kept.looking = look(queue).then((service) => {
          kept.until = clock() + KEPT_MS[service];
          return service;
        });
      }
      return kept.looking;
    };
  }

  const [readSync, readCompute] = [keep('sync'), keep('compute')];
  return async () => {
    const [sync, compute] = await Promise.all([readSync(), readCompute()]);
    return { sync, compute };
  };
}

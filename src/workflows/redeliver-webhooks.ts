import {
  ActivityFailure,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { TASK_QUEUES } from '../contracts/task-queues.ts';
import type {
  RedeliverResult,
  RedeliverWebhooksResult,
  SweepInput,
  WebhookActivities,
  WebhookConnection,
} from '../contracts/webhooks.ts';

const { listWebhookConnections, redeliverDeliveries } = proxyActivities<WebhookActivities>({
  taskQueue: TASK_QUEUES.sync,
  startToCloseTimeout: '10m',
  heartbeatTimeout: '30s',
  retry: {
    initialInterval: '1s',
    backoffCoefficient: 2,
    maximumInterval: '30s',
    maximumAttempts: 30,
  },
});

/**
 * Asks GitHub to send again what it could not deliver in the last three days, connection by connection: what has
 * arrived meanwhile, and what was sent again before, is not asked for. What a token may not see is a sentence of the
 * result. A rate limit is a timer. Continues as new where Temporal suggests it.
 */
export async function redeliverWebhooks(input: SweepInput): Promise<RedeliverWebhooksResult> {
  let redelivered = 0;
  const skipped: string[] = [];
  for (let after: string | null = input.after; after !== null;) {
    const page: Awaited<ReturnType<typeof listWebhookConnections>> = await listWebhookConnections({
      after,
    });
    for (const connection of page.connections) {
      const result = await redeliver(connection);
      redelivered += result.redelivered;
      skipped.push(...result.skipped);
    }
    after = page.next;
    setCurrentDetails([`${redelivered} sent again`, ...skipped].join('\n'));
    if (after !== null && workflowInfo().continueAsNewSuggested) {
      return continueAsNew<typeof redeliverWebhooks>({ after });
    }
  }
  return { redelivered, skipped };
}

async function redeliver(connection: WebhookConnection): Promise<RedeliverWebhooksResult> {
  let redelivered = 0;
  const skipped: string[] = [];
  for (let goesOn = true, after: string | null = null; goesOn;) {
    try {
      const result: RedeliverResult = await redeliverDeliveries({ ...connection, after });
      redelivered += result.redelivered;
      skipped.push(...result.skipped);
      goesOn = result.wait !== null || (result.next ?? null) !== null;
      after = result.next ?? after;
      if (result.wait !== null) {
        await sleep(Math.max(Date.parse(result.wait.until) - Date.now(), 1000));
      }
    } catch (error) {
      // What is wrong with one connection is no reason to leave the others alone.
      if (isCancellation(error) || !(error instanceof ActivityFailure)) {
        throw error;
      }
      return { redelivered, skipped: [...skipped, error.cause?.message ?? error.message] };
    }
  }
  return { redelivered, skipped };
}

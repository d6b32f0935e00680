import {
  ActivityFailure,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { ConnectionInput } from '../../contracts/keys.ts';
import type {
  ListConnectionsResult,
  RedeliverDeliveriesInput,
  RedeliverInput,
  RedeliverResult,
  RedeliverWebhooksResult,
  WebhookActivities,
} from '../../contracts/webhooks.ts';
import { toPlainText } from '../../domain/core/plain-text.ts';
import { activitiesOn } from '../core/activity-proxies.ts';
import { waitUntil } from '../core/wait-until.ts';

const { listWebhookConnections, redeliverDeliveries } = activitiesOn<WebhookActivities>(
  'sync',
  '10m',
);

/** Enough for a thousand repositories of one token; even with a wait each they are only some 2,000 events. */
const CALLS_PER_RUN = 150;

/**
 * Asks GitHub to redeliver what it could not deliver in the last three days, connection by connection. Deliveries that
 * have arrived meanwhile or were redelivered before are left out. What a token may not see is a sentence in the result. A
 * rate limit is a timer. The workflow continues as new after 150 calls, or when Temporal suggests it, with the next call;
 * the sentences are those of the last run.
 */
export async function redeliverWebhooks(input: RedeliverInput): Promise<RedeliverWebhooksResult> {
  let calls = 0;
  let redelivered = input.redelivered ?? 0;
  let from = input.from ?? null;
  const skipped: string[] = [];

  async function redeliver(first: RedeliverDeliveriesInput, after: string): Promise<void> {
    for (let call: RedeliverDeliveriesInput | null = first; call !== null;) {
      if (calls >= CALLS_PER_RUN || workflowInfo().continueAsNewSuggested) {
        return continueAsNew<typeof redeliverWebhooks>({ after, from: call, redelivered });
      }
      calls += 1;
      try {
        const result: RedeliverResult = await redeliverDeliveries(call);
        redelivered += result.redelivered;
        skipped.push(...result.skipped);
        if (result.wait !== null) {
          await waitUntil(result.wait);
        }
        const isUnfinished: boolean = result.wait !== null || result.next !== null;
        call = isUnfinished ? { ...call, ...cursorOf(result) } : null;
      } catch (error) {
        // A connection that fails does not stop the others.
        if (isCancellation(error) || !(error instanceof ActivityFailure)) {
          throw error;
        }
        skipped.push(error.cause?.message ?? error.message);
        return;
      }
    }
  }

  for (let after: string | null = input.after; after !== null;) {
    const page: ListConnectionsResult = await listWebhookConnections({ after });
    for (const connection of page.connections) {
      const order: number = from === null ? 1 : compare(connection, from);
      if (order >= 0) {
        await redeliver(
          order === 0 && from !== null ? from : { ...connection, after: null },
          after,
        );
        from = null;
      }
    }
    after = page.next;
    setCurrentDetails(
      [`${redelivered} webhooks redelivered`, ...skipped.map((one) => toPlainText(one))].join('\n'),
    );
    if (after !== null && workflowInfo().continueAsNewSuggested) {
      return continueAsNew<typeof redeliverWebhooks>({ after, redelivered });
    }
  }
  return { redelivered, skipped };
}

/** The cursor of the next call; empty when that begins where this one did. */
function cursorOf({ next, refused }: RedeliverResult): Partial<RedeliverDeliveriesInput> {
  return {
    ...(next !== null && { after: next }),
    ...(refused !== undefined && { refused }),
  };
}

/** Below 0 when `a` comes first: by team, then by connection. */
function compare(a: ConnectionInput, b: ConnectionInput): number {
  const [team, connection] = [
    BigInt(a.teamId) - BigInt(b.teamId),
    BigInt(a.connectionId) - BigInt(b.connectionId),
  ];
  return Number(team === 0n ? connection : team);
}

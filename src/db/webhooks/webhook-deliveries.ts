import type { WebhookState, WebhookSubject } from '../../domain/webhooks/webhook-delivery.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import type { DbTransaction } from '../core/client.ts';
import type { ConnectionKey } from '../core/keys.ts';

/** A connection that receives webhooks. */
export type WebhookConnectionKey = ConnectionKey;

/** A delivery among those of its connection: the same id may come from two hooks. */
export interface DeliveryKey {
  readonly hookId: bigint;
  readonly deliveryId: string;
}

export interface NewDelivery extends ConnectionKey, DeliveryKey {
  readonly event: string;
  readonly action: string | null;
  readonly subject: WebhookSubject;
  /** Why nothing is done about it; null when it waits to be processed. */
  readonly ignored: string | null;
  readonly receivedAt: Date;
}

/**
 * Stores a delivery that was verified. One that is there stays as it is, unless it has failed: then sending it again
 * tries it again.
 * @returns true when it waits to be processed now, and did not before
 */
export async function storeDelivery(tx: DbTransaction, delivery: NewDelivery): Promise<boolean> {
  const { teamId, connectionId, ignored, receivedAt } = delivery;
  const rows = await tx.$queryRaw<{ state: WebhookState }[]>`
    INSERT INTO webhook_delivery (team_id, connection_id, hook_id, delivery_id, event, action, subject, state, reason,
      received_at, processed_at)
    VALUES (${teamId}, ${connectionId}, ${delivery.hookId}, ${delivery.deliveryId}, ${delivery.event},
      ${delivery.action}, ${JSON.stringify(delivery.subject)}::text::jsonb,
      CASE WHEN ${ignored}::text IS NULL THEN 'RECEIVED' ELSE 'IGNORED' END, ${ignored}::text, ${receivedAt},
      CASE WHEN ${ignored}::text IS NOT NULL THEN ${receivedAt}::timestamptz END)
    ON CONFLICT (team_id, connection_id, hook_id, delivery_id) DO UPDATE SET state = 'RECEIVED', reason = NULL,
      attempts = 0, received_at = excluded.received_at, signalled_at = NULL, processed_at = NULL
      WHERE webhook_delivery.state = 'FAILED'
    RETURNING state`;
  return rows[0]?.state === 'RECEIVED';
}

/** Stores that a delivery was signalled to its workflow. */
export async function recordSignal(
  tx: DbTransaction,
  key: ConnectionKey & DeliveryKey,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE webhook_delivery SET signalled_at = now()
    WHERE team_id = ${key.teamId} AND connection_id = ${key.connectionId} AND hook_id = ${key.hookId}
      AND delivery_id = ${key.deliveryId}`;
}

/** A delivery that waits. */
export interface WaitingDelivery extends DeliveryKey {
  readonly event: string;
  readonly action: string | null;
  readonly subject: WebhookSubject;
}

/** Deliveries of a connection that wait to be processed, oldest first. */
export async function readWaitingDeliveries(
  tx: DbTransaction,
  key: ConnectionKey,
  limit: number,
): Promise<WaitingDelivery[]> {
  return tx.$queryRaw`
    SELECT hook_id AS "hookId", delivery_id AS "deliveryId", event, action, subject FROM webhook_delivery
    WHERE team_id = ${key.teamId} AND connection_id = ${key.connectionId} AND state = 'RECEIVED'
    ORDER BY received_at LIMIT ${limit}::integer`;
}

/** How deliveries end. */
export interface DeliveryEnd {
  readonly state: Exclude<WebhookState, 'RECEIVED'>;
  /** One sentence; null when there is nothing to say. */
  readonly reason: string | null;
}

/** Ends deliveries that wait, in the transaction of what they asked for; those that have ended stay as they are. */
export async function closeDeliveries(
  tx: DbTransaction,
  key: ConnectionKey,
  deliveries: readonly DeliveryKey[],
  end: DeliveryEnd,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE webhook_delivery d SET state = ${end.state}, reason = ${end.reason}, processed_at = now()
    FROM unnest(${toArrayLiteral(deliveries.map(({ hookId }) => hookId))}::text::bigint[],
      ${toArrayLiteral(deliveries.map(({ deliveryId }) => deliveryId))}::text::text[]) AS done(hook_id, delivery_id)
    WHERE d.team_id = ${key.teamId} AND d.connection_id = ${key.connectionId} AND d.hook_id = done.hook_id
      AND d.delivery_id = done.delivery_id AND d.state = 'RECEIVED'`;
}

/**
 * Counts an attempt that failed; with the last one the deliveries have failed.
 * @returns true while they are to be tried again
 */
export async function countFailedAttempt(
  tx: DbTransaction,
  key: ConnectionKey,
  deliveries: readonly DeliveryKey[],
  failure: { readonly reason: string; readonly maxAttempts: number },
): Promise<boolean> {
  const rows = await tx.$queryRaw<{ state: WebhookState }[]>`
    UPDATE webhook_delivery d SET attempts = d.attempts + 1, reason = ${failure.reason},
      state = CASE WHEN d.attempts + 1 >= ${failure.maxAttempts}::integer THEN 'FAILED' ELSE d.state END,
      processed_at = CASE WHEN d.attempts + 1 >= ${failure.maxAttempts}::integer THEN now() END
    FROM unnest(${toArrayLiteral(deliveries.map(({ hookId }) => hookId))}::text::bigint[],
      ${toArrayLiteral(deliveries.map(({ deliveryId }) => deliveryId))}::text::text[]) AS tried(hook_id, delivery_id)
    WHERE d.team_id = ${key.teamId} AND d.connection_id = ${key.connectionId} AND d.hook_id = tried.hook_id
      AND d.delivery_id = tried.delivery_id AND d.state = 'RECEIVED'
    RETURNING d.state`;
  return rows.some(({ state }) => state === 'RECEIVED');
}

/**
 * Connections of a team with deliveries that wait since before an instant: no workflow was signalled, or the one that
 * was is gone.
 */
export async function listStalledWebhooks(
  tx: DbTransaction,
  teamId: bigint,
  before: Date,
): Promise<bigint[]> {
  const rows = await tx.$queryRaw<{ id: bigint }[]>`
    SELECT c.id FROM github_connection c
    WHERE c.team_id = ${teamId} AND EXISTS (SELECT FROM webhook_delivery d
      WHERE d.team_id = c.team_id AND d.connection_id = c.id AND d.state = 'RECEIVED' AND d.received_at < ${before})
    ORDER BY c.id`;
  return rows.map(({ id }) => id);
}

/** Which of these delivery ids have arrived at a connection, from whatever hook. */
export async function findKnownDeliveries(
  tx: DbTransaction,
  key: ConnectionKey,
  deliveryIds: readonly string[],
): Promise<ReadonlySet<string>> {
  // All hooks of a connection: the key begins with the hook, and there are few.
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT DISTINCT delivery_id AS id FROM webhook_delivery
    WHERE team_id = ${key.teamId} AND connection_id = ${key.connectionId} AND state <> 'FAILED'
      AND delivery_id = ANY (${toArrayLiteral(deliveryIds)}::text::text[])`;
  return new Set(rows.map(({ id }) => id));
}

/** Rows a statement: more hold their locks longer and win nothing. */
const EXPIRED_BATCH = 10_000;

/**
 * Deletes a batch of deliveries of a team that arrived before an instant.
 * @returns true when more may be left
 */
export async function deleteOldDeliveries(
  tx: DbTransaction,
  teamId: bigint,
  before: Date,
): Promise<boolean> {
  const deleted = await tx.$executeRaw`
    DELETE FROM webhook_delivery d
    USING (SELECT o.team_id, o.connection_id, o.hook_id, o.delivery_id
      FROM github_connection c
      JOIN webhook_delivery o ON o.team_id = c.team_id AND o.connection_id = c.id AND o.received_at < ${before}
      WHERE c.team_id = ${teamId}
      ORDER BY o.connection_id, o.hook_id, o.delivery_id LIMIT ${EXPIRED_BATCH}::integer) AS old
    WHERE d.team_id = old.team_id AND d.connection_id = old.connection_id AND d.hook_id = old.hook_id
      AND d.delivery_id = old.delivery_id`;
  return deleted === EXPIRED_BATCH;
}

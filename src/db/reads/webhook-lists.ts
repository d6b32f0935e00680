import type { WebhookDelivery } from '../generated/prisma/client.ts';
import { WEBHOOK_DELIVERY_COLUMNS } from './columns.ts';
import { defineList } from './lists.ts';

/** Webhooks of a connection, newest first. */
export const CONNECTION_WEBHOOKS = defineList<WebhookDelivery>({
  table: 'webhook_delivery',
  columns: WEBHOOK_DELIVERY_COLUMNS,
  parent: ['team_id', 'connection_id'],
  order: [
    { column: 'received_at', type: 'timestamptz' },
    { column: 'hook_id', type: 'bigint' },
    { column: 'delivery_id', type: 'text' },
  ],
  direction: 'DESC',
  cursorFields: ['receivedAt', 'hookId', 'deliveryId'],
});

import { listOf } from './lists.ts';

/** Webhooks of a connection, newest first. */
export const CONNECTION_WEBHOOKS = listOf('WebhookDelivery', {
  of: ['connectionId'],
  descending: ['receivedAt', 'hookId', 'deliveryId'],
});

import { listOf } from './lists.ts';

/** Webhooks of a connection, newest first. */
export const CONNECTION_WEBHOOKS = listOf('WebhookDelivery', {
  parent: ['teamId', 'connectionId'],
  order: ['receivedAt', 'hookId', 'deliveryId'],
  direction: 'DESC',
});

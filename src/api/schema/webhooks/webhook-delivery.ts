import { CONNECTION_WEBHOOKS } from '../../../db/reads/webhook-lists.ts';
import { DomainError } from '../../../domain/core/errors.ts';
import type { WebhookState } from '../../../domain/webhooks/webhook-delivery.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import { defineConnection, loadPage, PAGE_COST, pageArguments } from '../../core/connection.ts';
import { requireViewer } from '../../core/context.ts';
import { defineEnum } from '../../core/enums.ts';

const State = defineEnum<WebhookState>('WebhookDeliveryState', 'State of a webhook delivery.', {
  RECEIVED: 'Waiting to be processed.',
  PROCESSED: 'Processed: the changed data was fetched.',
  IGNORED: 'Nothing had to be done; see reason.',
  FAILED: 'Processing failed; see reason. Scheduled syncs fetch the same data.',
});

const Delivery = builder.prismaObject('WebhookDelivery', {
  description: 'A webhook delivery from GitHub. Its payload is not stored.',
  fields: (t) =>
    exposeColumns(t, 'WebhookDelivery', {
      deliveryId:
        "GitHub's id of the delivery, as shown in the webhook settings. A redelivery has the same id.",
      event: "GitHub's name for the event.",
      action: 'Action of the event; null for events without actions.',
      state: { type: State, description: 'Current state.' },
      reason: 'Why it was ignored or failed, or why the last attempt failed.',
      receivedAt: 'When it was received.',
      processedAt: 'When it was processed; null while it is waiting.',
    }),
});

const DeliveryConnection = defineConnection(Delivery, 'WebhookDelivery', 'webhook deliveries');

builder.objectField('GithubConnection', 'webhookDeliveries', (t) =>
  t.field({
    ...PAGE_COST,
    type: DeliveryConnection,
    nullable: true,
    description:
      'Webhook deliveries of the last 30 days, newest first. For admins; null, with an error, for everyone else.',
    args: pageArguments,
    resolve: ({ teamId, id }, args, context) => {
      if (!requireViewer(context).adminTeamIds.includes(teamId)) {
        throw new DomainError('FORBIDDEN', 'Only an admin of the team may read its webhooks.');
      }
      return loadPage(context, CONNECTION_WEBHOOKS, [teamId, id], args);
    },
  }),
);

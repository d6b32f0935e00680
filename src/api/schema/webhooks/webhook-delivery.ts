import { CONNECTION_WEBHOOKS } from '../../../db/reads/webhook-lists.ts';
import { DomainError } from '../../../domain/core/errors.ts';
import type { WebhookState } from '../../../domain/webhooks/webhook-delivery.ts';
import { builder } from '../../core/builder.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';
import { requireViewer } from '../../core/context.ts';

const State = builder.enumType('WebhookDeliveryState', {
  description: 'How a webhook stands.',
  values: {
    RECEIVED: { description: 'It waits to be processed.' },
    PROCESSED: { description: 'What it told of is read.' },
    IGNORED: { description: 'Nothing is to be done about it; reason says why.' },
    FAILED: { description: 'It was given up; reason says why. Walks bring the same facts.' },
  } satisfies Record<WebhookState, object>,
});

const Delivery = builder.prismaObject('WebhookDelivery', {
  description: 'A webhook of GitHub as it came. Its payload is not kept.',
  fields: (t) => ({
    deliveryId: t.exposeString('deliveryId', {
      description:
        "GitHub's id of it, as in the settings of the webhook; sent again it is the same.",
    }),
    event: t.exposeString('event', { description: "GitHub's name of the event." }),
    action: t.exposeString('action', {
      nullable: true,
      description: 'What happened; null for events that have no actions.',
    }),
    state: t.field({
      type: State,
      description: 'How it stands.',
      resolve: ({ state }) => state as WebhookState,
    }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Why it is ignored or failed, or what the last attempt met.',
    }),
    receivedAt: t.expose('receivedAt', { type: 'DateTime', description: 'When it came.' }),
    processedAt: t.expose('processedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was done with; null while it waits.',
    }),
  }),
});

const DeliveryConnection = defineConnection(Delivery, 'WebhookDelivery', 'webhooks');

builder.objectField('GithubConnection', 'webhookDeliveries', (t) =>
  t.field({
    type: DeliveryConnection,
    description: 'Webhooks of the last 30 days, newest first. For admins.',
    args: pageArguments,
    resolve: ({ teamId, id }, args, context) => {
      if (!requireViewer(context).adminTeamIds.includes(teamId)) {
        throw new DomainError('FORBIDDEN', 'Only an admin of the team may read its webhooks.');
      }
      return loadPage(context, CONNECTION_WEBHOOKS, [teamId, id], args);
    },
  }),
);

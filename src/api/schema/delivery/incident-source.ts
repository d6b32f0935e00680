import { builder } from '../../core/builder.ts';
import {
  createIncidentSource,
  type CreatedIncidentSource,
} from '../../mutations/create-incident-source.ts';
import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  withTypedErrors,
} from '../../core/typed-errors.ts';

const Payload = builder.objectRef<CreatedIncidentSource>('CreateIncidentSourcePayload').implement({
  description:
    'A source of incidents. It sends {id, title, url, repository, environment, openedAt, resolvedAt} as JSON, signed like webhooks of GitHub: X-Hub-Signature-256 is "sha256=" and the HMAC-SHA256 of the body in hexadecimal.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name, which its incidents carry.' }),
    webhookUrl: t.string({
      description:
        'Where it sends incidents; a path where the address of the gateway is not configured (PUBLIC_URL).',
      resolve: ({ id }, _args, context) =>
        `${context.services.connections.publicUrl ?? ''}/webhooks/incidents/${id}`,
    }),
    secret: t.exposeString('secret', {
      description: 'The secret that signs its webhooks, shown this once.',
    }),
  }),
});

const CreateIncidentSourceInput = builder.inputType('CreateIncidentSourceInput', {
  description: 'A system that is to tell of incidents.',
  fields: (t) => ({
    teamId: t.id({ required: true, description: 'The team that deals with them.' }),
    name: t.string({ required: true, description: 'A name that no other source of the team has.' }),
  }),
});

builder.mutationField('createIncidentSource', (t) =>
  t.field({
    type: Payload,
    authScopes: { viewer: true },
    description: 'Makes a source that tells of incidents by webhook. For admins.',
    args: {
      input: t.arg({ type: CreateIncidentSourceInput, required: true, description: 'The source.' }),
    },
    errors: {
      types: [InvalidInputError, ForbiddenError, NotFoundError],
      directResult: true,
      union: {
        name: 'CreateIncidentSourceResult',
        description: 'The source, or why there is none.',
      },
    },
    resolve: (_root, { input }, context) =>
      withTypedErrors(() => createIncidentSource(context, input)),
  }),
);

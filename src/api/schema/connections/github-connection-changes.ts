import { findGithubConnection, type ConnectionRow } from '../../../db/reads/github-connections.ts';
import type { RowKey } from '../../../db/reads/rows-by-key.ts';
import { builder } from '../../core/builder.ts';
import {
  connectGitHub,
  disconnectGitHub,
  testConnection,
  type ConnectedGithub,
  type ConnectionTest,
} from '../../mutations/connect-github.ts';
import type { ApiContext } from '../../core/context.ts';
import { notFound } from '../../core/errors.ts';
import {
  ForbiddenError,
  GithubNotConnectedError,
  InvalidInputError,
  NotFoundError,
  TemporalUnavailableError,
  withTypedErrors,
} from '../../core/typed-errors.ts';

async function show(context: ApiContext, key: RowKey): Promise<ConnectionRow> {
  const row = await findGithubConnection(context.reads.session, key);
  if (row === null) {
    throw notFound('connection');
  }
  return row;
}

const SCHEDULED =
  'False when Temporal did not take the schedules by which the team is synced: test the connection again.';

const TestPayload = builder.objectRef<ConnectionTest>('TestConnectionPayload').implement({
  description: 'A test of a connection.',
  fields: (t) => ({
    connection: t.field({
      type: 'GithubConnection',
      description: 'The connection, with what the test found.',
      resolve: ({ key }, _args, context) => show(context, key),
    }),
    isDone: t.exposeBoolean('isDone', {
      description: 'False when the test goes on: ask for the connection again in a moment.',
    }),
    isScheduled: t.exposeBoolean('isScheduled', { description: SCHEDULED }),
    temporalUrl: t.string({
      nullable: true,
      description: 'Address of the test in the Temporal UI; null when no UI is configured.',
      resolve: ({ workflowId }, _args, context) =>
        workflowId === null ? null : context.services.launcher.workflowUrl({ workflowId }),
    }),
  }),
});

const ConnectPayload = builder.objectRef<ConnectedGithub>('ConnectGitHubPayload').implement({
  description: 'A connection that was made, or got a new credential.',
  fields: (t) => ({
    connection: t.field({
      type: 'GithubConnection',
      description: 'The connection, with what its test found.',
      resolve: ({ key }, _args, context) => show(context, key),
    }),
    isTested: t.exposeBoolean('isDone', {
      description: 'False when the test goes on, or could not be started.',
    }),
    isScheduled: t.exposeBoolean('isScheduled', { description: SCHEDULED }),
    webhookSecret: t.exposeString('madeWebhookSecret', {
      nullable: true,
      description:
        'Secret of its webhooks, shown this once; null when it was given, or is still the same.',
    }),
  }),
});

const DisconnectPayload = builder.objectRef<RowKey>('DisconnectGitHubPayload').implement({
  description: 'A connection that was ended.',
  fields: (t) => ({
    connection: t.field({
      type: 'GithubConnection',
      description: 'The connection, without its secrets.',
      resolve: (key, _args, context) => show(context, key),
    }),
  }),
});

const GithubAppInput = builder.inputType('GithubAppInput', {
  description: 'The installation of a GitHub App.',
  fields: (t) => ({
    appId: t.field({ type: 'BigInt', required: true, description: 'Number of the App.' }),
    installationId: t.field({
      type: 'BigInt',
      required: true,
      description: 'Number of the installation, as in its address on GitHub.',
    }),
    privateKey: t.string({
      required: true,
      description: 'Private key of the App, the whole PEM file. It is stored encrypted.',
    }),
  }),
});

const ConnectGitHubInput = builder.inputType('ConnectGitHubInput', {
  description: 'Which team, and with what: a token or an App.',
  fields: (t) => ({
    teamId: t.id({ required: true, description: 'The team to connect.' }),
    connectionId: t.id({
      description:
        'The connection that gets this credential. Without it, one to the same API that does not work gets it, else another one is made.',
    }),
    label: t.string({ description: 'A name, to tell several connections apart.' }),
    apiUrl: t.string({
      description: 'REST root of GitHub Enterprise; https://api.github.com when absent.',
    }),
    token: t.string({ description: 'A personal access token. It is stored encrypted.' }),
    app: t.field({ type: GithubAppInput, description: 'The installation of a GitHub App.' }),
    webhookSecret: t.string({
      description: 'Secret of the webhooks; one is made when there is none.',
    }),
  }),
});

const TestConnectionInput = builder.inputType('TestConnectionInput', {
  description: 'Which connection to test.',
  fields: (t) => ({ connectionId: t.id({ required: true, description: 'The connection.' }) }),
});

const DisconnectGitHubInput = builder.inputType('DisconnectGitHubInput', {
  description: 'Which connection to end.',
  fields: (t) => ({ connectionId: t.id({ required: true, description: 'The connection.' }) }),
});

builder.mutationFields((t) => ({
  connectGitHub: t.field({
    type: ConnectPayload,
    authScopes: { viewer: true },
    description: 'Connects a team to GitHub, or gives it a new credential. For admins.',
    args: { input: t.arg({ type: ConnectGitHubInput, required: true, description: 'With what.' }) },
    errors: {
      types: [InvalidInputError, ForbiddenError, NotFoundError],
      directResult: true,
      union: { name: 'ConnectGitHubResult', description: 'The connection, or why there is none.' },
    },
    resolve: (_root, { input }, context) => withTypedErrors(() => connectGitHub(context, input)),
  }),
  testConnection: t.field({
    type: TestPayload,
    authScopes: { viewer: true },
    description:
      'Asks GitHub whose a credential is and which permissions it lacks; waits 10 s for the answer. For admins.',
    args: { input: t.arg({ type: TestConnectionInput, required: true, description: 'Which.' }) },
    errors: {
      types: [ForbiddenError, NotFoundError, GithubNotConnectedError, TemporalUnavailableError],
      directResult: true,
      union: { name: 'TestConnectionResult', description: 'The test, or why there is none.' },
    },
    resolve: (_root, { input }, context) => withTypedErrors(() => testConnection(context, input)),
  }),
  disconnectGitHub: t.field({
    type: DisconnectPayload,
    authScopes: { viewer: true },
    description:
      'Ends a connection: its secrets are erased, what was read with it stays. For admins.',
    args: { input: t.arg({ type: DisconnectGitHubInput, required: true, description: 'Which.' }) },
    errors: {
      types: [ForbiddenError, NotFoundError],
      directResult: true,
      union: { name: 'DisconnectGitHubResult', description: 'What was ended, or why nothing was.' },
    },
    resolve: (_root, { input }, context) => withTypedErrors(() => disconnectGitHub(context, input)),
  }),
}));

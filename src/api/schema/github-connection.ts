import { findGithubConnection, readGithubConnections } from '../../db/reads/github-connections.ts';
import type { ConnectionRow } from '../../db/reads/github-connections.ts';
import type { RowKey } from '../../db/reads/rows-by-key.ts';
import {
  GITHUB_PERMISSION_NAMES,
  GITHUB_PERMISSIONS,
  type GithubPermission,
  type PermissionState,
} from '../../domain/github-permission.ts';
import { builder } from '../builder.ts';
import {
  connectGitHub,
  disconnectGitHub,
  testConnection,
  type ConnectedGithub,
  type ConnectionTest,
} from '../connect-github.ts';
import type { ApiContext } from '../context.ts';
import { notFound } from '../errors.ts';
import { formatGlobalId } from '../global-id.ts';
import {
  ForbiddenError,
  GithubNotConnectedError,
  InvalidInputError,
  NotFoundError,
  TemporalUnavailableError,
  withTypedErrors,
} from '../typed-errors.ts';

const Kind = builder.enumType('GithubConnectionKind', {
  description: 'With what GitHub is asked.',
  values: {
    PAT: { description: 'A personal access token.' },
    APP: { description: 'The installation of a GitHub App.' },
  },
});

const Status = builder.enumType('GithubConnectionStatus', {
  description: 'How a connection stands.',
  values: {
    ACTIVE: { description: 'It is used.' },
    NEEDS_REAUTH: { description: 'GitHub refuses it: an admin gives a new credential.' },
    SUSPENDED: { description: 'The installation of the App is suspended on GitHub.' },
    DISCONNECTED: { description: 'An admin has ended it; what was read stays.' },
  },
});

const Permission = builder.enumType('GithubPermission', {
  description: 'What a credential must be allowed.',
  values: Object.fromEntries(
    GITHUB_PERMISSION_NAMES.map((name) => [
      name,
      { value: name, description: `${GITHUB_PERMISSIONS[name].needs}.` },
    ]),
  ) as Record<GithubPermission, { readonly value: GithubPermission; readonly description: string }>,
});

const State = builder.enumType('GithubPermissionState', {
  description: 'Whether a credential has a permission.',
  values: {
    GRANTED: { description: 'It has.' },
    MISSING: { description: 'It has not.' },
    UNKNOWN: { description: 'Nothing was there to try it with: sync a repository first.' },
  },
});

interface Grant {
  readonly permission: GithubPermission;
  readonly state: PermissionState;
}

const PermissionGrant = builder.objectRef<Grant>('GithubPermissionGrant').implement({
  description: 'What the last test found of one permission.',
  fields: (t) => ({
    permission: t.expose('permission', { type: Permission, description: 'The permission.' }),
    state: t.expose('state', { type: State, description: 'Whether the credential has it.' }),
    needs: t.string({
      description: "How it is given, in GitHub's words.",
      resolve: ({ permission }) => GITHUB_PERMISSIONS[permission].needs,
    }),
    without: t.string({
      description: 'What does not work without it.',
      resolve: ({ permission }) => GITHUB_PERMISSIONS[permission].without,
    }),
  }),
});

const Connection = builder.objectRef<ConnectionRow>('GithubConnection').implement({
  description: 'How a team reaches GitHub. Its credential can be given, never read.',
  fields: (t) => ({
    id: t.id({
      description: 'Opaque id.',
      resolve: (row) => formatGlobalId('GithubConnection', row),
    }),
    kind: t.expose('kind', { type: Kind, description: 'With what GitHub is asked.' }),
    label: t.exposeString('label', { nullable: true, description: 'Name that an admin gave it.' }),
    apiUrl: t.exposeString('apiUrl', { description: "REST root of GitHub's API." }),
    appId: t.expose('appId', {
      type: 'BigInt',
      nullable: true,
      description: 'Number of the GitHub App; null with a token.',
    }),
    installationId: t.expose('installationId', {
      type: 'BigInt',
      nullable: true,
      description: 'Number of the installation; null with a token.',
    }),
    status: t.expose('status', { type: Status, description: 'How it stands.' }),
    statusReason: t.exposeString('statusReason', {
      nullable: true,
      description: 'What stands in the way, and what to do; null when all is well.',
    }),
    belongsTo: t.string({
      nullable: true,
      description:
        'Login of the user, or of the account on which the App is installed; null until a test found it.',
      resolve: ({ report }) => report?.belongsTo ?? null,
    }),
    permissions: t.field({
      type: [PermissionGrant],
      description: 'What the last test found; empty until then.',
      resolve: ({ report }) =>
        report === null
          ? []
          : GITHUB_PERMISSION_NAMES.map((permission) => ({
              permission,
              state: report.grants[permission],
            })),
    }),
    testedAt: t.expose('testedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was tested last.',
    }),
    webhookUrl: t.string({
      nullable: true,
      description:
        'Where GitHub sends webhooks, with the secret that was shown when it was connected; a path where the address of the gateway is not configured (PUBLIC_URL). Null without webhooks.',
      resolve: ({ id, kind, hasWebhooks }, _args, context) =>
        hasWebhooks
          ? `${context.services.connections.publicUrl ?? ''}/webhooks/github${kind === 'APP' ? '' : `/${id}`}`
          : null,
    }),
  }),
});

builder.prismaObjectField('Team', 'githubConnections', (t) =>
  t.field({
    type: [Connection],
    description: 'How the team reaches GitHub, oldest first.',
    resolve: ({ id }, _args, context) => context.reads.load(readGithubConnections, { teamId: id }),
  }),
);

async function show(context: ApiContext, key: RowKey): Promise<ConnectionRow> {
  const row = await findGithubConnection(context.reads.session, key);
  if (row === null) {
    throw notFound('connection');
  }
  return row;
}

const TestPayload = builder.objectRef<ConnectionTest>('TestConnectionPayload').implement({
  description: 'A test of a connection.',
  fields: (t) => ({
    connection: t.field({
      type: Connection,
      description: 'The connection, with what the test found.',
      resolve: ({ key }, _args, context) => show(context, key),
    }),
    isDone: t.exposeBoolean('isDone', {
      description: 'False when the test goes on: ask for the connection again in a moment.',
    }),
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
      type: Connection,
      description: 'The connection, with what its test found.',
      resolve: ({ key }, _args, context) => show(context, key),
    }),
    isTested: t.exposeBoolean('isDone', {
      description: 'False when the test goes on, or could not be started.',
    }),
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
      type: Connection,
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

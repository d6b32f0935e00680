import { MAX_GITHUB_CONNECTIONS } from '../../../db/connections/connection-changes.ts';
import { readGithubConnections } from '../../../db/reads/github-connections.ts';
import {
  GITHUB_PERMISSION_NAMES,
  GITHUB_PERMISSIONS,
  type GithubPermission,
  type PermissionState,
} from '../../../domain/connections/github-permission.ts';
import { builder } from '../../core/builder.ts';
import { defineEnum } from '../../core/enums.ts';
import { costs } from '../../core/field-cost.ts';
import { formatGlobalId } from '../../core/global-id.ts';

const Kind = defineEnum('GithubConnectionKind', 'Kind of credential.', {
  PAT: 'A personal access token.',
  APP: 'The installation of a GitHub App.',
});

const Status = defineEnum('GithubConnectionStatus', 'Status of a connection.', {
  ACTIVE: 'In use.',
  NEEDS_REAUTH: 'GitHub rejects the credential: an admin has to enter a new one.',
  SUSPENDED: 'The installation of the App is suspended on GitHub.',
  DISCONNECTED: 'Disconnected by an admin; stored data stays.',
});

const Permission = defineEnum(
  'GithubPermission',
  'A permission that the credential needs.',
  Object.fromEntries(
    GITHUB_PERMISSION_NAMES.map((name) => [name, `${GITHUB_PERMISSIONS[name].needs}.`]),
  ) as Record<GithubPermission, string>,
);

const State = defineEnum('GithubPermissionState', 'Whether a credential has a permission.', {
  GRANTED: 'The credential has it.',
  MISSING: 'The credential does not have it.',
  UNKNOWN:
    'Could not be tested: the connection has no repository yet, and sees none of those that the team has by others. Sync one first.',
});

interface Grant {
  readonly permission: GithubPermission;
  readonly state: PermissionState;
}

const PermissionGrant = builder.objectRef<Grant>('GithubPermissionGrant').implement({
  description: 'Result of the last test of one permission.',
  fields: (t) => ({
    permission: t.expose('permission', { type: Permission, description: 'The permission.' }),
    state: t.expose('state', { type: State, description: 'Whether the credential has it.' }),
    needs: t.string({
      description: "How to grant it, in GitHub's words.",
      resolve: ({ permission }) => GITHUB_PERMISSIONS[permission].needs,
    }),
    without: t.string({
      description: 'What does not work without it.',
      resolve: ({ permission }) => GITHUB_PERMISSIONS[permission].without,
    }),
  }),
});

builder.objectType('GithubConnection', {
  description: 'A connection of a team to GitHub. Its credential can be set but never read.',
  fields: (t) => ({
    id: t.id({
      description: 'Opaque id.',
      resolve: (row) => formatGlobalId('GithubConnection', row),
    }),
    kind: t.expose('kind', { type: Kind, description: 'Kind of credential.' }),
    label: t.exposeString('label', {
      nullable: true,
      description: 'Label that an admin gave it; null when there is none.',
    }),
    apiUrl: t.exposeString('apiUrl', { description: "Base URL of GitHub's REST API." }),
    appId: t.expose('appId', {
      type: 'BigInt',
      nullable: true,
      description: 'Id of the GitHub App; null for a token.',
    }),
    installationId: t.expose('installationId', {
      type: 'BigInt',
      nullable: true,
      description: 'Id of the installation; null for a token.',
    }),
    status: t.expose('status', { type: Status, description: 'Current status.' }),
    statusReason: t.exposeString('statusReason', {
      nullable: true,
      description: 'What is wrong and what to do about it; null when there is no problem.',
    }),
    belongsTo: t.string({
      nullable: true,
      description:
        'Login of the user, or of the account that the App is installed on; null until it was tested.',
      resolve: ({ report }) => report?.belongsTo ?? null,
    }),
    permissions: t.field({
      ...costs({ size: GITHUB_PERMISSION_NAMES.length }),
      type: [PermissionGrant],
      description: 'Results of the last test; empty before the first test.',
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
      description: 'When it was last tested; null before the first test.',
    }),
    webhookUrl: t.string({
      nullable: true,
      description:
        'URL that GitHub sends webhooks to, signed with the secret that was shown when the connection was made. Only a path when PUBLIC_URL is not configured; null without webhooks.',
      resolve: ({ id, kind, hasWebhooks }, _args, context) =>
        hasWebhooks
          ? `${context.services.publicUrl ?? ''}/webhooks/github${kind === 'APP' ? '' : `/${id}`}`
          : null,
    }),
  }),
});

builder.prismaObjectField('Team', 'githubConnections', (t) =>
  t.field({
    ...costs({ size: MAX_GITHUB_CONNECTIONS }),
    type: ['GithubConnection'],
    description: `Connections of the team to GitHub, oldest first, at most ${MAX_GITHUB_CONNECTIONS}.`,
    resolve: ({ id }, _args, context) => context.reads.load(readGithubConnections, { teamId: id }),
  }),
);

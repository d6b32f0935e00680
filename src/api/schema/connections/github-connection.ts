import { readGithubConnections } from '../../../db/reads/github-connections.ts';
import {
  GITHUB_PERMISSION_NAMES,
  GITHUB_PERMISSIONS,
  type GithubPermission,
  type PermissionState,
} from '../../../domain/connections/github-permission.ts';
import { builder } from '../../core/builder.ts';
import { formatGlobalId } from '../../core/global-id.ts';

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

builder.objectType('GithubConnection', {
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
          ? `${context.services.publicUrl ?? ''}/webhooks/github${kind === 'APP' ? '' : `/${id}`}`
          : null,
    }),
  }),
});

builder.prismaObjectField('Team', 'githubConnections', (t) =>
  t.field({
    type: ['GithubConnection'],
    description: 'How the team reaches GitHub, oldest first.',
    resolve: ({ id }, _args, context) => context.reads.load(readGithubConnections, { teamId: id }),
  }),
);

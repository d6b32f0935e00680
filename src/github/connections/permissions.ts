import type { QuotaFact } from '../../domain/pulls/github-facts.ts';
import {
  GITHUB_PERMISSION_NAMES,
  type GithubPermission,
  type PermissionState,
} from '../../domain/connections/github-permission.ts';
import type { RepositoryName } from '../../domain/sync/repository-name.ts';
import { addDays, toCalendarDate } from '../../domain/rollups/week.ts';
import type { GitHubApi } from '../transport/api.ts';
import type { AppTokens } from './app-tokens.ts';
import type { Copilot } from '../usage/copilot.ts';
import type { GitHubCredential } from './credential.ts';
import { GitHubFailure, notGitHub } from '../transport/failures.ts';
import { mapQuota } from '../pulls/map-facts.ts';

/** Whose a credential is, and what that alone says of its permissions. */
export interface CredentialOwner {
  readonly login: string;
  /** By which limits are counted: `<host>/user:<id>` or `<host>/installation:<id>`. */
  readonly identity: string;
  /** Permissions that need not be tried. */
  readonly grants: Partial<Record<GithubPermission, PermissionState>>;
  readonly quota: QuotaFact | null;
}

/** Where permissions are tried. */
export interface ProbeTarget {
  readonly repository: RepositoryName | null;
  /** Login; null when the repository's owner is not known. */
  readonly organization: string | null;
}

/** What a credential may do. Every method throws GitHubFailure. */
export interface Permissions {
  readOwner(): Promise<CredentialOwner>;
  /** Tries one permission by the request that needs it. */
  probe(
    permission: GithubPermission,
    target: ProbeTarget,
  ): Promise<{ readonly state: PermissionState; readonly quota: QuotaFact | null }>;
}

/** Scopes of classic tokens that grant a permission; without them, public repositories may still be read. */
const SCOPES: Readonly<Record<GithubPermission, readonly string[]>> = {
  PULL_REQUESTS: ['repo'],
  CONTENTS: ['repo'],
  CHECKS: ['repo'],
  DEPLOYMENTS: ['repo'],
  MEMBERS: ['read:org', 'write:org', 'admin:org'],
  WEBHOOKS: ['repo', 'admin:repo_hook', 'write:repo_hook'],
  COPILOT_METRICS: [],
};

/** Permissions of an App that must all be there, as GitHub names them. */
const APP_PERMISSIONS: Readonly<Record<Exclude<GithubPermission, 'WEBHOOKS'>, readonly string[]>> =
  {
    PULL_REQUESTS: ['pull_requests'],
    CONTENTS: ['contents'],
    CHECKS: ['checks', 'statuses'],
    DEPLOYMENTS: ['deployments'],
    MEMBERS: ['members'],
    COPILOT_METRICS: ['organization_copilot_metrics'],
  };

/** What is asked of a repository, as the syncs ask it: one point each. */
const REPOSITORY_FIELDS: Partial<Record<GithubPermission, string>> = {
  PULL_REQUESTS: 'pullRequests(first: 1) { nodes { number } }',
  CONTENTS: 'defaultBranchRef { target { oid } }',
  CHECKS:
    'pullRequests(last: 1) { nodes { commits(last: 1) { nodes { commit { statusCheckRollup { state } } } } } }',
  DEPLOYMENTS: 'deployments(first: 1) { nodes { databaseId } }',
};

interface PermissionsOptions {
  readonly api: GitHubApi;
  readonly credential: GitHubCredential;
  readonly appTokens: AppTokens;
  readonly copilot: Copilot;
  readonly now: () => Date;
}

/** Finds out what a credential may do: an App says it, a classic token partly, the rest is tried. */
export function createPermissions(options: PermissionsOptions): Permissions {
  const { api, credential, appTokens } = options;
  const { apiUrl, auth } = credential;
  return {
    readOwner: () =>
      auth.kind === 'APP' ? readAppOwner(api, appTokens, apiUrl, auth) : readTokenOwner(api),

    async probe(permission, target) {
      const request = ask(options, permission, target);
      if (request === null) {
        return { state: 'UNKNOWN', quota: null };
      }
      try {
        return { state: 'GRANTED', quota: await request };
      } catch (error) {
        const kind = error instanceof GitHubFailure ? error.kind : null;
        if (kind !== null && MISSING_KINDS.has(kind)) {
          return { state: 'MISSING', quota: null };
        }
        // Older servers do not know all that is asked for.
        if (kind === 'UNEXPECTED') {
          return { state: 'UNKNOWN', quota: null };
        }
        throw error;
      }
    },
  };
}

/** An App's installation says what it was granted. */
async function readAppOwner(
  api: GitHubApi,
  appTokens: AppTokens,
  apiUrl: string,
  auth: Extract<GitHubCredential['auth'], { readonly kind: 'APP' }>,
): Promise<CredentialOwner> {
  const { account, permissions, events } = await appTokens.describe(apiUrl, auth);
  const grants = Object.fromEntries(
    GITHUB_PERMISSION_NAMES.map((name): [GithubPermission, PermissionState] => {
      const isGranted =
        name === 'WEBHOOKS'
          ? events.includes('pull_request')
          : APP_PERMISSIONS[name].every((part) => permissions[part] !== undefined);
      return [name, isGranted ? 'GRANTED' : 'MISSING'];
    }),
  );
  const identity = `${api.host}/installation:${auth.installationId}`;
  return { login: account, identity, grants, quota: null };
}

/** A classic token says its scopes; a fine-grained one says nothing of its permissions. */
async function readTokenOwner(api: GitHubApi): Promise<CredentialOwner> {
  const { data, scopes, quota } = await api.rest('GET /user', {}, 'the user of the token');
  const { login, id } = (data ?? {}) as { readonly login?: unknown; readonly id?: unknown };
  if (typeof login !== 'string' || typeof id !== 'number') {
    throw notGitHub('the user of the token');
  }
  const grants = Object.fromEntries(
    GITHUB_PERMISSION_NAMES.filter((name) =>
      SCOPES[name].some((scope) => scopes?.includes(scope) === true),
    ).map((name): [GithubPermission, PermissionState] => [name, 'GRANTED']),
  );
  return { login, identity: `${api.host}/user:${id}`, grants, quota };
}

/** Asks what needs the permission; null when there is nothing to ask for. */
function ask(
  { api, copilot, now }: PermissionsOptions,
  permission: GithubPermission,
  { repository, organization }: ProbeTarget,
): Promise<QuotaFact | null> | null {
  switch (permission) {
    case 'MEMBERS':
      return organization === null ? null : askMembers(api, organization);
    case 'COPILOT_METRICS': {
      const yesterday = addDays(toCalendarDate(now()), -1);
      return organization === null
        ? null
        : copilot.listReport('ORGANIZATION', organization, yesterday).then(() => null);
    }
    case 'WEBHOOKS':
      return repository === null
        ? null
        : api
            .rest(
              'GET /repos/{owner}/{repo}/hooks',
              { owner: repository.owner, repo: repository.name, per_page: 1 },
              'webhooks of the repository',
            )
            .then(({ quota }) => quota);
    case 'PULL_REQUESTS':
    case 'CONTENTS':
    case 'CHECKS':
    case 'DEPLOYMENTS':
      return repository === null ? null : askRepository(api, permission, repository);
  }
}

async function askRepository(
  api: GitHubApi,
  permission: GithubPermission,
  repository: RepositoryName,
): Promise<QuotaFact | null> {
  const answer = await api.graphql<{ readonly rateLimit: Parameters<typeof mapQuota>[0] }>(
    `query ($owner: String!, $name: String!) {
      rateLimit { cost limit remaining used resetAt nodeCount }
      repository(owner: $owner, name: $name) { ${REPOSITORY_FIELDS[permission]} }
    }`,
    { ...repository },
    `repository ${repository.owner}/${repository.name}`,
  );
  return mapQuota(answer.rateLimit);
}

async function askMembers(api: GitHubApi, organization: string): Promise<QuotaFact | null> {
  const answer = await api.graphql<{
    readonly organization: unknown;
    readonly rateLimit: Parameters<typeof mapQuota>[0];
  }>(
    `query ($login: String!) {
      rateLimit { cost limit remaining used resetAt nodeCount }
      organization(login: $login) { membersWithRole(first: 1) { nodes { login } } }
    }`,
    { login: organization },
    `organisation ${organization}`,
  );
  return mapQuota(answer.rateLimit);
}

/** GitHub answers 404 for what a token may not know of. */
const MISSING_KINDS: ReadonlySet<string> = new Set([
  'FORBIDDEN',
  'MISSING_SCOPE',
  'POLICY_DISABLED',
  'NOT_FOUND',
]);

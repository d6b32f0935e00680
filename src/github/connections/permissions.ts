import type { DocumentDecoration } from 'gql.tada';
import type { QuotaFact } from '../../domain/pulls/github-facts.ts';
import {
  GITHUB_PERMISSION_NAMES,
  type GithubPermission,
  type PermissionState,
} from '../../domain/connections/github-permission.ts';
import type { RepositoryName } from '../../domain/sync/repository-name.ts';
import { cleanText } from '../../domain/core/clean-text.ts';
import { addDays, toCalendarDate } from '../../domain/rollups/week.ts';
import { readAnswer } from '../transport/answers.ts';
import { parametersOf, type GitHubApi, type RestData } from '../transport/api.ts';
import type { AppTokens } from './app-tokens.ts';
import type { Copilot } from '../usage/copilot.ts';
import type { GitHubCredential } from './credential.ts';
import { GitHubFailure, notGitHub } from '../transport/failures.ts';
import { mapQuota } from '../pulls/map-facts.ts';
import { RATE_LIMIT_FIELDS, type RateLimitNode } from '../pulls/pull-request-query.ts';
import { gql } from '../transport/graphql.ts';
import { toCount, toResetSeconds } from '../transport/wire-values.ts';

/** Whose a credential is, and what that alone says of its permissions. */
interface CredentialOwner {
  readonly login: string;
  /** By which limits are counted: `<host>/user:<id>` or `<host>/installation:<id>`. */
  readonly identity: string;
  /** Permissions that need not be tried. */
  readonly grants: Partial<Record<GithubPermission, PermissionState>>;
  readonly quota: QuotaFact | null;
}

/** Where permissions are tried. */
interface ProbeTarget {
  readonly repository: RepositoryName | null;
  /** Login; null when the repository's owner is not known. */
  readonly organization: string | null;
  /** False where another connection reads them: this one need not be meant for them. */
  readonly isOwn: boolean;
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

type RepositoryPermission = 'PULL_REQUESTS' | 'CONTENTS' | 'CHECKS' | 'DEPLOYMENTS';

/** What is asked of a repository, as the syncs ask it: one point each. */
const REPOSITORY_QUERIES: Record<
  RepositoryPermission,
  DocumentDecoration<{ rateLimit: RateLimitNode | null }, RepositoryName>
> = {
  PULL_REQUESTS: repositoryQuery('pullRequests(first: 1) { nodes { number } }'),
  CONTENTS: repositoryQuery('defaultBranchRef { target { oid } }'),
  CHECKS: repositoryQuery(
    'pullRequests(last: 1) { nodes { commits(last: 1) { nodes { commit { statusCheckRollup { state } } } } } }',
  ),
  DEPLOYMENTS: repositoryQuery('deployments(first: 1) { nodes { databaseId } }'),
};

function repositoryQuery<const Fields extends string>(fields: Fields) {
  return gql(
    `query ($owner: String!, $name: String!) {
      rateLimit { ...RateLimitFields nodeCount }
      repository(owner: $owner, name: $name) { ${fields} }
    }`,
    [RATE_LIMIT_FIELDS],
  );
}

const MEMBERS_QUERY = gql(
  `query ($login: String!) {
    rateLimit { ...RateLimitFields nodeCount }
    organization(login: $login) { membersWithRole(first: 1) { nodes { login } } }
  }`,
  [RATE_LIMIT_FIELDS],
);

const LIMITS = 'the rate limits of the token';

type RawLimits = RestData<'GET /rate_limit'>;

/** @throws UnreadableError, TypeError when the limits are not as GitHub's schema promises */
function mapLimits({ resources }: RawLimits): QuotaFact[] {
  return (['core', 'graphql'] as const).flatMap((resource) => {
    const raw = resources[resource];
    return raw === undefined
      ? []
      : [
          {
            resource,
            limit: toCount(raw.limit, 'limit'),
            remaining: toCount(raw.remaining, 'remaining'),
            used: toCount(raw.used, 'used'),
            cost: 0,
            resetAt: toResetSeconds(raw.reset, 'reset'),
          },
        ];
  });
}

interface PermissionsOptions {
  readonly api: GitHubApi;
  readonly credential: GitHubCredential;
  readonly appTokens: AppTokens;
  readonly copilot: Copilot;
  readonly now: () => Date;
}

/**
 * Finds out what a credential may do: an App says it, a classic token partly, the rest is tried. Every method throws
 * GitHubFailure.
 */
export function createPermissions(options: PermissionsOptions) {
  const { api, credential, appTokens } = options;
  const { apiUrl, auth } = credential;
  return {
    readOwner: () =>
      auth.kind === 'APP' ? readAppOwner(api, appTokens, apiUrl, auth) : readTokenOwner(api),

    /**
     * What GitHub says of the credential's limits, which it does not count as a request; none where the server has no
     * limits.
     */
    async readLimits(): Promise<{ readonly limits: readonly QuotaFact[]; readonly quota: null }> {
      try {
        const { data } = await api.rest('GET /rate_limit', {}, LIMITS);
        return { limits: readAnswer(LIMITS, () => mapLimits(data as RawLimits)), quota: null };
      } catch (error) {
        // An Enterprise server may have them switched off.
        if (error instanceof GitHubFailure && error.kind === 'NOT_FOUND') {
          return { limits: [], quota: null };
        }
        throw error;
      }
    },

    /** Tries one permission by the request that needs it. */
    async probe(
      permission: GithubPermission,
      target: ProbeTarget,
    ): Promise<{ readonly state: PermissionState; readonly quota: QuotaFact | null }> {
      const request = ask(options, permission, target);
      if (request === null) {
        return { state: 'UNKNOWN', quota: null };
      }
      try {
        return { state: 'GRANTED', quota: await request };
      } catch (error) {
        const kind = error instanceof GitHubFailure ? error.kind : null;
        if (!target.isOwn && kind === 'NOT_FOUND') {
          return { state: 'UNKNOWN', quota: null };
        }
        if (kind !== null && MISSING_KINDS.has(kind)) {
          return { state: 'MISSING', quota: null };
        }
        // Older servers do not know all that is asked for.
        if (kind === 'UNEXPECTED' || kind === 'SERVER_TOO_OLD') {
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
  return { login: cleanText(account).text, identity, grants, quota: null };
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
  return { login: cleanText(login).text, identity: `${api.host}/user:${id}`, grants, quota };
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
              { ...parametersOf(repository), per_page: 1 },
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
  permission: RepositoryPermission,
  repository: RepositoryName,
): Promise<QuotaFact | null> {
  const what = `repository ${repository.owner}/${repository.name}`;
  const { rateLimit } = await api.graphql(REPOSITORY_QUERIES[permission], { ...repository }, what);
  return mapQuota(rateLimit);
}

async function askMembers(api: GitHubApi, organization: string): Promise<QuotaFact | null> {
  const what = `organisation ${organization}`;
  const { rateLimit } = await api.graphql(MEMBERS_QUERY, { login: organization }, what);
  return mapQuota(rateLimit);
}

/** GitHub answers 404 for what a token may not know of. */
const MISSING_KINDS: ReadonlySet<string> = new Set([
  'FORBIDDEN',
  'MISSING_SCOPE',
  'POLICY_DISABLED',
  'NOT_FOUND',
]);

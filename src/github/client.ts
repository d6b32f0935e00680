import type { QuotaFact, RepositoryFact } from '../domain/pulls/github-facts.ts';
import { formatRepositoryName, type RepositoryName } from '../domain/sync/repository-name.ts';
import { createCompare, type Compare } from './delivery/compare.ts';
import { createCopilot, type Copilot } from './usage/copilot.ts';
import { createDeployments, type Deployments } from './delivery/deployments.ts';
import { createMembers, type Members } from './members/members.ts';
import { createReleases, type Releases } from './delivery/releases.ts';
import { createReviewComments, type ReviewComments } from './pulls/review-comments.ts';
import { createGitHubApi } from './transport/api.ts';
import { createAppTokens, type MintedToken } from './connections/app-tokens.ts';
import {
  authenticate,
  authenticateAsApp,
  type GitHubCredential,
} from './connections/credential.ts';
import { foundIn, readAnswer } from './transport/answers.ts';
import { unreadableAnswer } from './transport/failures.ts';
import { createHooks, type Hooks } from './webhooks/hooks.ts';
import { mapQuota, mapRepository } from './pulls/map-facts.ts';
import { createNestedPages, type FetchNestedPages } from './pulls/nested-lists.ts';
import { createPullRequestPages, type FetchPullRequestPage } from './pulls/pull-request-pages.ts';
import { createPullRequestSearch, type PullRequestSearch } from './pulls/pull-request-counts.ts';
import {
  createPullRequestsByNumber,
  type FetchPullRequests,
} from './pulls/pull-requests-by-number.ts';
import { createRepositoryById, type FetchRepositoryById } from './sync/repository-by-id.ts';
import { createOctokit } from './transport/octokit.ts';
import { createPermissions, type Permissions } from './connections/permissions.ts';
import { REPOSITORY_QUERY } from './pulls/pull-request-query.ts';
import type { RawRepositoryAnswer } from './pulls/raw-pull-request.ts';
import { withDeadline, type GitHubTransport } from './transport/transport.ts';

export interface GitHubOptions {
  readonly transport: GitHubTransport;
  readonly now: () => Date;
}

export interface RepositoryLookUp {
  readonly repository: RepositoryFact;
  /** Whom the credential belongs to, `<host>/user:<id>` or `<host>/installation:<id>`: limits are counted by it. */
  readonly identity: string;
  readonly quota: QuotaFact | null;
}

/** GitHub as a sync needs it. Every method throws GitHubFailure and nothing else. */
export interface GitHub {
  readonly fetchPullRequestPage: FetchPullRequestPage;
  readonly fetchNestedPages: FetchNestedPages;
  lookUpRepository(repository: RepositoryName): Promise<RepositoryLookUp>;
  readonly fetchPullRequests: FetchPullRequests;
  readonly fetchRepositoryById: FetchRepositoryById;
  readonly search: PullRequestSearch;
  /** What GitHub knows of the webhooks that it sent. */
  readonly hooks: Hooks;
  /** Copilot's usage reports and seats. */
  readonly copilot: Copilot;
  /** Whose the credential is, and what it may do. */
  readonly permissions: Permissions;
  readonly reviewComments: ReviewComments;
  readonly deployments: Deployments;
  readonly releases: Releases;
  /** Members of organisations. */
  readonly members: Members;
  readonly compare: Compare;
}

/**
 * Makes clients of one process: they share connections and the tokens of installations. One that is made with a deadline
 * asks nothing behind it.
 */
export function createGitHubConnector(
  options: GitHubOptions,
): (credential: GitHubCredential, deadline?: AbortSignal) => GitHub {
  const minted = new Map<string, MintedToken>();
  return (credential, deadline) => {
    const transport =
      deadline === undefined ? options.transport : withDeadline(options.transport, deadline);
    return createGitHub(credential, { ...options, transport }, minted);
  };
}

function createGitHub(
  credential: GitHubCredential,
  options: GitHubOptions,
  minted: Map<string, MintedToken>,
): GitHub {
  const appTokens = createAppTokens({ ...options, minted });
  const { apiUrl, auth } = credential;
  const { host } = new URL(apiUrl);
  const octokit = createOctokit(apiUrl, options.transport);
  authenticate(octokit, credential, appTokens);
  octokit.hook.after('request', ({ data, headers }, { url }) => {
    // GraphQL has an object for an answer always, REST may have none.
    if (url.endsWith('/graphql') && (typeof data !== 'object' || data === null)) {
      throw unreadableAnswer(headers['content-type'] ?? '');
    }
  });

  const api = createGitHubApi(octokit, { host, now: options.now });
  const asApp = createOctokit(apiUrl, options.transport);
  if (auth.kind === 'APP') {
    authenticateAsApp(asApp, auth);
  }

  const copilot = createCopilot(octokit, options);

  return {
    copilot,
    permissions: createPermissions({ ...options, api, credential, appTokens, copilot }),
    reviewComments: createReviewComments(api),
    deployments: createDeployments(api),
    releases: createReleases(api),
    members: createMembers(api),
    compare: createCompare(api),
    hooks: createHooks(
      api,
      auth.kind === 'APP' ? createGitHubApi(asApp, { host, now: options.now }) : null,
    ),

    fetchPullRequestPage: createPullRequestPages(api),
    fetchNestedPages: createNestedPages(api),
    fetchPullRequests: createPullRequestsByNumber(api),
    fetchRepositoryById: createRepositoryById(api),
    search: createPullRequestSearch(api),

    async lookUpRepository(repository) {
      const what = `repository ${formatRepositoryName(repository)}`;
      const answer = await api.graphql<RawRepositoryAnswer>(
        REPOSITORY_QUERY,
        { ...repository },
        what,
      );
      const found = foundIn(answer, what);
      return readAnswer(what, () => ({
        repository: mapRepository(found),
        identity:
          auth.kind === 'APP'
            ? `${host}/installation:${auth.installationId}`
            : `${host}/user:${answer.viewer.databaseId ?? answer.viewer.login}`,
        quota: mapQuota(answer.rateLimit),
      }));
    },
  };
}

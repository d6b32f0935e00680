import { formatRepositoryName, type RepositoryName } from '../domain/sync/repository-name.ts';
import { createCompare } from './delivery/compare.ts';
import { createCopilot } from './usage/copilot.ts';
import { createDeployments } from './delivery/deployments.ts';
import { createMembers } from './members/members.ts';
import { createHistory } from './delivery/history.ts';
import { createReleases } from './delivery/releases.ts';
import { createReviewComments } from './pulls/review-comments.ts';
import { createGitHubApi } from './transport/api.ts';
import { createAppTokens, type SharedTokens } from './connections/app-tokens.ts';
import {
  authenticate,
  authenticateAsApp,
  type GitHubCredential,
} from './connections/credential.ts';
import { foundIn, readAnswer } from './transport/answers.ts';
import { unreadableAnswer } from './transport/unreadable-answers.ts';
import { createHooks } from './webhooks/hooks.ts';
import { mapQuota, mapRepository } from './pulls/map-facts.ts';
import { createNestedPages } from './pulls/nested-lists.ts';
import { createPullRequestPages } from './pulls/pull-request-pages.ts';
import { createPullRequestSearch } from './pulls/pull-request-counts.ts';
import { createPullRequestsByNumber } from './pulls/pull-requests-by-number.ts';
import { createRepositoryById } from './sync/repository-by-id.ts';
import { createOctokit } from './transport/octokit.ts';
import { createPermissions } from './connections/permissions.ts';
import { REPOSITORY_QUERY } from './pulls/pull-request-query.ts';
import { ServerSchemas } from './transport/server-schemas.ts';
import { readServerTime } from './transport/server-time.ts';
import { withDeadline, type GitHubTransport } from './transport/transport.ts';
import { TextCleaner } from './transport/wire-values.ts';

/** Part of the identity, which is part of keys; GitHub's logins have 39 characters. */
const MAX_LOGIN_BYTES = 150;

export interface GitHubOptions {
  readonly transport: GitHubTransport;
  readonly now: () => Date;
}

/** GitHub as a sync needs it, with one credential. Every method throws GitHubFailure and nothing else. */
export type GitHub = ReturnType<typeof createGitHub>;

/**
 * Makes clients of one process: they share connections, the tokens of installations and what servers lack. One that is made with a deadline
 * asks nothing behind it.
 */
export function createGitHubConnector(
  options: GitHubOptions,
): (credential: GitHubCredential, deadline?: AbortSignal) => GitHub {
  const tokens: SharedTokens = { minted: new Map(), aheadSeconds: new Map() };
  const shared = { tokens, schemas: new ServerSchemas(options.now) };
  return (credential, deadline) => {
    const transport =
      deadline === undefined ? options.transport : withDeadline(options.transport, deadline);
    return createGitHub(credential, { ...options, transport }, shared);
  };
}

/** What the clients of a process share. */
interface Shared {
  readonly tokens: SharedTokens;
  readonly schemas: ServerSchemas;
}

function createGitHub(credential: GitHubCredential, options: GitHubOptions, shared: Shared) {
  const { tokens, schemas } = shared;
  const appTokens = createAppTokens({ ...options, shared: tokens });
  const { apiUrl, auth } = credential;
  const { host } = new URL(apiUrl);
  const octokit = createOctokit(apiUrl, options.transport);
  authenticate(octokit, credential, appTokens);
  let answeredAt: Date | null = null;
  octokit.hook.after('request', ({ data, headers }, { url }) => {
    answeredAt = readServerTime(headers);
    schemas.hear(host, headers['x-github-enterprise-version']);
    // GraphQL has an object for an answer always, REST may have none.
    if (url.endsWith('/graphql') && (typeof data !== 'object' || data === null)) {
      throw unreadableAnswer(headers['content-type'] ?? '');
    }
  });

  const api = createGitHubApi(octokit, { host, now: options.now, schemas });
  const asApp = createOctokit(apiUrl, options.transport);
  if (auth.kind === 'APP') {
    authenticateAsApp(asApp, apiUrl, auth, appTokens);
  }

  const copilot = createCopilot(octokit, options);

  return {
    /** GitHub's clock at its last answer, to the second; null where that did not say it. */
    answeredAt: () => answeredAt,

    copilot,
    permissions: createPermissions({ ...options, api, credential, appTokens, copilot }),
    reviewComments: createReviewComments(api),
    deployments: createDeployments(api),
    releases: createReleases(api),
    members: createMembers(api),
    compare: createCompare(api),
    history: createHistory(api),
    hooks: createHooks(
      api,
      auth.kind === 'APP' ? createGitHubApi(asApp, { host, now: options.now, schemas }) : null,
    ),

    fetchPullRequestPage: createPullRequestPages(api),
    fetchNestedPages: createNestedPages(api),
    fetchPullRequests: createPullRequestsByNumber(api),
    fetchRepositoryById: createRepositoryById(api),
    search: createPullRequestSearch(api),

    /**
     * A repository as GitHub names it now, and whom the credential belongs to, `<host>/user:<id>` or
     * `<host>/installation:<id>`: limits are counted by it.
     */
    async lookUpRepository(repository: RepositoryName) {
      const what = `repository ${formatRepositoryName(repository)}`;
      const answer = await api.graphql(REPOSITORY_QUERY, { ...repository }, what);
      const found = foundIn(answer, what);
      return readAnswer(what, () => ({
        repository: mapRepository(found),
        identity:
          auth.kind === 'APP'
            ? `${host}/installation:${auth.installationId}`
            : `${host}/user:${answer.viewer.databaseId ?? new TextCleaner().cleanKey(answer.viewer.login, 'login', MAX_LOGIN_BYTES)}`,
        quota: mapQuota(answer.rateLimit),
      }));
    },
  };
}

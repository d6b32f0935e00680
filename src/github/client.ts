import { Octokit } from '@octokit/rest';
import type { PullRequestPage, QuotaFact, RepositoryFact } from '../domain/github-facts.ts';
import { formatRepositoryName, type RepositoryName } from '../domain/repository-name.ts';
import { createCopilot, type Copilot } from './copilot.ts';
import { notFound, notGitHub, statusOf, toGitHubFailure, unreadableAnswer } from './failures.ts';
import { mapPosition, mapPullRequest, mapQuota, mapRepository } from './map-facts.ts';
import {
  PULL_REQUEST_PAGE_QUERY,
  REPOSITORY_QUERY,
  type RawPage,
  type RawRepositoryAnswer,
} from './pull-request-query.ts';

export interface GitHubOptions {
  /** The REST root; GraphQL is at `<root>/graphql`. */
  readonly apiUrl: string;
  /** Personal access token; null asks without one (GitHub's GraphQL then refuses). */
  readonly token: string | null;
  readonly now: () => Date;
}

export interface PullRequestPageRequest {
  readonly repository: RepositoryName;
  /** 1 to 100. */
  readonly first: number;
  readonly after: string | null;
}

export interface RepositoryLookUp {
  readonly repository: RepositoryFact;
  /** Whom the credential belongs to, `<host>/user:<id>`: GitHub's limits are counted by it. */
  readonly identity: string;
  readonly quota: QuotaFact | null;
}

/** GitHub as a sync needs it. Every method throws GitHubFailure and nothing else. */
export interface GitHub {
  fetchPullRequestPage(request: PullRequestPageRequest): Promise<PullRequestPage>;
  lookUpRepository(repository: RepositoryName): Promise<RepositoryLookUp>;
  /** Copilot's usage reports and seats. */
  readonly copilot: Copilot;
}

/** GitHub gives up on a query after 10 s; three times that covers a slow line. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Octokit prints deprecations and retries to the console; what matters arrives as a GitHubFailure. */
const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A client for one credential. Octokit's own retries and throttling stay off: Temporal owns waiting. */
export function createGitHub(options: GitHubOptions): GitHub {
  const { host } = new URL(options.apiUrl);
  const octokit = new Octokit({
    baseUrl: options.apiUrl.replace(/\/+$/, ''),
    userAgent: 'throughline',
    log: SILENT,
    ...(options.token === null ? {} : { auth: options.token }),
  });
  octokit.hook.after('request', ({ data, headers }, { url }) => {
    // What Octokit could not read as JSON, it hands on as text or bytes.
    if (!url.endsWith('/graphql')) {
      return;
    }
    if (typeof data !== 'object' || data === null || data instanceof ArrayBuffer) {
      throw unreadableAnswer(headers['content-type'] ?? '');
    }
  });

  async function ask<Answer>(
    query: string,
    variables: Record<string, unknown>,
    what: string,
  ): Promise<Answer> {
    try {
      return await octokit.graphql<Answer>(query, {
        ...variables,
        request: { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) },
      });
    } catch (error) {
      // A missing repository is an error within an answer; a missing GraphQL endpoint is another server.
      throw statusOf(error) === 404
        ? notGitHub(what, error)
        : toGitHubFailure(error, what, options.now());
    }
  }

  return {
    copilot: createCopilot(octokit, options),

    async fetchPullRequestPage({ repository, first, after }) {
      const what = `repository ${formatRepositoryName(repository)}`;
      const answer = await ask<RawPage>(
        PULL_REQUEST_PAGE_QUERY,
        { ...repository, first, after },
        what,
      );
      const found = foundIn(answer, what);
      return read(what, () => {
        const mapped = (found.pullRequests.nodes ?? []).flatMap((node) =>
          node === null ? [] : [mapPullRequest(node)],
        );
        return {
          repository: mapRepository(found),
          pullRequests: mapped.flatMap((result) => (result.ok ? [result.fact] : [])),
          rejected: mapped.flatMap((result) => (result.ok ? [] : [result.rejected])),
          ...mapPosition(found.pullRequests),
          quota: mapQuota(answer.rateLimit),
        };
      });
    },

    async lookUpRepository(repository) {
      const what = `repository ${formatRepositoryName(repository)}`;
      const answer = await ask<RawRepositoryAnswer>(REPOSITORY_QUERY, { ...repository }, what);
      const found = foundIn(answer, what);
      return read(what, () => ({
        repository: mapRepository(found),
        identity: `${host}/user:${answer.viewer.databaseId ?? answer.viewer.login}`,
        quota: mapQuota(answer.rateLimit),
      }));
    },
  };
}

/** A repository that is null is not there; an answer without the field is no answer to our question. */
function foundIn<Repository>(
  answer: { readonly repository?: Repository | null } | null | undefined,
  what: string,
): Repository {
  if (answer?.repository) {
    return answer.repository;
  }
  throw answer?.repository === null ? notFound(what) : notGitHub(what);
}

/** An answer that lacks what the schema promises comes from something that is not GitHub's API. */
function read<T>(what: string, map: () => T): T {
  try {
    return map();
  } catch (error) {
    throw notGitHub(what, error);
  }
}

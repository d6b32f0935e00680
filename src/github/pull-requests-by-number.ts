import type {
  PullRequestFact,
  QuotaFact,
  RejectedFact,
  RepositoryFact,
} from '../domain/github-facts.ts';
import { formatRepositoryName, type RepositoryName } from '../domain/repository-name.ts';
import { foundIn, readAnswer } from './answers.ts';
import type { GitHubApi } from './api.ts';
import { GitHubFailure } from './failures.ts';
import { mapPullRequest, mapQuota, mapRepository } from './map-facts.ts';
import { PULL_REQUEST_FIELDS, RATE_LIMIT_FIELDS, REPOSITORY_FIELDS } from './pull-request-query.ts';
import type { RawPullRequest, RawRateLimit, RawRepository } from './raw-pull-request.ts';

/** Pull requests that were asked for by their numbers. */
export interface NumberedPullRequests {
  readonly repository: RepositoryFact;
  readonly pullRequests: readonly PullRequestFact[];
  readonly rejected: readonly RejectedFact[];
  /** Numbers of which GitHub says that there is no such pull request. */
  readonly gone: readonly number[];
  readonly quota: QuotaFact | null;
}

/**
 * Fetches pull requests by their numbers, 1 to 50 at a time, with all that a page of a walk brings.
 * Throws GitHubFailure and nothing else; a number that is missing among others is no failure.
 */
export type FetchPullRequests = (request: {
  readonly repository: RepositoryName;
  readonly numbers: readonly number[];
}) => Promise<NumberedPullRequests>;

interface RawAnswer {
  readonly rateLimit: RawRateLimit | null;
  readonly repository:
    (RawRepository & Readonly<Record<`pull${number}`, RawPullRequest | null>>) | null;
}

/** Makes the method of a client that fetches pull requests by their numbers. */
export function createPullRequestsByNumber(api: GitHubApi): FetchPullRequests {
  return async ({ repository, numbers }) => {
    const what = `repository ${formatRepositoryName(repository)}`;
    const { answer, missing } = await ask(api, { repository, numbers }, what);
    const found = foundIn(answer, what);
    return readAnswer(what, () => {
      const mapped = numbers.flatMap((number) => {
        const node = found[`pull${number}`];
        if (node == null && !missing.has(`pull${number}`)) {
          throw new TypeError(`the answer says nothing of pull request ${number}`);
        }
        return node == null ? [] : [mapPullRequest(node)];
      });
      return {
        repository: mapRepository(found),
        pullRequests: mapped.flatMap((result) => (result.ok ? [result.fact] : [])),
        rejected: mapped.flatMap((result) => (result.ok ? [] : [result.rejected])),
        gone: numbers.filter((number) => missing.has(`pull${number}`)),
        quota: mapQuota(answer.rateLimit),
      };
    });
  };
}

/** An answer in which nothing but pull requests is missing is an answer; GitHub tells of each as an error beside it. */
async function ask(
  api: GitHubApi,
  { repository, numbers }: Parameters<FetchPullRequests>[0],
  what: string,
): Promise<{ readonly answer: RawAnswer; readonly missing: ReadonlySet<string> }> {
  try {
    const answer = await api.graphql<RawAnswer>(queryOf(numbers), { ...repository }, what);
    return { answer, missing: new Set() };
  } catch (error) {
    const partial = error instanceof GitHubFailure ? readPartial(error.cause) : null;
    if (partial === null) {
      throw error;
    }
    return partial;
  }
}

interface PartialAnswer {
  readonly data?: RawAnswer | null;
  readonly errors?: readonly { readonly type?: string; readonly path?: readonly unknown[] }[];
}

function readPartial(
  cause: unknown,
): { readonly answer: RawAnswer; readonly missing: ReadonlySet<string> } | null {
  const { data, errors = [] } = (cause ?? {}) as PartialAnswer;
  const isMissing = errors.map(
    ({ type, path = [] }) =>
      type === 'NOT_FOUND' &&
      path.length === 2 &&
      path[0] === 'repository' &&
      /^pull\d+$/.test(String(path[1])),
  );
  return data?.repository && errors.length > 0 && isMissing.every(Boolean)
    ? { answer: data, missing: new Set(errors.map(({ path = [] }) => String(path[1]))) }
    : null;
}

function queryOf(numbers: readonly number[]): string {
  return /* GraphQL */ `
    query PullRequestsByNumber($owner: String!, $name: String!) {
      rateLimit {
        ...RateLimitFields
      }
      repository(owner: $owner, name: $name) {
        ...RepositoryFields
        ${numbers.map((number) => `pull${number}: pullRequest(number: ${number}) { ...PullRequestFields }`).join('\n')}
      }
    }
    ${RATE_LIMIT_FIELDS}
    ${REPOSITORY_FIELDS}
    ${PULL_REQUEST_FIELDS}
  `;
}

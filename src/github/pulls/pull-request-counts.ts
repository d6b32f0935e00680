import type { QuotaFact } from '../../domain/pulls/github-facts.ts';
import { formatRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import { foundIn, readAnswer } from '../transport/answers.ts';
import type { GitHubApi } from '../transport/api.ts';
import { mapQuota } from './map-facts.ts';
import { RATE_LIMIT_FIELDS } from './pull-request-query.ts';
import type { RawPageInfo, RawRateLimit } from './raw-pull-request.ts';
import { toCount, toId } from '../transport/wire-values.ts';

/** Pull requests that were opened from `from` on and before `to`; whole seconds, as GitHub keeps them. */
export interface OpenedRange {
  readonly from: Date;
  readonly to: Date;
}

export interface PullRequestCounts {
  /** One for each range, in their order. */
  readonly counts: readonly number[];
  /** GitHub's number of the repository that was meant. */
  readonly githubId: bigint;
  readonly quota: QuotaFact | null;
}

export interface PullRequestNumbers {
  /** All of the range, however many this page shows. GitHub lists a thousand of them at most. */
  readonly total: number;
  readonly numbers: readonly number[];
  /** GitHub's number of the repository that was meant. */
  readonly githubId: bigint;
  /** Null at the end. */
  readonly endCursor: string | null;
  readonly quota: QuotaFact | null;
}

/** What reconcile asks GitHub's search. Every method throws GitHubFailure and nothing else. */
export interface PullRequestSearch {
  /** Counts the pull requests of up to 50 ranges in one request. */
  countPullRequests(
    repository: RepositoryName,
    ranges: readonly OpenedRange[],
  ): Promise<PullRequestCounts>;
  /** Lists the numbers of a range, a hundred a page. */
  listPullRequestNumbers(
    repository: RepositoryName,
    range: OpenedRange,
    after: string | null,
  ): Promise<PullRequestNumbers>;
}

interface RawFound {
  readonly issueCount: number;
  readonly pageInfo?: RawPageInfo;
  readonly nodes?: readonly ({ readonly number?: number } | null)[] | null;
}

/** With the repository itself: what the token may not see any more is an error, and not a count of zero. */
type RawCounts = Readonly<Record<string, RawFound | undefined>> & {
  readonly rateLimit: RawRateLimit | null;
  readonly repository: { readonly databaseId: number | null } | null;
};

const NUMBERS_QUERY = /* GraphQL */ `
  query PullRequestNumbers($owner: String!, $name: String!, $search: String!, $after: String) {
    rateLimit {
      ...RateLimitFields
    }
    repository(owner: $owner, name: $name) {
      databaseId
    }
    found: search(type: ISSUE, query: $search, first: 100, after: $after) {
      issueCount
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        ... on PullRequest {
          number
        }
      }
    }
  }
  ${RATE_LIMIT_FIELDS}
`;

/** Makes the methods of a client that count and list pull requests by when they were opened. */
export function createPullRequestSearch(api: GitHubApi): PullRequestSearch {
  return {
    async countPullRequests(repository, ranges) {
      const what = `repository ${formatRepositoryName(repository)}`;
      const searches = ranges.map(
        (range, index) => [`q${index}`, searchQuery(repository, range)] as const,
      );
      const variables = { ...repository, ...Object.fromEntries(searches) };
      const answer = await api.graphql<RawCounts>(countQuery(ranges.length), variables, what);
      const { databaseId } = foundIn(answer, what);
      return readAnswer(what, () => ({
        githubId: toId(databaseId, 'id of the repository'),
        counts: searches.map(([name]) => toCount(answer[name]?.issueCount ?? Number.NaN, 'count')),
        quota: mapQuota(answer.rateLimit),
      }));
    },

    async listPullRequestNumbers(repository, range, after) {
      const what = `repository ${formatRepositoryName(repository)}`;
      const variables = { ...repository, search: searchQuery(repository, range), after };
      const answer = await api.graphql<RawCounts>(NUMBERS_QUERY, variables, what);
      const { databaseId } = foundIn(answer, what);
      return readAnswer(what, () => {
        const found = answer['found'];
        const { hasNextPage = false, endCursor = null } = found?.pageInfo ?? {};
        return {
          githubId: toId(databaseId, 'id of the repository'),
          total: toCount(found?.issueCount ?? Number.NaN, 'count'),
          numbers: (found?.nodes ?? []).flatMap((node) =>
            node?.number === undefined ? [] : [toCount(node.number, 'number')],
          ),
          endCursor: hasNextPage ? endCursor : null,
          quota: mapQuota(answer.rateLimit),
        };
      });
    },
  };
}

function countQuery(ranges: number): string {
  const names = Array.from({ length: ranges }, (_, index) => `q${index}`);
  return /* GraphQL */ `
    query PullRequestCounts($owner: String!, $name: String!, ${names.map((name) => `$${name}: String!`).join(', ')}) {
      rateLimit {
        ...RateLimitFields
      }
      repository(owner: $owner, name: $name) {
        databaseId
      }
      ${names.map((name) => `${name}: search(type: ISSUE, query: $${name}, first: 1) { issueCount }`).join('\n')}
    }
    ${RATE_LIMIT_FIELDS}
  `;
}

/** GitHub's search takes both ends of a range in, to the second. */
function searchQuery(repository: RepositoryName, { from, to }: OpenedRange): string {
  const last = new Date(to.getTime() - 1000);
  return `repo:${formatRepositoryName(repository)} is:pr created:${toSecond(from)}..${toSecond(last)}`;
}

function toSecond(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`;
}

import type { ResultOf } from 'gql.tada';
import { compose, type GraphQLDocument } from '../../domain/core/graphql-document.ts';
import type { QuotaFact } from '../../domain/pulls/github-facts.ts';
import { formatRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import { foundIn, nodesOf, readAnswer } from '../transport/answers.ts';
import { nextCursorOf, toGitHubCursor } from '../transport/page-walk.ts';
import type { GitHubApi } from '../transport/api.ts';
import { gql } from '../transport/graphql.ts';
import { mapQuota } from './map-facts.ts';
import { RATE_LIMIT_FIELDS } from './pull-request-query.ts';
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

/** With the repository itself: what the token may not see any more is an error, and not a count of zero. */
const NUMBERS_QUERY = gql(
  `
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
`,
  [RATE_LIMIT_FIELDS],
);

/**
 * What reconcile asks GitHub's search: pull requests by when they were opened. Every method throws GitHubFailure and
 * nothing else.
 */
export function createPullRequestSearch(api: GitHubApi) {
  return {
    /** Counts the pull requests of up to 50 ranges in one request. */
    async countPullRequests(
      repository: RepositoryName,
      ranges: readonly OpenedRange[],
    ): Promise<PullRequestCounts> {
      const what = `repository ${formatRepositoryName(repository)}`;
      const searches = ranges.map(
        (range, index) => [`q${index}`, searchQuery(repository, range)] as const,
      );
      const variables = { ...repository, ...Object.fromEntries(searches) };
      const answer = await api.graphql(countQuery(ranges.length), variables, what);
      const { databaseId } = foundIn(answer, what);
      return readAnswer(what, () => ({
        githubId: toId(databaseId, 'id of the repository'),
        counts: searches.map(([name]) => toCount(answer[name]?.issueCount ?? Number.NaN, 'count')),
        quota: mapQuota(answer.rateLimit),
      }));
    },

    /**
     * Lists the numbers of a range, a hundred a page and a thousand at most; `total` is of all of the range, however
     * many GitHub lists.
     */
    async listPullRequestNumbers(
      repository: RepositoryName,
      range: OpenedRange,
      after: string | null,
    ) {
      const what = `repository ${formatRepositoryName(repository)}`;
      const variables = {
        ...repository,
        search: searchQuery(repository, range),
        after: toGitHubCursor(after),
      };
      const answer = await api.graphql(NUMBERS_QUERY, variables, what);
      const { databaseId } = foundIn(answer, what);
      return readAnswer(what, () => {
        const { issueCount, pageInfo, nodes } = answer.found;
        return {
          githubId: toId(databaseId, 'id of the repository'),
          total: toCount(issueCount, 'count'),
          numbers: nodesOf({ nodes }).flatMap((node) =>
            'number' in node ? [toCount(node.number, 'number')] : [],
          ),
          nextCursor: nextCursorOf({ pageInfo }, after),
          quota: mapQuota(answer.rateLimit),
        };
      });
    },
  };
}

type CountQuery = GraphQLDocument<
  Pick<ResultOf<typeof NUMBERS_QUERY>, 'rateLimit' | 'repository'> &
    Readonly<Record<`q${number}`, { readonly issueCount: number }>>,
  object
>;

function countQuery(ranges: number): CountQuery {
  const names = Array.from({ length: ranges }, (_, index) => `q${index}`);
  return compose(
    `
    query PullRequestCounts($owner: String!, $name: String!, ${names.map((name) => `$${name}: String!`).join(', ')}) {
      rateLimit {
        ...RateLimitFields
      }
      repository(owner: $owner, name: $name) {
        databaseId
      }
      ${names.map((name) => `${name}: search(type: ISSUE, query: $${name}, first: 1) { issueCount }`).join('\n')}
    }
  `,
    [RATE_LIMIT_FIELDS],
  );
}

/** GitHub's search takes both ends of a range in, to the second. */
function searchQuery(repository: RepositoryName, { from, to }: OpenedRange): string {
  const last = new Date(to.getTime() - 1000);
  return `repo:${formatRepositoryName(repository)} is:pr created:${toSecond(from)}..${toSecond(last)}`;
}

function toSecond(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`;
}

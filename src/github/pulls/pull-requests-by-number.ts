import { compose, type GraphQLDocument } from '../../domain/core/graphql-document.ts';
import type {
  PullRequestFact,
  QuotaFact,
  RejectedFact,
  RepositoryFact,
} from '../../domain/pulls/github-facts.ts';
import { formatRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import { foundIn, readAnswer } from '../transport/answers.ts';
import type { GitHubApi } from '../transport/api.ts';
import { toContradiction } from './map-each.ts';
import { mapQuota, mapRepository, type MappedPullRequest } from './map-facts.ts';
import { acceptPartialAnswer } from '../transport/partial-answers.ts';
import { mapNode, toWithheld } from './pull-request-pages.ts';
import {
  PULL_REQUEST_DETAILS,
  RATE_LIMIT_FIELDS,
  REPOSITORY_FIELDS,
  type PageDetail,
  type PullRequestNode,
  type RateLimitNode,
  type RepositoryNode,
} from './pull-request-query.ts';

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
 * Makes the method of a client that fetches pull requests by their numbers, 1 to 50 at a time, with all that a page of a
 * sync brings. Throws GitHubFailure and nothing else; a number that is missing or withheld is no failure.
 */
export function createPullRequestsByNumber(api: GitHubApi) {
  return async ({
    repository,
    numbers,
    detail = 'WHOLE',
  }: {
    readonly repository: RepositoryName;
    readonly numbers: readonly number[];
    readonly detail?: PageDetail;
  }): Promise<NumberedPullRequests> => {
    const what = `repository ${formatRepositoryName(repository)}`;
    const { answer, missing, withheld } = await acceptPartialAnswer(
      api.graphql(queryOf(numbers, detail), { ...repository }, what),
    );
    const found = foundIn(answer, what);
    const untold = api.untold();
    return readAnswer(what, () => {
      const mapped = numbers.flatMap((number): MappedPullRequest[] => {
        const node = found[`pull${number}`];
        const reason = withheld.get(`pull${number}`);
        if (reason !== undefined) {
          return [{ ok: false, rejected: toWithheld(number, reason) }];
        }
        if (node == null && !missing.has(`pull${number}`)) {
          throw new TypeError(`the answer says nothing of pull request ${number}`);
        }
        if (node != null && node.number !== number) {
          const text = `GitHub was asked for pull request ${number}, and answers with another one.`;
          return [{ ok: false, rejected: toContradiction(String(number), text) }];
        }
        return node == null ? [] : [mapNode(node, detail, untold)];
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

type NumberedQuery = GraphQLDocument<
  {
    readonly rateLimit: RateLimitNode | null;
    readonly repository:
      | (RepositoryNode & Readonly<Record<`pull${number}`, Pick<PullRequestNode, 'number'> | null>>)
      | null;
  },
  RepositoryName
>;

function queryOf(numbers: readonly number[], detail: PageDetail): NumberedQuery {
  const fields = numbers.map(
    (number) => `pull${number}: pullRequest(number: ${number}) { ...PullRequestDetail }`,
  );
  return compose(
    `
    query PullRequestsByNumber($owner: String!, $name: String!) {
      rateLimit {
        ...RateLimitFields
      }
      repository(owner: $owner, name: $name) {
        ...RepositoryFields
        ${fields.join('\n')}
      }
    }
  `,
    [RATE_LIMIT_FIELDS, REPOSITORY_FIELDS, PULL_REQUEST_DETAILS[detail]],
  );
}

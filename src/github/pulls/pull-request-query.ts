import type { ResultOf } from 'gql.tada';
import { gql } from '../transport/graphql.ts';
import { ACTOR_FIELDS, NESTED_PAGES } from './nested-pages.ts';

/** How many of each nested list come with a pull request; longer ones are read on by nested-lists.ts. */
const NESTED = { labels: 20, timeline: 60, commits: 60, files: 100, checks: 50 } as const;

/** Which items of a timeline are read. */
export const ITEM_TYPES = `[PULL_REQUEST_REVIEW, ISSUE_COMMENT, READY_FOR_REVIEW_EVENT, CONVERT_TO_DRAFT_EVENT,
  REVIEW_REQUESTED_EVENT, REVIEW_REQUEST_REMOVED_EVENT, HEAD_REF_FORCE_PUSHED_EVENT, BASE_REF_CHANGED_EVENT,
  CLOSED_EVENT, REOPENED_EVENT]`;

export const RATE_LIMIT_FIELDS = gql(`
  fragment RateLimitFields on RateLimit {
    cost
    limit
    remaining
    used
    resetAt
  }
`);

export const REPOSITORY_FIELDS = gql(`
  fragment RepositoryFields on Repository {
    databaseId
    name
    owner {
      login
    }
    isPrivate
    isArchived
    isEmpty
    defaultBranchRef {
      name
    }
  }
`);

/** A pull request without its nested lists. */
const PULL_REQUEST_SCALARS = gql(
  `
  fragment PullRequestScalars on PullRequest {
    fullDatabaseId
    number
    title
    body
    url
    state
    isDraft
    createdAt
    updatedAt
    mergedAt
    closedAt
    additions
    deletions
    changedFiles
    totalCommentsCount
    baseRefName
    headRefName
    isCrossRepository
    headRefOid
    authorAssociation
    mergeCommit {
      oid
    }
    author {
      ...ActorFields
    }
    mergedBy {
      ...ActorFields
    }
  }
`,
  [ACTOR_FIELDS],
);

const NUMBERS = gql(`
  fragment PullRequestDetail on PullRequest {
    number
  }
`);

/** What is asked for of each pull request. */
export const PULL_REQUEST_DETAILS = {
  /** With the first page of each nested list: five lists, so that 25 cost one point. */
  WHOLE: gql(
    `
  fragment PullRequestDetail on PullRequest {
    ...PullRequestScalars
    labels(first: ${NESTED.labels}) {
      ...LabelPage
    }
    timelineItems(first: ${NESTED.timeline}, itemTypes: ${ITEM_TYPES}) {
      ...TimelinePage
    }
    commits(first: ${NESTED.commits}) {
      ...CommitPage
    }
    files(first: ${NESTED.files}) {
      ...FilePage
    }
    statusCheckRollup {
      state
      contexts(first: ${NESTED.checks}) {
        ...CheckPage
      }
    }
  }
`,
    [PULL_REQUEST_SCALARS, ...Object.values(NESTED_PAGES)],
  ),
  /** Without nested lists, for one that GitHub cannot answer with them in time: they are read on from their start. */
  SCALARS: gql(
    `
  fragment PullRequestDetail on PullRequest {
    ...PullRequestScalars
  }
`,
    [PULL_REQUEST_SCALARS],
  ),
  /** To go on past a pull request that GitHub cannot answer at all: it is then one that was too heavy to read. */
  NUMBERS,
};

export type PageDetail = keyof typeof PULL_REQUEST_DETAILS;

/** A pull request; its lists are absent where they were not asked for or may not be read. */
export type PullRequestNode = ResultOf<typeof PULL_REQUEST_SCALARS> &
  Partial<ResultOf<typeof PULL_REQUEST_DETAILS.WHOLE>>;

/**
 * One page of a repository's pull requests, newest-updated first. The heads have aliases of their own: a list that is
 * refused takes the repository that it hangs on with it.
 */
export function pullRequestPageQuery(detail: PageDetail) {
  const fields: typeof NUMBERS = PULL_REQUEST_DETAILS[detail];
  return gql(
    `
  query PullRequestPage(
    $owner: String!
    $name: String!
    $first: Int!
    $after: String
    $withHeads: Boolean!
  ) {
    rateLimit {
      ...RateLimitFields
    }
    deploymentHead: repository(owner: $owner, name: $name) @include(if: $withHeads) {
      deployments(first: 1, orderBy: { field: CREATED_AT, direction: DESC }) {
        nodes {
          databaseId
        }
      }
    }
    releaseHead: repository(owner: $owner, name: $name) @include(if: $withHeads) {
      releases(first: 1, orderBy: { field: CREATED_AT, direction: DESC }) {
        nodes {
          databaseId
        }
      }
    }
    repository(owner: $owner, name: $name) {
      ...RepositoryFields
      pullRequests(first: $first, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          ...PullRequestDetail
        }
      }
    }
  }
`,
    [RATE_LIMIT_FIELDS, REPOSITORY_FIELDS, fields],
  );
}

export type RateLimitNode = ResultOf<typeof RATE_LIMIT_FIELDS>;
export type RepositoryNode = ResultOf<typeof REPOSITORY_FIELDS>;
export type PullRequestPageAnswer = ResultOf<ReturnType<typeof pullRequestPageQuery>>;
export type RepositoryPullRequests = NonNullable<
  PullRequestPageAnswer['repository']
>['pullRequests'];

/** A repository as GitHub names it now, with whom the credential belongs to. */
export const REPOSITORY_QUERY = gql(
  `
  query Repository($owner: String!, $name: String!) {
    rateLimit {
      ...RateLimitFields
    }
    viewer {
      databaseId
      login
    }
    repository(owner: $owner, name: $name) {
      ...RepositoryFields
    }
  }
`,
  [RATE_LIMIT_FIELDS, REPOSITORY_FIELDS],
);

import { NESTED_PAGES } from './nested-pages.ts';

/** How many of each nested list come with a pull request; longer ones are read on by NESTED_LISTS_QUERY. */
const NESTED = { labels: 20, timeline: 60, commits: 60, files: 100, checks: 50 } as const;

/** Which items of a timeline are read. */
export const ITEM_TYPES = `[PULL_REQUEST_REVIEW, ISSUE_COMMENT, READY_FOR_REVIEW_EVENT, CONVERT_TO_DRAFT_EVENT,
  REVIEW_REQUESTED_EVENT, REVIEW_REQUEST_REMOVED_EVENT, HEAD_REF_FORCE_PUSHED_EVENT, BASE_REF_CHANGED_EVENT,
  CLOSED_EVENT, REOPENED_EVENT]`;

export const RATE_LIMIT_FIELDS = /* GraphQL */ `
  fragment RateLimitFields on RateLimit {
    cost
    limit
    remaining
    used
    resetAt
  }
`;

export const REPOSITORY_FIELDS = /* GraphQL */ `
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
`;

export const ACTOR_FIELDS = /* GraphQL */ `
  fragment ActorFields on Actor {
    __typename
    login
    ... on User {
      databaseId
      name
    }
    ... on Bot {
      databaseId
    }
    ... on Mannequin {
      databaseId
    }
    ... on Organization {
      databaseId
    }
  }
`;

/** A pull request without its nested lists. */
export const PULL_REQUEST_SCALARS = /* GraphQL */ `
  fragment PullRequestScalars on PullRequest {
    fullDatabaseId
    databaseId
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
  ${ACTOR_FIELDS}
`;

/** A pull request with the first page of each nested list: five lists, so that 25 cost one point. */
export const PULL_REQUEST_FIELDS = /* GraphQL */ `
  fragment PullRequestFields on PullRequest {
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
  ${Object.values(NESTED_PAGES).join('')}
  ${PULL_REQUEST_SCALARS}
`;

/** The heads have aliases of their own: a list that is refused takes the repository that it hangs on with it. */
function pageQuery(fields: string, fragments: string): string {
  return /* GraphQL */ `
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
          ${fields}
        }
      }
    }
  }
  ${RATE_LIMIT_FIELDS}
  ${REPOSITORY_FIELDS}
  ${fragments}
`;
}

/** One page of a repository's pull requests, newest-updated first, with what is nested in them. */
export const PULL_REQUEST_PAGE_QUERY = pageQuery('...PullRequestFields', PULL_REQUEST_FIELDS);

/** The same without nested lists: for a pull request that GitHub cannot answer with them in time. */
export const PULL_REQUEST_SCALARS_QUERY = pageQuery('...PullRequestScalars', PULL_REQUEST_SCALARS);

/** The numbers alone: to go on past a pull request that GitHub cannot answer at all. */
export const PULL_REQUEST_NUMBERS_QUERY = pageQuery('number', '');

/** A repository as GitHub names it now, with whom the credential belongs to. */
export const REPOSITORY_QUERY = /* GraphQL */ `
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
  ${RATE_LIMIT_FIELDS}
  ${REPOSITORY_FIELDS}
`;

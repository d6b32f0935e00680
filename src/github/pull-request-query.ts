/**
 * One page of a repository's pull requests, newest-updated first, with what is nested in them. 25 pull requests cost
 * one point. Lists that are longer than these bounds are told by their pageInfo, and the pull request counts as
 * incomplete.
 */
export const PULL_REQUEST_PAGE_QUERY = /* GraphQL */ `
  query PullRequestPage($owner: String!, $name: String!, $first: Int!, $after: String) {
    rateLimit {
      cost
      limit
      remaining
      used
      resetAt
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
          fullDatabaseId
          databaseId
          number
          title
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
          labels(first: 50) {
            pageInfo {
              hasNextPage
            }
            nodes {
              name
            }
          }
          timelineItems(first: 20, itemTypes: [READY_FOR_REVIEW_EVENT]) {
            pageInfo {
              hasNextPage
            }
            nodes {
              ... on ReadyForReviewEvent {
                createdAt
              }
            }
          }
          reviews(first: 50) {
            pageInfo {
              hasNextPage
            }
            nodes {
              fullDatabaseId
              databaseId
              state
              submittedAt
              author {
                ...ActorFields
              }
            }
          }
          commits(first: 100) {
            pageInfo {
              hasNextPage
            }
            nodes {
              commit {
                oid
                messageHeadline
                message
                authoredDate
                committedDate
                author {
                  name
                  user {
                    databaseId
                    login
                    name
                  }
                }
              }
            }
          }
          files(first: 100) {
            pageInfo {
              hasNextPage
            }
            nodes {
              path
              changeType
              additions
              deletions
            }
          }
        }
      }
    }
  }

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

/** A repository as GitHub names it now, with whom the credential belongs to. */
export const REPOSITORY_QUERY = /* GraphQL */ `
  query Repository($owner: String!, $name: String!) {
    rateLimit {
      cost
      limit
      remaining
      used
      resetAt
    }
    viewer {
      databaseId
      login
    }
    repository(owner: $owner, name: $name) {
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
  }
`;

interface RawPageInfo {
  readonly hasNextPage: boolean;
  readonly endCursor?: string | null;
}

interface RawList<Node> {
  readonly pageInfo: RawPageInfo;
  readonly nodes: readonly (Node | null)[] | null;
}

export interface RawActor {
  readonly __typename: string;
  readonly login: string;
  readonly databaseId?: number | null;
  readonly name?: string | null;
}

export interface RawReview {
  readonly fullDatabaseId?: string | number | null;
  readonly databaseId?: number | null;
  readonly state: string;
  readonly submittedAt: string | null;
  readonly author: RawActor | null;
}

export interface RawCommit {
  readonly oid: string;
  readonly messageHeadline: string;
  readonly message: string;
  readonly authoredDate: string;
  readonly committedDate: string;
  readonly author: {
    readonly name: string | null;
    readonly user: {
      readonly databaseId?: number | null;
      readonly login: string;
      readonly name?: string | null;
    } | null;
  } | null;
}

export interface RawFile {
  readonly path: string;
  readonly changeType: string;
  readonly additions: number;
  readonly deletions: number;
}

export interface RawPullRequest {
  readonly fullDatabaseId?: string | number | null;
  readonly databaseId?: number | null;
  readonly number: number;
  readonly title: string;
  readonly url: string;
  readonly state: string;
  readonly isDraft: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly mergedAt: string | null;
  readonly closedAt: string | null;
  readonly additions: number | null;
  readonly deletions: number | null;
  readonly changedFiles: number | null;
  readonly baseRefName: string;
  readonly headRefName: string;
  readonly headRefOid: string;
  readonly authorAssociation: string;
  readonly mergeCommit: { readonly oid: string } | null;
  readonly author: RawActor | null;
  readonly mergedBy: RawActor | null;
  readonly labels: RawList<{ readonly name: string }> | null;
  readonly timelineItems: RawList<{ readonly createdAt?: string }> | null;
  readonly reviews: RawList<RawReview> | null;
  readonly commits: RawList<{ readonly commit: RawCommit }>;
  readonly files: RawList<RawFile> | null;
}

export interface RawRepository {
  readonly databaseId: number | null;
  readonly name: string;
  readonly owner: { readonly login: string };
  readonly isPrivate: boolean;
  readonly isArchived: boolean;
  readonly isEmpty: boolean;
  readonly defaultBranchRef: { readonly name: string } | null;
}

export interface RawRateLimit {
  readonly cost: number;
  readonly limit: number;
  readonly remaining: number;
  readonly used: number;
  readonly resetAt: string;
}

export interface RawPage {
  readonly rateLimit: RawRateLimit | null;
  readonly repository:
    | (RawRepository & {
        readonly pullRequests: RawList<RawPullRequest> & { readonly totalCount: number };
      })
    | null;
}

export interface RawRepositoryAnswer {
  readonly rateLimit: RawRateLimit | null;
  readonly viewer: { readonly databaseId: number | null; readonly login: string };
  readonly repository: RawRepository | null;
}

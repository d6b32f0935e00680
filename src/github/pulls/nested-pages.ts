import type { NestedListName } from '../../domain/pulls/github-facts.ts';

const LABEL_PAGE = /* GraphQL */ `
  fragment LabelPage on LabelConnection {
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      name
    }
  }
`;

const TIMELINE_PAGE = /* GraphQL */ `
  fragment RequestedReviewerFields on RequestedReviewer {
    __typename
    ... on User {
      databaseId
      login
      name
    }
    ... on Bot {
      databaseId
      login
    }
    ... on Mannequin {
      databaseId
      login
    }
    ... on Team {
      slug
    }
  }

  fragment TimelinePage on PullRequestTimelineItemsConnection {
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      __typename
      ... on PullRequestReview {
        fullDatabaseId
        databaseId
        state
        submittedAt
        body
        author {
          ...ActorFields
        }
      }
      ... on IssueComment {
        fullDatabaseId
        databaseId
        body
        createdAt
        updatedAt
        author {
          ...ActorFields
        }
      }
      ... on ReadyForReviewEvent {
        id
        createdAt
        actor {
          ...ActorFields
        }
      }
      ... on ConvertToDraftEvent {
        id
        createdAt
        actor {
          ...ActorFields
        }
      }
      ... on ReviewRequestedEvent {
        id
        createdAt
        actor {
          ...ActorFields
        }
        requestedReviewer {
          ...RequestedReviewerFields
        }
      }
      ... on ReviewRequestRemovedEvent {
        id
        createdAt
        actor {
          ...ActorFields
        }
        requestedReviewer {
          ...RequestedReviewerFields
        }
      }
      ... on HeadRefForcePushedEvent {
        id
        createdAt
        actor {
          ...ActorFields
        }
        beforeCommit {
          oid
        }
        afterCommit {
          oid
        }
      }
      ... on BaseRefChangedEvent {
        id
        createdAt
        actor {
          ...ActorFields
        }
        previousRefName
        currentRefName
      }
      ... on ClosedEvent {
        id
        createdAt
        actor {
          ...ActorFields
        }
      }
      ... on ReopenedEvent {
        id
        createdAt
        actor {
          ...ActorFields
        }
      }
    }
  }
`;

const COMMIT_PAGE = /* GraphQL */ `
  fragment CommitPage on PullRequestCommitConnection {
    pageInfo {
      hasNextPage
      endCursor
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
`;

const FILE_PAGE = /* GraphQL */ `
  fragment FilePage on PullRequestChangedFileConnection {
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      path
      changeType
      additions
      deletions
    }
  }
`;

const CHECK_PAGE = /* GraphQL */ `
  fragment CheckPage on StatusCheckRollupContextConnection {
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      __typename
      ... on CheckRun {
        id
        name
        status
        conclusion
        startedAt
        completedAt
        checkSuite {
          app {
            slug
          }
        }
      }
      ... on StatusContext {
        context
        state
        createdAt
      }
    }
  }
`;

/** Pages of the nested lists, the same whether they come with their pull request or are read on. */
export const NESTED_PAGES: Readonly<Record<NestedListName, string>> = {
  LABELS: LABEL_PAGE,
  TIMELINE: TIMELINE_PAGE,
  COMMITS: COMMIT_PAGE,
  FILES: FILE_PAGE,
  CHECKS: CHECK_PAGE,
};

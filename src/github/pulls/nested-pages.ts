import type { ResultOf } from 'gql.tada';
import type { NodeOf } from '../transport/answers.ts';
import { gql } from '../transport/graphql.ts';

export const ACTOR_FIELDS = gql(`
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
`);

const LABEL_PAGE = gql(`
  fragment LabelPage on LabelConnection {
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      name
    }
  }
`);

const REQUESTED_REVIEWER_FIELDS = gql(`
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
`);

const TIMELINE_PAGE = gql(
  `
  fragment TimelinePage on PullRequestTimelineItemsConnection {
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      __typename
      ... on PullRequestReview {
        fullDatabaseId
        state
        submittedAt
        body
        authorAssociation
        author {
          ...ActorFields
        }
      }
      ... on IssueComment {
        fullDatabaseId
        body
        createdAt
        updatedAt
        authorAssociation
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
`,
  [ACTOR_FIELDS, REQUESTED_REVIEWER_FIELDS],
);

const COMMIT_PAGE = gql(`
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
          email
          user {
            databaseId
            login
            name
          }
        }
        committer {
          name
          email
          user {
            login
          }
        }
      }
    }
  }
`);

const FILE_PAGE = gql(`
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
`);

const CHECK_PAGE = gql(`
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
`);

/** Pages of the nested lists, the same whether they come with their pull request or are read on. */
export const NESTED_PAGES = {
  LABELS: LABEL_PAGE,
  TIMELINE: TIMELINE_PAGE,
  COMMITS: COMMIT_PAGE,
  FILES: FILE_PAGE,
  CHECKS: CHECK_PAGE,
};

export const NESTED_LIST_NAMES = Object.keys(NESTED_PAGES) as (keyof typeof NESTED_PAGES)[];

/** All lists, to be read from their start. */
export const ALL_UNREAD = NESTED_LIST_NAMES.map((list) => ({ list, cursor: '' }));

export type TimelineItem = NodeOf<ResultOf<typeof TIMELINE_PAGE>>;
export type CheckNode = NodeOf<ResultOf<typeof CHECK_PAGE>>;
export type CommitNode = NodeOf<ResultOf<typeof COMMIT_PAGE>>['commit'];
export type FileNode = NodeOf<ResultOf<typeof FILE_PAGE>>;

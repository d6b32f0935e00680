import { ACTOR_FIELDS } from '../pulls/nested-pages.ts';
import { RATE_LIMIT_FIELDS } from '../pulls/pull-request-query.ts';
import { gql } from '../transport/graphql.ts';

export const STATUSES = gql(`
  fragment StatusPage on DeploymentStatusConnection {
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      state
      createdAt
    }
  }
`);

export const DEPLOYMENT_PAGE_QUERY = gql(
  `
  query DeploymentPage(
    $owner: String!
    $name: String!
    $first: Int!
    $after: String
    $statuses: Int!
  ) {
    rateLimit {
      ...RateLimitFields
    }
    repository(owner: $owner, name: $name) {
      deployments(first: $first, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) {
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          id
          databaseId
          environment
          ref {
            name
          }
          commitOid
          state
          description
          createdAt
          creator {
            ...ActorFields
          }
          statuses(first: $statuses) {
            ...StatusPage
          }
        }
      }
    }
  }
`,
  [RATE_LIMIT_FIELDS, ACTOR_FIELDS, STATUSES],
);

/** To go on past a deployment that GitHub cannot answer at all: it is then one that was too heavy to read. */
export const DEPLOYMENT_NUMBERS_QUERY = gql(
  `
  query DeploymentNumbers($owner: String!, $name: String!, $first: Int!, $after: String) {
    rateLimit {
      ...RateLimitFields
    }
    repository(owner: $owner, name: $name) {
      deployments(first: $first, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) {
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          databaseId
        }
      }
    }
  }
`,
  [RATE_LIMIT_FIELDS],
);

export const STATUS_PAGE_QUERY = gql(
  `
  query DeploymentStatusPage($id: ID!, $first: Int!, $after: String) {
    rateLimit {
      ...RateLimitFields
    }
    node(id: $id) {
      ... on Deployment {
        statuses(first: $first, after: $after) {
          ...StatusPage
        }
      }
    }
  }
`,
  [RATE_LIMIT_FIELDS, STATUSES],
);

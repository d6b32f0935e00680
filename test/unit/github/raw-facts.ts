import type {
  RawActor,
  RawCommit,
  RawFile,
  RawPullRequest,
  RawReview,
} from '../../../src/github/pull-request-query.ts';

/** Answers as GitHub's GraphQL API gives them. What is given wins. */

export function rawList<Node>(nodes: readonly (Node | null)[], hasNextPage = false) {
  return { pageInfo: { hasNextPage }, nodes };
}

export function rawActor(given: Partial<RawActor> = {}): RawActor {
  return { __typename: 'User', login: 'ana', databaseId: 7, name: 'Ana', ...given };
}

export function rawReview(given: Partial<RawReview> = {}): RawReview {
  return {
    fullDatabaseId: '3000000001',
    databaseId: null,
    state: 'APPROVED',
    submittedAt: '2025-12-16T12:00:00Z',
    author: rawActor({ login: 'bo', databaseId: 8, name: null }),
    ...given,
  };
}

export function rawCommit(given: Partial<RawCommit> = {}): { readonly commit: RawCommit } {
  const commit = {
    oid: 'c0ffee'.padEnd(40, '0'),
    messageHeadline: 'Change something',
    message: 'Change something',
    authoredDate: '2025-12-15T08:00:00Z',
    committedDate: '2025-12-15T09:00:00Z',
    author: { name: 'Ana', user: { databaseId: 7, login: 'ana', name: 'Ana' } },
  };
  return { commit: { ...commit, ...given } };
}

export function rawFile(given: Partial<RawFile> = {}): RawFile {
  return { path: 'src/index.ts', changeType: 'MODIFIED', additions: 3, deletions: 1, ...given };
}

export function rawPullRequest(given: Partial<RawPullRequest> = {}): RawPullRequest {
  return {
    fullDatabaseId: '2999999999',
    databaseId: null,
    number: 17,
    title: 'Change something',
    url: 'https://github.com/octo/hello/pull/17',
    state: 'OPEN',
    isDraft: false,
    createdAt: '2025-12-16T10:00:00Z',
    updatedAt: '2025-12-16T13:00:00Z',
    mergedAt: null,
    closedAt: null,
    additions: 3,
    deletions: 1,
    changedFiles: 1,
    baseRefName: 'main',
    headRefName: 'change',
    headRefOid: 'f00d'.padEnd(40, '0'),
    authorAssociation: 'MEMBER',
    mergeCommit: null,
    author: rawActor(),
    mergedBy: null,
    labels: rawList([]),
    timelineItems: { pageInfo: { hasNextPage: false }, nodes: [] },
    reviews: rawList([]),
    commits: rawList([]),
    files: rawList([]),
    ...given,
  };
}

import type { PullRequestFact } from '../../../../src/domain/pulls/github-facts.ts';
import { mapPullRequest } from '../../../../src/github/pulls/map-facts.ts';
import type { toActor } from '../../../../src/github/pulls/map-account.ts';
import type {
  CheckNode,
  CommitNode,
  FileNode,
  TimelineItem,
} from '../../../../src/github/pulls/nested-pages.ts';
import type { PullRequestNode } from '../../../../src/github/pulls/pull-request-query.ts';

/** Answers as GitHub's GraphQL API gives them. What is given wins, also where the schema knows better. */

export type RawActor = NonNullable<Parameters<typeof toActor>[0]>;

/** Fields of the schema with any value: a broken server sends any. */
export type Given<Node> = Readonly<Partial<Record<keyof Node, unknown>>>;

/** All fields that some event has. */
type EventNode = Record<
  | keyof ItemOf<'ReviewRequestedEvent'>
  | keyof ItemOf<'HeadRefForcePushedEvent'>
  | keyof ItemOf<'BaseRefChangedEvent'>,
  unknown
>;

type ItemOf<Typename> = Extract<TimelineItem | CheckNode, { readonly __typename: Typename }>;

export function rawList(nodes: readonly unknown[], hasNextPage = false) {
  return { pageInfo: { hasNextPage, endCursor: hasNextPage ? 'Y3Vyc29y' : null }, nodes };
}

export function rawActor(given: Partial<RawActor> = {}): RawActor {
  return { __typename: 'User', login: 'ana', databaseId: 7, name: 'Ana', ...given };
}

export function rawReview(given: Given<ItemOf<'PullRequestReview'>> = {}) {
  return {
    __typename: 'PullRequestReview',
    fullDatabaseId: '3000000001',
    state: 'APPROVED',
    submittedAt: '2025-12-16T12:00:00Z',
    body: '',
    author: rawActor({ login: 'bo', databaseId: 8, name: null }),
    ...given,
  };
}

export function rawComment(given: Given<ItemOf<'IssueComment'>> = {}) {
  return {
    __typename: 'IssueComment',
    fullDatabaseId: '3000000002',
    body: 'Looks right',
    createdAt: '2025-12-16T12:30:00Z',
    updatedAt: '2025-12-16T12:40:00Z',
    author: rawActor({ login: 'bo', databaseId: 8, name: null }),
    ...given,
  };
}

/** @param typename GraphQL's type of the event */
export function rawEvent(typename: string, given: Given<EventNode> = {}) {
  return {
    __typename: typename,
    id: `${typename}-1`,
    createdAt: '2025-12-16T11:00:00Z',
    actor: rawActor(),
    ...given,
  };
}

export function rawCheck(given: Given<ItemOf<'CheckRun'>> = {}) {
  return {
    __typename: 'CheckRun',
    id: 'CR_1',
    name: 'test',
    status: 'COMPLETED',
    conclusion: 'SUCCESS',
    startedAt: '2025-12-16T11:00:00Z',
    completedAt: '2025-12-16T11:05:00Z',
    checkSuite: { app: { slug: 'github-actions' } },
    ...given,
  };
}

/** The checks of the head commit. */
export function rawChecks(nodes: readonly unknown[], state = 'SUCCESS') {
  return { state, contexts: rawList(nodes) };
}

export function rawCommit(given: Given<CommitNode> = {}) {
  const commit = {
    oid: 'c0ffee'.padEnd(40, '0'),
    messageHeadline: 'Change something',
    message: 'Change something',
    authoredDate: '2025-12-15T08:00:00Z',
    committedDate: '2025-12-15T09:00:00Z',
    author: {
      name: 'Ana',
      email: 'ana@x.example',
      user: { databaseId: 7, login: 'ana', name: 'Ana' },
    },
    committer: { name: 'GitHub', email: 'noreply@github.com', user: null },
  };
  return { commit: { ...commit, ...given } };
}

export function rawFile(given: Given<FileNode> = {}) {
  return { path: 'src/index.ts', changeType: 'MODIFIED', additions: 3, deletions: 1, ...given };
}

export function rawPullRequest(given: Given<PullRequestNode> = {}): PullRequestNode {
  return {
    fullDatabaseId: '2999999999',
    number: 17,
    title: 'Change something',
    body: '',
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
    totalCommentsCount: 0,
    baseRefName: 'main',
    headRefName: 'change',
    headRefOid: 'f00d'.padEnd(40, '0'),
    authorAssociation: 'MEMBER',
    mergeCommit: null,
    author: rawActor(),
    mergedBy: null,
    labels: rawList([]),
    timelineItems: rawList([]),
    commits: rawList([]),
    files: rawList([]),
    statusCheckRollup: null,
    ...given,
  } as PullRequestNode;
}

/** What is read of a pull request that can be read. */
export function factOf(given: Given<PullRequestNode>): PullRequestFact {
  const result = mapPullRequest(rawPullRequest(given));
  if (!result.ok) {
    throw new Error(`rejected: ${result.rejected.reason}`);
  }
  return result.fact;
}

/** What GitHub says of a repository beside what was asked for in it. */
export const RAW_REPOSITORY = {
  databaseId: 77,
  name: 'api',
  owner: { login: 'acme' },
  isPrivate: true,
  isArchived: false,
  isEmpty: false,
  defaultBranchRef: null,
} as const;

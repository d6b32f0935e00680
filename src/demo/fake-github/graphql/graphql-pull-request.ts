import {
  actorNode,
  emptyConnection,
  pathOf,
  repositoryNode,
  toDatabaseId,
} from './graphql-nodes.ts';
import type { PartNode, PullRequestNode } from './graphql-nodes.ts';
import { changedFileNode, mergeCommitOf, reviewNode } from './graphql-pull-request-parts.ts';
import { rollupNode } from './graphql-checks.ts';
import { refNode } from './graphql-repository.ts';
import type { Fields } from './graphql-scope.ts';
import { pageOfTimeline } from './graphql-timeline.ts';
import { mapPage, paginate, paginateInOrder, sortByKey } from './keyset.ts';
import type { Page } from './keyset.ts';
import { needPermission } from '../permissions.ts';
import { toNodeId } from './node-ids.ts';
import type { LabelData, ReviewCommentData, ReviewData } from '../../core/github-data.ts';

/** GitHub lists no more files of a pull request than these, though `changedFiles` counts them all. */
const MAX_FILES = 3_000;

function part<Name extends string, Data>(
  name: Name,
  pullRequest: PullRequestNode,
): (data: Data) => PartNode<Name, Data> {
  return (data) => ({ __typename: name, pullRequest, data });
}

function pathTo({ repository, view }: PullRequestNode): string {
  return pathOf(repository, `/pull/${view.data.number}`);
}

function urlTo({ repository, view }: PullRequestNode): string {
  return `${repository.url}/pull/${view.data.number}`;
}

/** The newest review of each reviewer, those that decide first when asked. */
function latestReviews(reviews: readonly ReviewData[], opinionated: boolean): ReviewData[] {
  const latest = new Map<string | null, ReviewData>();
  for (const review of reviews) {
    if (!opinionated || review.state !== 'COMMENTED') latest.set(review.author, review);
  }
  return [...latest.values()];
}

const facts: Fields<PullRequestNode> = {
  id: ({ repository, view }) => toNodeId('PullRequest', repository.databaseId, view.data.number),
  databaseId: ({ view }) => toDatabaseId(view.data.databaseId),
  fullDatabaseId: ({ view }) => String(view.data.databaseId),
  number: ({ view }) => view.data.number,
  title: ({ view }) => view.data.title,
  body: ({ view }) => view.data.body,
  bodyText: ({ view }) => view.data.body,
  url: urlTo,
  permalink: urlTo,
  resourcePath: pathTo,
  repository: ({ repository }) => repositoryNode(repository),
  baseRepository: ({ repository }) => repositoryNode(repository),
  state: ({ view }) => view.state,
  closed: ({ view }) => view.state !== 'OPEN',
  merged: ({ view }) => view.state === 'MERGED',
  isDraft: ({ view }) => view.isDraft,
  locked: () => false,
  createdAt: ({ view }) => view.data.createdAt,
  publishedAt: ({ view }) => view.data.createdAt,
  updatedAt: ({ view }) => view.updatedAt,
  mergedAt: ({ view }) => view.mergedAt,
  closedAt: ({ view }) => view.closedAt,
  author: ({ view }, _args, scope) => actorNode(scope, view.data.author),
  authorAssociation: ({ view }) => view.data.authorAssociation,
  mergedBy: ({ view }, _args, scope) => actorNode(scope, view.mergedBy),
  viewerDidAuthor: ({ view }, _args, { world }) => view.data.author === world.viewer.login,
};

/**
 * GitHub's schema has no null for line counts. A source that knows none, such as a recording of the list endpoint, is
 * known by a pair: counts of 0 together with `files: null`, which a pull request that is known to be empty never has.
 */
const sizes: Fields<PullRequestNode> = {
  additions: ({ view }) => view.additions,
  deletions: ({ view }) => view.deletions,
  changedFiles: ({ view }) => view.changedFiles,
  files: ({ view }, args) =>
    view.files === null
      ? null
      : mapPage(paginateInOrder(view.files.slice(0, MAX_FILES), args), changedFileNode),
};

const branches: Fields<PullRequestNode> = {
  baseRefName: ({ view }) => view.baseRefName,
  headRefName: ({ view }) => view.data.headRefName,
  headRefOid: ({ view }) => view.headOid,
  baseRef: ({ repository, view }) => refNode(repository, view.baseRefName),
  headRef: ({ repository, view }) =>
    view.state === 'OPEN' && view.data.headOwner === null
      ? refNode(repository, view.data.headRefName)
      : null,
  headRepository: ({ repository, view }) =>
    view.data.headOwner === null ? repositoryNode(repository) : null,
  headRepositoryOwner: ({ repository, view }, _args, scope) =>
    actorNode(scope, view.data.headOwner ?? repository.owner),
  isCrossRepository: ({ view }) => view.data.headOwner !== null,
  mergeCommit: (node) => mergeCommitOf(node),
  mergeable: () => 'UNKNOWN',
  mergeStateStatus: () => 'UNKNOWN',
};

const connections: Fields<PullRequestNode> = {
  labels: (node, args) => {
    const keyOf = (label: LabelData) => [label.name, 0] as const;
    const page = paginate(sortByKey(node.view.labels, keyOf), keyOf, args);
    return mapPage(page, part('Label', node));
  },
  commits: (node, args) =>
    mapPage(paginateInOrder(node.view.commits, args), part('PullRequestCommit', node)),
  reviews: (node, args) => {
    const { states, author } = args;
    return pageOfReviews(
      node,
      node.view.reviews.filter(
        (review) =>
          (!Array.isArray(states) || states.includes(review.state)) &&
          (author == null || review.author === author),
      ),
      args,
    );
  },
  latestReviews: (node, args) => pageOfReviews(node, latestReviews(node.view.reviews, false), args),
  latestOpinionatedReviews: (node, args) =>
    pageOfReviews(node, latestReviews(node.view.reviews, true), args),
  reviewThreads: (node, args) =>
    mapPage(paginateInOrder(node.view.reviewComments, args), part('PullRequestReviewThread', node)),
  reviewRequests: (node, args) =>
    mapPage(paginateInOrder(node.view.pendingReviewers, args), part('ReviewRequest', node)),
  comments: (node, args) =>
    mapPage(paginateInOrder(node.view.comments, args), part('IssueComment', node)),
  totalCommentsCount: ({ view }) => view.comments.length + view.reviewComments.length,
  timelineItems: (node, args) => pageOfTimeline(node, args),
  statusCheckRollup: (node, _args, scope) => {
    needPermission(scope, 'checks', 'statuses');
    return rollupNode(node, node.view.headOid, scope.at);
  },
  participants: ({ view }, args, scope) => {
    const logins = [
      view.data.author,
      ...[...view.reviews, ...view.comments].map((by) => by.author),
    ];
    const people = [...new Set(logins)]
      .map((login) => actorNode(scope, login))
      .filter((actor) => actor?.__typename === 'User');
    return paginateInOrder(people, args);
  },
  assignees: emptyConnection,
};

function pageOfReviews(
  node: PullRequestNode,
  reviews: readonly ReviewData[],
  page: Parameters<typeof paginate>[2],
): Page<unknown> {
  const keyOf = (review: ReviewData) => [review.submittedAt, review.databaseId] as const;
  return mapPage(paginate(sortByKey(reviews, keyOf), keyOf, page), (review) =>
    reviewNode(node, review),
  );
}

/** Each comment on code is a thread of its own: the data holds no replies. */
const threadFields: Fields<PartNode<'PullRequestReviewThread', ReviewCommentData>> = {
  id: ({ data }) => toNodeId('PullRequestReviewThread', data.databaseId),
  path: ({ data }) => data.path,
  isResolved: ({ pullRequest }) => pullRequest.view.state === 'MERGED',
  isOutdated: () => false,
  isCollapsed: ({ pullRequest }) => pullRequest.view.state === 'MERGED',
  subjectType: () => 'LINE',
  comments: ({ pullRequest, data }, args) =>
    mapPage(paginateInOrder([data], args), part('PullRequestReviewComment', pullRequest)),
  pullRequest: ({ pullRequest }) => pullRequest,
  repository: ({ pullRequest }) => repositoryNode(pullRequest.repository),
};

export const pullRequestFields = {
  PullRequest: {
    ...facts,
    ...sizes,
    ...branches,
    ...connections,
  } satisfies Fields<PullRequestNode>,
  PullRequestReviewThread: threadFields,
};

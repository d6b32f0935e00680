import type {
  CommentData,
  CommitData,
  FileData,
  GitSignatureData,
  Instant,
  LabelData,
  ReviewCommentData,
  ReviewData,
} from '../../core/github-data.ts';
import { rollupNode } from './graphql-checks.ts';
import { historyFields } from './graphql-history.ts';
import {
  actorNode,
  emptyConnection,
  pathOf,
  repositoryNode,
  reviewerNode,
  toDatabaseId,
} from './graphql-nodes.ts';
import type { CommitNode, PartNode, PullRequestNode } from './graphql-nodes.ts';
import type { Fields, GraphQLScope } from './graphql-scope.ts';
import { mapPage, paginateInOrder } from './keyset.ts';
import { toNodeId } from './node-ids.ts';
import { needPermission } from '../permissions.ts';

type PullRequestCommitNode = PartNode<'PullRequestCommit', CommitData>;
type ReviewNode = PartNode<'PullRequestReview', ReviewData>;
type ReviewCommentNode = PartNode<'PullRequestReviewComment', ReviewCommentData>;
type IssueCommentNode = PartNode<'IssueComment', CommentData>;
type ReviewRequestNode = PartNode<'ReviewRequest', string>;

/** A review as GraphQL's type of that name. */
export function reviewNode(pullRequest: PullRequestNode, data: ReviewData): ReviewNode {
  return { __typename: 'PullRequestReview', pullRequest, data };
}

function commitNode({ pullRequest, data }: PullRequestCommitNode): CommitNode {
  return { __typename: 'Commit', repository: pullRequest.repository, commit: data, pullRequest };
}

/** A file as GraphQL shows it, which is without an id. */
export function changedFileNode({ path, additions, deletions, changeType }: FileData): unknown {
  return { path, additions, deletions, changeType, viewerViewedState: 'UNVIEWED' };
}

/** The commit on the base branch, as GitHub writes it for a squash merge. */
export function mergeCommitOf({ repository, view }: PullRequestNode): CommitNode | null {
  const { data, mergedAt } = view;
  if (mergedAt === null || data.mergeCommitOid === null) {
    return null;
  }
  const signature: GitSignatureData = {
    name: 'GitHub',
    email: 'noreply@github.com',
    date: mergedAt,
    login: null,
  };
  const commit: CommitData = {
    oid: data.mergeCommitOid,
    message: `${data.title} (#${data.number})`,
    author: { ...signature, name: data.author ?? 'ghost', login: data.author },
    committer: signature,
    pushedAt: mergedAt,
    additions: view.additions,
    deletions: view.deletions,
  };
  return { __typename: 'Commit', repository, commit };
}

function headlineOf(message: string): string {
  return message.split('\n', 1)[0] ?? '';
}

const commitFields: Fields<CommitNode> = {
  ...historyFields,
  id: ({ repository, commit }) => toNodeId('Commit', repository.databaseId, commit.oid),
  oid: ({ commit }) => commit.oid,
  abbreviatedOid: ({ commit }) => commit.oid.slice(0, 7),
  message: ({ commit }) => commit.message,
  messageHeadline: ({ commit }) => headlineOf(commit.message),
  messageBody: ({ commit }) => commit.message.slice(headlineOf(commit.message).length).trim(),
  authoredDate: ({ commit }) => commit.author.date,
  committedDate: ({ commit }) => commit.committer.date,
  author: ({ commit }) => commit.author,
  committer: ({ commit }) => commit.committer,
  authors: ({ commit }, args) => paginateInOrder([commit.author], args),
  authoredByCommitter: ({ commit }) => commit.author.email === commit.committer.email,
  additions: ({ commit }) => commit.additions,
  deletions: ({ commit }) => commit.deletions,
  repository: ({ repository }) => repositoryNode(repository),
  statusCheckRollup: ({ pullRequest, commit }, _args, scope) => {
    needPermission(scope, 'checks', 'statuses');
    return pullRequest === undefined ? null : rollupNode(pullRequest, commit.oid, scope.at);
  },
  url: ({ repository, commit }) => `${repository.url}/commit/${commit.oid}`,
  commitUrl: ({ repository, commit }) => `${repository.url}/commit/${commit.oid}`,
  resourcePath: ({ repository, commit }) => pathOf(repository, `/commit/${commit.oid}`),
};

/** Bots have no `user`: GitHub's schema allows accounts of people only there. */
function userOf(signature: GitSignatureData, scope: GraphQLScope): unknown {
  const actor = actorNode(scope, signature.login);
  return actor?.__typename === 'User' ? actor : null;
}

/** What reviews and comments have in common. */
function commentFields<Name extends string>(): Fields<
  PartNode<Name, ReviewData | ReviewCommentData | CommentData>
> {
  return {
    databaseId: ({ data }) => toDatabaseId(data.databaseId),
    fullDatabaseId: ({ data }) => String(data.databaseId),
    author: ({ data }, _args, scope) => actorNode(scope, data.author),
    authorAssociation: ({ data }) => data.authorAssociation,
    body: ({ data }) => data.body,
    bodyText: ({ data }) => data.body,
    createdAt: ({ data }) => writtenAt(data),
    publishedAt: ({ data }) => writtenAt(data),
    updatedAt: ({ data }, _args, scope) => editedAt(data, scope.at),
    isMinimized: () => false,
    pullRequest: ({ pullRequest }) => pullRequest,
    repository: ({ pullRequest }) => repositoryNode(pullRequest.repository),
    viewerDidAuthor: ({ data }, _args, { world }) => data.author === world.viewer.login,
    reactions: emptyConnection,
  };
}

function writtenAt(data: ReviewData | ReviewCommentData | CommentData): string {
  return 'submittedAt' in data ? data.submittedAt : data.createdAt;
}

function editedAt(data: ReviewData | ReviewCommentData | CommentData, at: Instant): Instant {
  const edited = 'editedAt' in data ? data.editedAt : undefined;
  return edited !== undefined && edited <= at ? edited : writtenAt(data);
}

function linkTo({ repository, view }: PullRequestNode, fragment: string): string {
  return `${repository.url}/pull/${view.data.number}#${fragment}`;
}

const reviewFields: Fields<ReviewNode> = {
  ...commentFields<'PullRequestReview'>(),
  id: ({ pullRequest: { repository, view }, data }) =>
    toNodeId('PullRequestReview', repository.databaseId, view.data.number, data.databaseId),
  state: ({ data }) => data.state,
  submittedAt: ({ data }) => data.submittedAt,
  url: ({ pullRequest, data }) => linkTo(pullRequest, `pullrequestreview-${data.databaseId}`),
  commit: ({ pullRequest: { repository, view }, data }) => {
    const commit = view.commits.find((candidate) => candidate.oid === data.commitOid);
    return commit === undefined ? null : { __typename: 'Commit', repository, commit };
  },
  comments: ({ pullRequest, data }, args) =>
    mapPage(
      paginateInOrder(
        pullRequest.view.reviewComments.filter((comment) => comment.reviewId === data.databaseId),
        args,
      ),
      (comment): ReviewCommentNode => ({
        __typename: 'PullRequestReviewComment',
        pullRequest,
        data: comment,
      }),
    ),
};

const reviewCommentFields: Fields<ReviewCommentNode> = {
  ...commentFields<'PullRequestReviewComment'>(),
  id: ({ data }) => toNodeId('PullRequestReviewComment', data.databaseId),
  path: ({ data }) => data.path,
  url: ({ pullRequest, data }) => linkTo(pullRequest, `discussion_r${data.databaseId}`),
  state: () => 'SUBMITTED',
  outdated: () => false,
  subjectType: () => 'LINE',
  pullRequestReview: ({ pullRequest, data }) => {
    const review = pullRequest.view.reviews.find((one) => one.databaseId === data.reviewId);
    return review === undefined ? null : reviewNode(pullRequest, review);
  },
};

const issueCommentFields: Fields<IssueCommentNode> = {
  ...commentFields<'IssueComment'>(),
  id: ({ data }) => toNodeId('IssueComment', data.databaseId),
  url: ({ pullRequest, data }) => linkTo(pullRequest, `issuecomment-${data.databaseId}`),
};

const reviewRequestFields: Fields<ReviewRequestNode> = {
  id: ({ pullRequest: { repository, view }, data }) =>
    toNodeId('ReviewRequest', repository.databaseId, view.data.number, data),
  asCodeOwner: () => false,
  pullRequest: ({ pullRequest }) => pullRequest,
  requestedReviewer: ({ data }, _args, scope) => reviewerNode(scope, data),
};

const labelFields: Fields<PartNode<'Label', LabelData>> = {
  id: ({ pullRequest, data }) => toNodeId('Label', pullRequest.repository.databaseId, data.name),
  name: ({ data }) => data.name,
  color: ({ data }) => data.color,
  isDefault: () => false,
  repository: ({ pullRequest }) => repositoryNode(pullRequest.repository),
};

export const pullRequestPartFields = {
  Commit: commitFields,
  GitActor: {
    user: (signature, _args, scope) => userOf(signature, scope),
  } satisfies Fields<GitSignatureData>,
  PullRequestCommit: {
    id: ({ pullRequest: { repository, view }, data }) =>
      toNodeId('PullRequestCommit', repository.databaseId, view.data.number, data.oid),
    commit: (node) => commitNode(node),
    pullRequest: ({ pullRequest }) => pullRequest,
    url: ({ pullRequest, data }) =>
      `${pullRequest.repository.url}/pull/${pullRequest.view.data.number}/commits/${data.oid}`,
  } satisfies Fields<PullRequestCommitNode>,
  PullRequestReview: reviewFields,
  PullRequestReviewComment: reviewCommentFields,
  IssueComment: issueCommentFields,
  ReviewRequest: reviewRequestFields,
  Label: labelFields,
};

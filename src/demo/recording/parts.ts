import { newPullRequest } from '../core/github-data.ts';
import type {
  CheckData,
  CommentData,
  CommitData,
  GitSignatureData,
  PullRequestData,
  ReviewCommentData,
  ReviewData,
} from '../core/github-data.ts';
import type { AccountRegistry } from './account-registry.ts';
import type { RecordedRow } from './ndjson.ts';
import {
  booleanAt,
  instantAt,
  instantOrNullAt,
  integerAt,
  objectsAt,
  textAt,
  textOrNullAt,
  wordAt,
} from './row-fields.ts';

type Parts = Pick<
  PullRequestData,
  'reviews' | 'commits' | 'comments' | 'reviewComments' | 'checks'
>;

/** A run of a workflow that has these words has not ended. */
const UNFINISHED: ReadonlySet<string> = new Set([
  'in_progress',
  'queued',
  'requested',
  'waiting',
  'pending',
]);

const REVIEW_STATES = [
  'APPROVED',
  'CHANGES_REQUESTED',
  'COMMENTED',
  'DISMISSED',
  'PENDING',
] as const;

const ASSOCIATIONS = [
  'COLLABORATOR',
  'CONTRIBUTOR',
  'FIRST_TIMER',
  'FIRST_TIME_CONTRIBUTOR',
  'MANNEQUIN',
  'MEMBER',
  'NONE',
  'OWNER',
] as const;

/** A row of the list endpoint, which does not say who merged, nor what was changed. */
export function toPullRequest(
  row: RecordedRow,
  accounts: AccountRegistry,
  parts: Parts,
): PullRequestData {
  const createdAt = instantAt(row, 'created_at');
  const headOwner = accounts.loginAt(row, 'head.user');
  return newPullRequest({
    ...parts,
    databaseId: integerAt(row, 'id'),
    number: integerAt(row, 'number'),
    title: textAt(row, 'title'),
    body: textOrNullAt(row, 'body') ?? '',
    author: accounts.loginAt(row, 'user'),
    authorAssociation: wordAt(row, 'author_association', ASSOCIATIONS),
    baseRefName: textAt(row, 'base.ref'),
    headRefName: textAt(row, 'head.ref'),
    headOwner: headOwner === accounts.loginAt(row, 'base.user') ? null : headOwner,
    headOid: textAt(row, 'head.sha'),
    createdAt,
    updatedAt: instantAt(row, 'updated_at'),
    openedAsDraft: booleanAt(row, 'draft'),
    mergedAt: instantOrNullAt(row, 'merged_at'),
    mergeCommitOid: textOrNullAt(row, 'merge_commit_sha'),
    closedAt: instantOrNullAt(row, 'closed_at'),
    labels: objectsAt(row, 'labels').map((label) => ({
      name: textAt(label, 'name'),
      color: textAt(label, 'color'),
      addedAt: createdAt,
    })),
    requestedReviewers: objectsAt(row, 'requested_reviewers').map((account) =>
      accounts.add(account),
    ),
    files: null,
  });
}

/** A submitted review. */
export function toReview(row: RecordedRow, accounts: AccountRegistry): ReviewData {
  return {
    databaseId: integerAt(row, 'id'),
    author: accounts.loginAt(row, 'user'),
    authorAssociation: wordAt(row, 'author_association', ASSOCIATIONS),
    state: wordAt(row, 'state', REVIEW_STATES),
    submittedAt: instantAt(row, 'submitted_at'),
    body: textOrNullAt(row, 'body') ?? '',
    commitOid: textOrNullAt(row, 'commit_id'),
  };
}

/** A commit of the branch; when it was pushed is not recorded, so it counts as there since it was committed. */
export function toCommit(row: RecordedRow, accounts: AccountRegistry): CommitData {
  const committer = toSignature(row, 'committer', accounts);
  return {
    oid: textAt(row, 'sha'),
    message: textAt(row, 'commit.message'),
    author: toSignature(row, 'author', accounts),
    committer,
    pushedAt: committer.date,
    additions: 0,
    deletions: 0,
  };
}

function toSignature(
  row: RecordedRow,
  role: 'author' | 'committer',
  accounts: AccountRegistry,
): GitSignatureData {
  return {
    name: textAt(row, `commit.${role}.name`),
    email: textAt(row, `commit.${role}.email`),
    date: instantAt(row, `commit.${role}.date`),
    login: accounts.loginAt(row, role),
  };
}

/** A comment under the pull request. */
export function toComment(row: RecordedRow, accounts: AccountRegistry): CommentData {
  return {
    databaseId: integerAt(row, 'id'),
    author: accounts.loginAt(row, 'user'),
    authorAssociation: wordAt(row, 'author_association', ASSOCIATIONS),
    createdAt: instantAt(row, 'created_at'),
    editedAt: instantAt(row, 'updated_at'),
    body: textAt(row, 'body'),
  };
}

/** A comment on a line of code. */
export function toReviewComment(row: RecordedRow, accounts: AccountRegistry): ReviewCommentData {
  return {
    ...toComment(row, accounts),
    reviewId:
      row.value['pull_request_review_id'] == null ? null : integerAt(row, 'pull_request_review_id'),
    path: textAt(row, 'path'),
    replyTo: row.value['in_reply_to_id'] == null ? null : integerAt(row, 'in_reply_to_id'),
  };
}

/** A run of a workflow as a check of the commit that it ran on. */
export function toCheck(row: RecordedRow): CheckData {
  const isOver = !UNFINISHED.has(textAt(row, 'status').toLowerCase());
  return {
    databaseId: integerAt(row, 'id'),
    headOid: textAt(row, 'head_sha'),
    name: textAt(row, 'name'),
    app: 'github-actions',
    startedAt: instantAt(row, 'run_started_at'),
    completedAt: isOver ? instantAt(row, 'updated_at') : null,
    conclusion: isOver ? textAt(row, 'conclusion').toUpperCase() : null,
  };
}

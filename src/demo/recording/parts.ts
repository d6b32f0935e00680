import { newPullRequest } from '../core/github-data.ts';
import type {
  CheckData,
  CommentData,
  CommitData,
  FileData,
  GitSignatureData,
  PullRequestData,
  ReviewCommentData,
  ReviewData,
} from '../core/github-data.ts';
import type { PullRequestSize } from '../core/pull-request-size.ts';
import type { AccountRegistry } from './account-registry.ts';
import type { RecordedRow } from './ndjson.ts';
import {
  booleanAt,
  countOrNullAt,
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
> & {
  /** Null when none are recorded. */
  readonly files: readonly RecordedFile[] | null;
};

/** A file without the moment since when the pull request touches it, which no list says. */
type RecordedFile = Omit<FileData, 'since'>;

/** GitHub's words of the REST API. A file that is `unchanged` is listed for its mode. */
const CHANGE_TYPES: Readonly<Record<(typeof FILE_STATES)[number], FileData['changeType']>> = {
  added: 'ADDED',
  modified: 'MODIFIED',
  removed: 'DELETED',
  renamed: 'RENAMED',
  copied: 'COPIED',
  changed: 'CHANGED',
  unchanged: 'CHANGED',
};

/** A run of a workflow that has these words has not ended. */
const UNFINISHED: ReadonlySet<string> = new Set([
  'in_progress',
  'queued',
  'requested',
  'waiting',
  'pending',
]);

const FILE_STATES = [
  'added',
  'modified',
  'removed',
  'renamed',
  'copied',
  'changed',
  'unchanged',
] as const;

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

/** Whether the head is a branch of the repository itself: by the repositories that the row names, else by their owners. */
function isOwnBranch(row: RecordedRow, isSameOwner: boolean): boolean {
  const [head, base] = [
    textOrNullAt(row, 'head.repo.full_name'),
    textOrNullAt(row, 'base.repo.full_name'),
  ];
  return head === null || base === null ? isSameOwner : head === base;
}

/** A row of a pull request. The list endpoint does not say who merged, nor how much was changed; the single one does. */
export function toPullRequest(
  row: RecordedRow,
  accounts: AccountRegistry,
  parts: Parts,
): PullRequestData {
  const createdAt = instantAt(row, 'created_at');
  const headOwner = accounts.loginAt(row, 'head.user');
  const size = sizeOf(row);
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
    headOwner: isOwnBranch(row, headOwner === accounts.loginAt(row, 'base.user'))
      ? null
      : headOwner,
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
    files: filesOf(parts.files, size, createdAt),
    ...(size === null ? {} : { size }),
  });
}

function sizeOf(row: RecordedRow): PullRequestSize | null {
  const additions = countOrNullAt(row, 'additions');
  const deletions = countOrNullAt(row, 'deletions');
  const changedFiles = countOrNullAt(row, 'changed_files');
  return additions === null || deletions === null || changedFiles === null
    ? null
    : { additions, deletions, changedFiles };
}

/** No files are known where none are recorded, unless the pull request itself says that it changes none. */
function filesOf(
  files: Parts['files'],
  size: PullRequestSize | null,
  since: string,
): FileData[] | null {
  const recorded = files ?? (size?.changedFiles === 0 ? [] : null);
  return recorded?.map((file) => ({ ...file, since })) ?? null;
}

/** A file of a pull request. */
export function toFile(row: RecordedRow): RecordedFile {
  return {
    path: textAt(row, 'filename'),
    additions: countOrNullAt(row, 'additions') ?? 0,
    deletions: countOrNullAt(row, 'deletions') ?? 0,
    changeType: CHANGE_TYPES[wordAt(row, 'status', FILE_STATES)],
  };
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
    additions: countOrNullAt(row, 'stats.additions') ?? 0,
    deletions: countOrNullAt(row, 'stats.deletions') ?? 0,
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

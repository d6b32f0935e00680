import { AI_DETECTOR_VERSION } from '../../domain/pulls/ai-detection.ts';
import type {
  AiSignalFact,
  CheckFact,
  CommentFact,
  CommitFact,
  FileFact,
  PullRequestEventFact,
  PullRequestFact,
  ReviewFact,
} from '../../domain/pulls/github-facts.ts';
import type { PullRequestPhases } from '../../domain/pulls/pull-request-phases.ts';
import type { TableDescriptor } from '../bulk/table-descriptor.ts';

/** A pull request with everything that its row needs: ids of other rows and computed phases. */
export interface PullRequestRow {
  readonly fact: PullRequestFact;
  readonly phases: PullRequestPhases;
  readonly repositoryId: bigint;
  readonly authorId: bigint;
  readonly mergedById: bigint | null;
  readonly syncedAt: Date;
}

/** A nested row with the id of the pull request it belongs to. */
export interface ChildRow<Fact> {
  readonly pullRequestId: bigint;
  readonly fact: Fact;
}

/** A title that says so, as a word: "irreverent" is no revert. */
const REVERT_TITLE = /\brevert(s|ed|ing)?\b/i;
const HOTFIX_TITLE = /\bhot-?fix\b/i;

export const PULL_REQUEST: TableDescriptor<PullRequestRow> = {
  table: 'pull_request',
  columns: [
    { name: 'repository_id', type: 'bigint', value: (row) => row.repositoryId },
    { name: 'number', type: 'integer', value: (row) => row.fact.number },
    { name: 'github_id', type: 'bigint', value: (row) => row.fact.githubId },
    { name: 'title', type: 'text', value: (row) => row.fact.title },
    { name: 'body', type: 'text', value: (row) => row.fact.body },
    { name: 'url', type: 'text', value: (row) => row.fact.url },
    { name: 'state', type: 'text', value: (row) => row.fact.state },
    { name: 'is_draft', type: 'boolean', value: (row) => row.fact.isDraft },
    { name: 'author_id', type: 'bigint', value: (row) => row.authorId },
    { name: 'merged_by_id', type: 'bigint', value: (row) => row.mergedById },
    { name: 'base_branch', type: 'text', value: (row) => row.fact.baseBranch },
    { name: 'head_branch', type: 'text', value: (row) => row.fact.headBranch },
    { name: 'head_sha', type: 'text', value: (row) => row.fact.headSha },
    { name: 'merge_commit_sha', type: 'text', value: (row) => row.fact.mergeCommitSha },
    { name: 'additions', type: 'bigint', value: (row) => row.fact.additions },
    { name: 'deletions', type: 'bigint', value: (row) => row.fact.deletions },
    { name: 'changed_files', type: 'bigint', value: (row) => row.fact.changedFiles },
    { name: 'is_revert', type: 'boolean', value: (row) => REVERT_TITLE.test(row.fact.title) },
    { name: 'is_hotfix', type: 'boolean', value: (row) => HOTFIX_TITLE.test(row.fact.title) },
    { name: 'text_cleaned', type: 'boolean', value: (row) => row.fact.textCleaned },
    { name: 'created_at', type: 'timestamptz', value: (row) => row.fact.createdAt },
    { name: 'ready_at', type: 'timestamptz', value: (row) => row.phases.readyAt },
    { name: 'started_at', type: 'timestamptz', value: (row) => row.phases.startedAt },
    { name: 'first_review_at', type: 'timestamptz', value: (row) => row.phases.firstReviewAt },
    { name: 'last_approval_at', type: 'timestamptz', value: (row) => row.phases.lastApprovalAt },
    { name: 'merged_at', type: 'timestamptz', value: (row) => row.fact.mergedAt },
    { name: 'closed_at', type: 'timestamptz', value: (row) => row.fact.closedAt },
    { name: 'updated_at', type: 'timestamptz', value: (row) => row.fact.updatedAt },
    { name: 'coding_seconds', type: 'bigint', value: (row) => row.phases.seconds?.coding ?? null },
    { name: 'pickup_seconds', type: 'bigint', value: (row) => row.phases.seconds?.pickup ?? null },
    { name: 'review_seconds', type: 'bigint', value: (row) => row.phases.seconds?.review ?? null },
    {
      name: 'merge_wait_seconds',
      type: 'bigint',
      value: (row) => row.phases.seconds?.mergeWait ?? null,
    },
    {
      name: 'cycle_time_seconds',
      type: 'bigint',
      value: (row) => row.phases.seconds?.cycleTime ?? null,
    },
    { name: 'complete', type: 'boolean', value: (row) => row.fact.unread.length === 0 },
    { name: 'comment_count', type: 'integer', value: (row) => row.fact.commentCount },
    { name: 'check_state', type: 'text', value: (row) => row.fact.checkState },
    { name: 'synced_at', type: 'timestamptz', value: (row) => row.syncedAt, compare: 'skip' },
  ],
  key: ['repository_id', 'number'],
  newest: 'updated_at',
  returning: ['id', 'number'],
};

export const LABEL: TableDescriptor<ChildRow<string>> = {
  table: 'pull_request_label',
  columns: [
    { name: 'label', type: 'text', value: (row) => row.fact },
    { name: 'pull_request_id', type: 'bigint', value: (row) => row.pullRequestId },
  ],
  key: ['label', 'pull_request_id'],
  references: [{ column: 'pull_request_id', table: 'pull_request' }],
  returning: ['pull_request_id'],
};

export const REVIEW: TableDescriptor<ChildRow<ReviewFact> & { readonly reviewerId: bigint }> = {
  table: 'review',
  columns: [
    { name: 'github_id', type: 'bigint', value: (row) => row.fact.githubId },
    { name: 'pull_request_id', type: 'bigint', value: (row) => row.pullRequestId },
    { name: 'reviewer_id', type: 'bigint', value: (row) => row.reviewerId },
    { name: 'state', type: 'text', value: (row) => row.fact.state },
    { name: 'body', type: 'text', value: (row) => row.fact.body },
    { name: 'submitted_at', type: 'timestamptz', value: (row) => row.fact.submittedAt },
  ],
  key: ['github_id'],
  references: [
    { column: 'pull_request_id', table: 'pull_request' },
    { column: 'reviewer_id', table: 'member' },
  ],
  returning: ['pull_request_id'],
};

export const COMMIT: TableDescriptor<ChildRow<CommitFact> & { readonly authorId: bigint | null }> =
  {
    table: 'commit',
    columns: [
      { name: 'pull_request_id', type: 'bigint', value: (row) => row.pullRequestId },
      { name: 'sha', type: 'text', value: (row) => row.fact.sha },
      { name: 'author_id', type: 'bigint', value: (row) => row.authorId },
      { name: 'author_name', type: 'text', value: (row) => row.fact.authorName },
      { name: 'headline', type: 'text', value: (row) => row.fact.headline },
      { name: 'co_authors', type: 'text[]', value: (row) => row.fact.coAuthors },
      { name: 'body', type: 'text', value: (row) => row.fact.body },
      { name: 'authored_at', type: 'timestamptz', value: (row) => row.fact.authoredAt },
      { name: 'committed_at', type: 'timestamptz', value: (row) => row.fact.committedAt },
    ],
    key: ['pull_request_id', 'sha'],
    references: [
      { column: 'pull_request_id', table: 'pull_request' },
      { column: 'author_id', table: 'member' },
    ],
    returning: ['pull_request_id'],
  };

export const FILE: TableDescriptor<ChildRow<FileFact>> = {
  table: 'pull_request_file',
  columns: [
    { name: 'pull_request_id', type: 'bigint', value: (row) => row.pullRequestId },
    { name: 'path', type: 'text', value: (row) => row.fact.path },
    { name: 'change_type', type: 'text', value: (row) => row.fact.changeType },
    { name: 'category', type: 'text', value: (row) => row.fact.category },
    { name: 'additions', type: 'bigint', value: (row) => row.fact.additions },
    { name: 'deletions', type: 'bigint', value: (row) => row.fact.deletions },
  ],
  key: ['pull_request_id', 'path'],
  references: [{ column: 'pull_request_id', table: 'pull_request' }],
  returning: ['pull_request_id'],
};

export const COMMENT: TableDescriptor<ChildRow<CommentFact> & { readonly authorId: bigint }> = {
  table: 'comment',
  columns: [
    { name: 'kind', type: 'text', value: (row) => row.fact.kind },
    { name: 'github_id', type: 'bigint', value: (row) => row.fact.githubId },
    { name: 'pull_request_id', type: 'bigint', value: (row) => row.pullRequestId },
    { name: 'author_id', type: 'bigint', value: (row) => row.authorId },
    { name: 'body', type: 'text', value: (row) => row.fact.body },
    { name: 'path', type: 'text', value: (row) => row.fact.path },
    { name: 'review_id', type: 'bigint', value: (row) => row.fact.reviewId },
    { name: 'reply_to_id', type: 'bigint', value: (row) => row.fact.replyToId },
    { name: 'created_at', type: 'timestamptz', value: (row) => row.fact.createdAt },
    { name: 'updated_at', type: 'timestamptz', value: (row) => row.fact.updatedAt },
  ],
  key: ['kind', 'github_id'],
  references: [
    { column: 'pull_request_id', table: 'pull_request' },
    { column: 'author_id', table: 'member' },
  ],
  newest: 'updated_at',
  returning: ['pull_request_id'],
};

export const EVENT: TableDescriptor<
  ChildRow<PullRequestEventFact> & {
    readonly actorId: bigint | null;
    readonly subjectId: bigint | null;
  }
> = {
  table: 'pull_request_event',
  columns: [
    { name: 'pull_request_id', type: 'bigint', value: (row) => row.pullRequestId },
    { name: 'event_id', type: 'text', value: (row) => row.fact.eventId },
    { name: 'kind', type: 'text', value: (row) => row.fact.kind },
    { name: 'actor_id', type: 'bigint', value: (row) => row.actorId },
    { name: 'subject_id', type: 'bigint', value: (row) => row.subjectId },
    { name: 'subject', type: 'text', value: (row) => row.fact.subjectName },
    { name: 'before', type: 'text', value: (row) => row.fact.before },
    { name: 'after', type: 'text', value: (row) => row.fact.after },
    { name: 'occurred_at', type: 'timestamptz', value: (row) => row.fact.occurredAt },
  ],
  key: ['pull_request_id', 'event_id'],
  references: [
    { column: 'pull_request_id', table: 'pull_request' },
    { column: 'actor_id', table: 'member' },
    { column: 'subject_id', table: 'member' },
  ],
  returning: ['pull_request_id'],
};

export const CHECK_RUN: TableDescriptor<ChildRow<CheckFact>> = {
  table: 'check_run',
  columns: [
    { name: 'pull_request_id', type: 'bigint', value: (row) => row.pullRequestId },
    { name: 'check_id', type: 'text', value: (row) => row.fact.checkId },
    { name: 'head_sha', type: 'text', value: (row) => row.fact.headSha },
    { name: 'name', type: 'text', value: (row) => row.fact.name },
    { name: 'app', type: 'text', value: (row) => row.fact.app },
    { name: 'status', type: 'text', value: (row) => row.fact.status },
    { name: 'conclusion', type: 'text', value: (row) => row.fact.conclusion },
    { name: 'started_at', type: 'timestamptz', value: (row) => row.fact.startedAt },
    { name: 'completed_at', type: 'timestamptz', value: (row) => row.fact.completedAt },
  ],
  key: ['pull_request_id', 'check_id'],
  references: [{ column: 'pull_request_id', table: 'pull_request' }],
  returning: ['pull_request_id'],
};

export const AI_SIGNAL: TableDescriptor<ChildRow<AiSignalFact>> = {
  table: 'ai_signal',
  columns: [
    { name: 'pull_request_id', type: 'bigint', value: (row) => row.pullRequestId },
    { name: 'tool', type: 'text', value: (row) => row.fact.tool },
    { name: 'kind', type: 'text', value: (row) => row.fact.kind },
    { name: 'location', type: 'text', value: (row) => row.fact.location },
    { name: 'evidence', type: 'text', value: (row) => row.fact.evidence },
    { name: 'detector_version', type: 'text', value: () => AI_DETECTOR_VERSION },
  ],
  key: ['pull_request_id', 'tool', 'kind', 'location'],
  references: [{ column: 'pull_request_id', table: 'pull_request' }],
  returning: ['pull_request_id'],
};

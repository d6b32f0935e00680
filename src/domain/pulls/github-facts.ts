import type { ActorFact } from '../members/actor.ts';
import type { FileCategory } from './file-category.ts';

export type PullRequestState = 'OPEN' | 'CLOSED' | 'MERGED';
export type ReviewState = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';
export type FileChangeType =
  'ADDED' | 'MODIFIED' | 'DELETED' | 'RENAMED' | 'COPIED' | 'CHANGED' | 'UNKNOWN';

/** A submitted review; pending ones are nobody's business yet and are left out. */
export interface ReviewFact {
  readonly githubId: bigint;
  readonly author: ActorFact;
  /** Whether GitHub counts the reviewer among the repository's own people. */
  readonly authorIsInternal: boolean;
  /** COMMENTED where the source has a word that is not known: it is no approval. */
  readonly state: ReviewState;
  /** The source's word for the state where it is not known, else null. */
  readonly stateRaw: string | null;
  /** Cleaned Markdown; null where the source has none. */
  readonly body: string | null;
  readonly submittedAt: Date;
}

/** A commit of a pull request. `author` is null when git's author is no GitHub account. */
export interface CommitFact {
  readonly sha: string;
  readonly author: ActorFact | null;
  readonly authorName: string | null;
  readonly headline: string;
  /** The values of `Co-authored-by:` trailers, without e-mail addresses. */
  readonly coAuthors: readonly string[];
  /** The message below its headline, without e-mail addresses of trailers; null where there is none. */
  readonly body: string | null;
  readonly authoredAt: Date;
  readonly committedAt: Date;
}

export interface FileFact {
  /** Shortened, with a digest, where no index could hold it. */
  readonly path: string;
  readonly changeType: FileChangeType;
  /** The source's word for the change where it is not known, else null. */
  readonly changeTypeRaw: string | null;
  readonly category: FileCategory;
  readonly additions: bigint;
  readonly deletions: bigint;
}

export type CommentKind = 'ISSUE' | 'REVIEW';

/** A comment on the whole of a pull request (ISSUE) or on a line of its diff (REVIEW). */
export interface CommentFact {
  readonly kind: CommentKind;
  readonly githubId: bigint;
  readonly author: ActorFact;
  /** Whether GitHub counts the author among the repository's own people. */
  readonly authorIsInternal: boolean;
  readonly body: string;
  /** Of a REVIEW comment: its file, the review it belongs to and the comment that it answers. */
  readonly path: string | null;
  readonly reviewId: bigint | null;
  readonly replyToId: bigint | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type PullRequestEventKind =
  | 'READY_FOR_REVIEW'
  | 'CONVERT_TO_DRAFT'
  | 'REVIEW_REQUESTED'
  | 'REVIEW_REQUEST_REMOVED'
  | 'FORCE_PUSHED'
  | 'BASE_CHANGED'
  | 'CLOSED'
  | 'REOPENED';

/** An event of a pull request other than a review, a comment or a commit. */
export interface PullRequestEventFact {
  /** GitHub's node id. */
  readonly eventId: string;
  readonly kind: PullRequestEventKind;
  readonly actor: ActorFact | null;
  /** Of a review request: the account that was asked; a team that was asked has a name only. */
  readonly subject: ActorFact | null;
  readonly subjectName: string | null;
  /** Of a force push the commits, of a new base the branches. */
  readonly before: string | null;
  readonly after: string | null;
  readonly occurredAt: Date;
}

export type CheckState = 'EXPECTED' | 'ERROR' | 'FAILURE' | 'PENDING' | 'SUCCESS' | 'UNKNOWN';
export type CheckStatus = 'QUEUED' | 'IN_PROGRESS' | 'WAITING' | 'COMPLETED' | 'UNKNOWN';
export type CheckConclusion =
  | 'SUCCESS'
  | 'FAILURE'
  | 'NEUTRAL'
  | 'CANCELLED'
  | 'SKIPPED'
  | 'TIMED_OUT'
  | 'ACTION_REQUIRED'
  | 'STALE'
  | 'STARTUP_FAILURE'
  | 'ERROR'
  | 'UNKNOWN';

/**
 * A check of the head commit. `conclusion` is null until it is COMPLETED, and UNKNOWN where GitHub gives a completed one
 * none, as it does for a while. Words of GitHub's that are not known are kept raw beside UNKNOWN.
 */
export interface CheckFact {
  /** `CHECK_RUN:<GitHub's id>`, or `STATUS:<context>` for a commit status. */
  readonly checkId: string;
  readonly headSha: string;
  readonly name: string;
  /** Slug of the GitHub App that runs it. */
  readonly app: string | null;
  readonly status: CheckStatus;
  readonly statusRaw: string | null;
  readonly conclusion: CheckConclusion | null;
  readonly conclusionRaw: string | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
}

export type AiSignalKind =
  'TEXT' | 'CO_AUTHOR' | 'TRAILER' | 'COMMIT_AUTHOR' | 'ACCOUNT' | 'BRANCH' | 'LABEL' | 'FILE';

/** WEAK is what a person or another program may have caused as well. */
export type AiSignalStrength = 'STRONG' | 'WEAK';

/** Evidence that an AI tool took part. */
export interface AiSignalFact {
  /** Key of the tool in the list of tools, such as `claude-code`. */
  readonly tool: string;
  readonly kind: AiSignalKind;
  /** Where it was found: `title`, `body`, `author`, `branch`, `label`, `commit:<sha>`, `file:<path>`, `review:<id>`. */
  readonly location: string;
  /** What matched, 1 to 300 characters. */
  readonly evidence: string;
  readonly strength: AiSignalStrength;
}

/** Lists within a pull request that come in pages of their own once they are long. TIMELINE holds reviews too. */
export type NestedListName = 'LABELS' | 'TIMELINE' | 'COMMITS' | 'FILES' | 'CHECKS';

/**
 * Something of a pull request that could not be read: the entry it belongs to is left out, or its value is unknown. The
 * pull request stands.
 */
export interface GapFact {
  /** The list that the entry is in; PULL_REQUEST for what is the pull request's own. */
  readonly list: NestedListName | 'PULL_REQUEST';
  /** What names the entry within the list, or its place where that cannot be read. 1 to 300 characters. */
  readonly item: string;
  /** What could not be read: `conclusion`, or `entry` where the whole of it is left out. */
  readonly field: string;
  /** GitHub's word, where it is one that is not known; null where nothing legible was there. */
  readonly word: string | null;
  readonly reason: string;
}

/** Where a nested list has to be read on. */
export interface UnreadList {
  readonly list: NestedListName;
  readonly cursor: string;
}

/** A pull request with everything nested in it, as one page of a sync brings it. */
export interface PullRequestFact {
  readonly githubId: bigint;
  readonly number: number;
  readonly title: string;
  /** Cleaned Markdown; null where the source has none. */
  readonly body: string | null;
  readonly url: string;
  readonly state: PullRequestState;
  readonly isDraft: boolean;
  readonly author: ActorFact;
  /** Whether GitHub counts the author among the repository's own people. */
  readonly authorIsInternal: boolean;
  readonly mergedBy: ActorFact | null;
  readonly baseBranch: string;
  readonly headBranch: string;
  /** Whether the head is a branch of a fork; null where the source does not say. */
  readonly isCrossRepository?: boolean | null;
  readonly headSha: string;
  readonly mergeCommitSha: string | null;
  /** Lines and files; null where the source did not say, never zero for that. */
  readonly additions: bigint | null;
  readonly deletions: bigint | null;
  readonly changedFiles: bigint | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly mergedAt: Date | null;
  readonly closedAt: Date | null;
  readonly labels: readonly string[];
  readonly reviews: readonly ReviewFact[];
  /** Comments on the whole of it; those on lines of the diff have a stage of their own. */
  readonly comments: readonly CommentFact[];
  /** Comments of all kinds, as GitHub counts them; null where the source does not say. */
  readonly commentCount: number | null;
  readonly events: readonly PullRequestEventFact[];
  /** State and checks of the head commit; null where it has none, or the source does not say. */
  readonly checkState: CheckState | null;
  /** The source's word for the state where it is not known, else null. */
  readonly checkStateRaw: string | null;
  readonly checks: readonly CheckFact[] | null;
  readonly aiSignals: readonly AiSignalFact[];
  /** What of it could not be read. */
  readonly gaps: readonly GapFact[];
  readonly commits: readonly CommitFact[];
  /** Null where the source has no list of files. */
  readonly files: readonly FileFact[] | null;
  /** Nested lists that were longer than the page that was read: it counts once none is left. */
  readonly unread: readonly UnreadList[];
  /** True when text from outside held characters, or a commit a date, that cannot be stored and were replaced. */
  readonly textCleaned: boolean;
}

/** What is nested in a pull request, and which of it came in whole. */
export type NestedFacts = Pick<
  PullRequestFact,
  | 'labels'
  | 'reviews'
  | 'comments'
  | 'events'
  | 'commits'
  | 'files'
  | 'checks'
  | 'aiSignals'
  | 'gaps'
  | 'unread'
>;

/** A page of one nested list of a pull request that is read on. */
export interface NestedPage {
  /** What the page holds; lists of other names are empty, and all count as unread. */
  readonly facts: NestedFacts;
  /** With CHECKS: the state of all of them. */
  readonly checkState: CheckState | null;
  readonly checkStateRaw: string | null;
  /** Null at the end of the list. */
  readonly nextCursor: string | null;
}

/** A repository as GitHub names it now. `githubId` stays over renames and transfers. */
export interface RepositoryFact {
  readonly githubId: bigint;
  readonly owner: string;
  readonly name: string;
  readonly defaultBranch: string | null;
  readonly isPrivate: boolean;
  readonly isArchived: boolean;
  readonly isEmpty: boolean;
}

export type GitHubResource = 'graphql' | 'core';

/** What GitHub said about its limit with an answer. Points; `resetAt` is when the next window starts. */
export interface QuotaFact {
  /** GraphQL and REST are counted apart. */
  readonly resource: GitHubResource;
  readonly limit: number;
  readonly remaining: number;
  readonly used: number;
  readonly cost: number;
  readonly resetAt: Date;
}

/** A row of a page that could not be read, with its number where that was legible. */
export interface RejectedFact {
  readonly naturalKey: string;
  readonly reasonCode: string;
  readonly reason: string;
}

/** The newest of what has a stage of its own: the pull requests' first page shows whether that stage has to run. */
export interface StageHeads {
  /** GitHub's id of the newest deployment and release; null when there is none. */
  readonly deploymentId: bigint | null;
  readonly releaseId: bigint | null;
}

/** One page of a sync, newest-updated first. */
export interface PullRequestPage {
  readonly repository: RepositoryFact;
  /** Null when they were not asked for: only the first page of a sync has them. */
  readonly heads: StageHeads | null;
  readonly pullRequests: readonly PullRequestFact[];
  readonly rejected: readonly RejectedFact[];
  readonly totalCount: number;
  /** Null at the end, and where GitHub does not say how to go on: the page has rejected that then. */
  readonly nextCursor: string | null;
  readonly quota: QuotaFact | null;
}

import type { ActorFact } from './actor.ts';
import type { FileCategory } from './file-category.ts';

export type PullRequestState = 'OPEN' | 'CLOSED' | 'MERGED';
export type ReviewState = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';
export type FileChangeType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'RENAMED' | 'COPIED' | 'CHANGED';

/** A submitted review; pending ones are nobody's business yet and are left out. */
export interface ReviewFact {
  readonly githubId: bigint;
  readonly author: ActorFact;
  readonly state: ReviewState;
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
  readonly authoredAt: Date;
  readonly committedAt: Date;
}

export interface FileFact {
  readonly path: string;
  readonly changeType: FileChangeType;
  readonly category: FileCategory;
  readonly additions: bigint;
  readonly deletions: bigint;
}

/** A pull request with everything nested in it, as one page of the walk brings it. */
export interface PullRequestFact {
  readonly githubId: bigint;
  readonly number: number;
  readonly title: string;
  readonly url: string;
  readonly state: PullRequestState;
  readonly isDraft: boolean;
  readonly author: ActorFact;
  /** Whether GitHub counts the author among the repository's own people. */
  readonly authorIsInsider: boolean;
  readonly mergedBy: ActorFact | null;
  readonly baseBranch: string;
  readonly headBranch: string;
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
  readonly readyForReviewAt: readonly Date[];
  readonly labels: readonly string[];
  readonly reviews: readonly ReviewFact[];
  readonly commits: readonly CommitFact[];
  /** Null where the source has no list of files. */
  readonly files: readonly FileFact[] | null;
  /** False when a nested list was longer than the page that was read. */
  readonly complete: boolean;
  /** True when text from outside held characters that cannot be stored and were replaced. */
  readonly textCleaned: boolean;
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

/** What GitHub said about its limit with an answer. Points; `resetAt` is when the window starts anew. */
export interface QuotaFact {
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

/** One page of a walk, newest-updated first. */
export interface PullRequestPage {
  readonly repository: RepositoryFact;
  readonly pullRequests: readonly PullRequestFact[];
  readonly rejected: readonly RejectedFact[];
  readonly totalCount: number;
  readonly endCursor: string | null;
  readonly hasNextPage: boolean;
  readonly quota: QuotaFact | null;
}

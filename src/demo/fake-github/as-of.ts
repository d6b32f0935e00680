import type {
  CommitData,
  EventData,
  FileData,
  Instant,
  LabelData,
  PullRequestData,
  ReviewCommentData,
  ReviewData,
  CommentData,
} from '../core/github-data.ts';

export type PullRequestState = 'OPEN' | 'CLOSED' | 'MERGED';

/** A pull request as it stood at one moment: later things are left out altogether. */
export interface PullRequestView {
  readonly data: PullRequestData;
  readonly state: PullRequestState;
  readonly isDraft: boolean;
  readonly updatedAt: Instant;
  readonly mergedAt: Instant | null;
  readonly closedAt: Instant | null;
  readonly mergedBy: string | null;
  readonly headOid: string;
  readonly baseRefName: string;
  readonly labels: readonly LabelData[];
  readonly commits: readonly CommitData[];
  readonly reviews: readonly ReviewData[];
  readonly reviewComments: readonly ReviewCommentData[];
  readonly comments: readonly CommentData[];
  readonly events: readonly EventData[];
  /** Logins whose review is still awaited. */
  readonly pendingReviewers: readonly string[];
  /** Null when unknown; without a size of the source's the counts are 0 then, as GitHub's schema has no null for them. */
  readonly files: readonly FileData[] | null;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
}

/** When a pull request last changed before or at a moment, and when it changes next. */
export interface Touch {
  /** Null when it does not exist yet. */
  readonly updatedAt: Instant | null;
  /** Null when nothing more is known to happen. */
  readonly nextChangeAt: Instant | null;
}

/** A commit that git names for branches without a commit that is known. */
const UNKNOWN_OID = '0'.repeat(40);

function* instantsOf(data: PullRequestData): Generator<Instant | null> {
  yield data.createdAt;
  yield data.updatedAt;
  yield data.mergedAt;
  yield data.closedAt;
  for (const label of data.labels) yield label.addedAt;
  for (const commit of data.commits) {
    yield commit.pushedAt;
    yield commit.goneAt ?? null;
  }
  for (const review of data.reviews) yield review.submittedAt;
  for (const comment of [...data.reviewComments, ...data.comments]) {
    yield comment.createdAt;
    yield comment.editedAt ?? null;
  }
  for (const event of data.events) yield event.at;
  for (const file of data.files ?? []) yield file.since;
}

/**
 * Reads the instants of a pull request once. `updatedAt` is the latest thing that happened until `at`, as on GitHub;
 * a source that says its own `updatedAt` is believed from that instant on.
 */
export function touchAt(data: PullRequestData, at: Instant): Touch {
  let updatedAt = data.createdAt;
  let nextChangeAt: Instant | null = null;
  for (const instant of instantsOf(data)) {
    if (instant === null) continue;
    if (instant <= at) {
      if (instant > updatedAt) updatedAt = instant;
    } else if (nextChangeAt === null || instant < nextChangeAt) {
      nextChangeAt = instant;
    }
  }
  if (data.updatedAt !== null && data.updatedAt <= at) {
    updatedAt = data.updatedAt;
  }
  return { updatedAt: data.createdAt <= at ? updatedAt : null, nextChangeAt };
}

/** The state of an existing pull request at a moment. */
export function stateAt(data: PullRequestData, at: Instant): PullRequestState {
  if (data.mergedAt !== null && data.mergedAt <= at) return 'MERGED';
  return closedAtOf(data, at) === null ? 'OPEN' : 'CLOSED';
}

/** Since when it is closed; null while it is open. */
function closedAtOf(data: PullRequestData, at: Instant): Instant | null {
  if (data.closedAt !== null && data.closedAt <= at) return data.closedAt;
  const last = data.events.findLast(
    (event) => event.at <= at && (event.kind === 'CLOSED' || event.kind === 'REOPENED'),
  );
  return last?.kind === 'CLOSED' ? last.at : null;
}

function isDraftAt(data: PullRequestData, events: readonly EventData[]): boolean {
  const last = events.findLast(
    ({ kind }) => kind === 'READY_FOR_REVIEW' || kind === 'CONVERT_TO_DRAFT',
  );
  return last === undefined ? data.openedAsDraft : last.kind === 'CONVERT_TO_DRAFT';
}

function baseAt(data: PullRequestData, at: Instant): string {
  const next = data.events.find((event) => event.kind === 'BASE_REF_CHANGED' && event.at > at);
  return next?.kind === 'BASE_REF_CHANGED' ? next.before : data.baseRefName;
}

function pendingReviewersAt(
  data: PullRequestData,
  events: readonly EventData[],
  reviews: readonly ReviewData[],
): string[] {
  const askedAt = new Map<string, Instant>();
  for (const event of events) {
    if (event.kind === 'REVIEW_REQUESTED') askedAt.set(event.reviewer, event.at);
    else if (event.kind === 'REVIEW_REQUEST_REMOVED') askedAt.delete(event.reviewer);
  }
  for (const review of reviews) {
    const asked = review.author === null ? undefined : askedAt.get(review.author);
    if (review.author !== null && asked !== undefined && review.submittedAt >= asked) {
      askedAt.delete(review.author);
    }
  }
  return [...new Set([...data.requestedReviewers, ...askedAt.keys()])];
}

function sum(files: readonly FileData[] | null, part: 'additions' | 'deletions'): number {
  return (files ?? []).reduce((total, file) => total + file[part], 0);
}

/** The pull request as of `at`; null when it is not open yet. Lists keep their order. */
export function viewPullRequest(data: PullRequestData, at: Instant): PullRequestView | null {
  const { updatedAt } = touchAt(data, at);
  if (updatedAt === null) {
    return null;
  }
  const state = stateAt(data, at);
  const commits = data.commits.filter(
    (commit) => commit.pushedAt <= at && (commit.goneAt === undefined || commit.goneAt > at),
  );
  const headOid = data.headOid ?? commits.at(-1)?.oid ?? UNKNOWN_OID;
  const reviews = data.reviews.filter((review) => review.submittedAt <= at);
  const events = data.events.filter((event) => event.at <= at);
  const files = data.files?.filter((file) => file.since <= at) ?? null;
  return {
    data,
    state,
    isDraft: isDraftAt(data, events),
    updatedAt,
    mergedAt: state === 'MERGED' ? data.mergedAt : null,
    closedAt: state === 'MERGED' ? (data.closedAt ?? data.mergedAt) : closedAtOf(data, at),
    mergedBy: state === 'MERGED' ? data.mergedBy : null,
    headOid,
    baseRefName: baseAt(data, at),
    labels: data.labels.filter((label) => label.addedAt <= at),
    commits,
    reviews,
    reviewComments: data.reviewComments.filter((comment) => comment.createdAt <= at),
    comments: data.comments.filter((comment) => comment.createdAt <= at),
    events,
    pendingReviewers: pendingReviewersAt(data, events, reviews),
    files,
    additions: data.size?.additions ?? sum(files, 'additions'),
    deletions: data.size?.deletions ?? sum(files, 'deletions'),
    changedFiles: data.size?.changedFiles ?? files?.length ?? 0,
  };
}

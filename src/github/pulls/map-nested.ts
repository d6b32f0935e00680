import { parseInstant } from '../../domain/core/instants.ts';
import { classifyActor, GHOST, type ActorFact } from '../../domain/members/actor.ts';
import { signalsOfLabels } from '../../domain/pulls/ai-branches-and-labels.ts';
import {
  signalsOfAccount,
  signalsOfCommit,
  signalsOfFile,
  signalsOfText,
} from '../../domain/pulls/ai-detection.ts';
import { classifyFile } from '../../domain/pulls/file-category.ts';
import type {
  AiSignalFact,
  CheckState,
  CommentFact,
  CommitFact,
  FileChangeType,
  FileFact,
  PullRequestEventFact,
  PullRequestEventKind,
  ReviewFact,
  ReviewState,
} from '../../domain/pulls/github-facts.ts';
import { isInside } from './association.ts';
import { toCheck } from './map-checks.ts';
import { coAuthorsOf, signalsOfMakers } from './map-commit-makers.ts';
import type { CommitNode, FileNode, TimelineItem } from './nested-pages.ts';
import type { PullRequestNode } from './pull-request-query.ts';
import { nodesOf } from '../transport/answers.ts';
import { oneOf, type TextCleaner, toId, toInstant, toSize } from '../transport/wire-values.ts';

const REVIEW_STATES: ReadonlySet<ReviewState> = new Set([
  'APPROVED',
  'CHANGES_REQUESTED',
  'COMMENTED',
  'DISMISSED',
]);
const CHECK_STATES: ReadonlySet<CheckState> = new Set([
  'EXPECTED',
  'ERROR',
  'FAILURE',
  'PENDING',
  'SUCCESS',
]);
const CHANGE_TYPES: ReadonlySet<FileChangeType> = new Set([
  'ADDED',
  'MODIFIED',
  'DELETED',
  'RENAMED',
  'COPIED',
  'CHANGED',
]);
const EVENT_KINDS: ReadonlyMap<string, PullRequestEventKind> = new Map([
  ['ReadyForReviewEvent', 'READY_FOR_REVIEW'],
  ['ConvertToDraftEvent', 'CONVERT_TO_DRAFT'],
  ['ReviewRequestedEvent', 'REVIEW_REQUESTED'],
  ['ReviewRequestRemovedEvent', 'REVIEW_REQUEST_REMOVED'],
  ['HeadRefForcePushedEvent', 'FORCE_PUSHED'],
  ['BaseRefChangedEvent', 'BASE_CHANGED'],
  ['ClosedEvent', 'CLOSED'],
  ['ReopenedEvent', 'REOPENED'],
]);
/** An address within angle brackets, as trailers have it. */
const ADDRESS = /<[^<>\s]*@[^<>\s]*>/g;

/** An account as both APIs name it: only people have a name. */
interface AccountNode {
  readonly __typename: string;
  readonly login: string;
  readonly databaseId?: number | bigint | null;
  readonly name?: string | null;
}

/** An account; a deleted one is @ghost, which GitHub names where its schema promises an account. */
export function toActor(raw: AccountNode | null, cleaner: TextCleaner): ActorFact {
  if (raw == null) {
    return GHOST;
  }
  const login = cleaner.cleanKey(raw.login, 'login');
  const githubId = toId(raw.databaseId, `id of account ${login}`);
  if (githubId === GHOST.githubId) {
    return GHOST;
  }
  return {
    githubId,
    login,
    name: raw.name ? cleaner.clean(raw.name, 'name') : null,
    ...classifyActor(login, raw.__typename),
  };
}

/** The first or next page of each list, as far as it came. */
export function pagesOf(raw: Partial<PullRequestNode>) {
  return {
    LABELS: raw.labels,
    TIMELINE: raw.timelineItems,
    COMMITS: raw.commits,
    FILES: raw.files,
    CHECKS: raw.statusCheckRollup?.contexts,
  };
}

/** What is nested in a pull request, whether it came with it or in a page of its own; a list that did not come is empty. */
export function toLists(raw: Partial<PullRequestNode>, headSha: string, cleaner: TextCleaner) {
  const rollup = raw.statusCheckRollup ?? null;
  const { aiSignals, ...timeline } = toTimeline(nodesOf(raw.timelineItems), cleaner);
  const commits = nodesOf(raw.commits).flatMap(({ commit }) => toCommit(commit, cleaner));
  const files = nodesOf(raw.files).map((file) => toFile(file, cleaner));
  const labels = [
    ...new Set(nodesOf(raw.labels).map(({ name }) => cleaner.cleanKey(name, 'label'))),
  ];
  return {
    ...timeline,
    labels,
    commits: commits.map(({ commit }) => commit),
    files: files.map(({ file }) => file),
    checks: nodesOf(rollup?.contexts).map((check) => toCheck(check, headSha, cleaner)),
    checkState: rollup === null ? null : oneOf(rollup.state, CHECK_STATES, 'state of the checks'),
    aiSignals: [
      ...aiSignals,
      ...signalsOfLabels(labels),
      ...[...commits, ...files].flatMap((entry) => entry.aiSignals),
    ],
  };
}

type ItemOf<Typename> = Extract<TimelineItem, { readonly __typename: Typename }>;

/** What a timeline holds, by kind. */
interface TimelineFacts {
  readonly reviews: readonly ReviewFact[];
  readonly comments: readonly CommentFact[];
  readonly events: readonly PullRequestEventFact[];
  readonly aiSignals: readonly AiSignalFact[];
}

/** @throws UnreadableError when an item is not as GitHub's schema promises */
function toTimeline(items: readonly TimelineItem[], cleaner: TextCleaner): TimelineFacts {
  const reviews: ReviewFact[] = [];
  const comments: CommentFact[] = [];
  const events: PullRequestEventFact[] = [];
  for (const item of items) {
    if (item.__typename === 'PullRequestReview') {
      reviews.push(...toReview(item, cleaner));
    } else if (item.__typename === 'IssueComment') {
      comments.push(toIssueComment(item, cleaner));
    } else {
      events.push(...toEvent(item, cleaner));
    }
  }
  const aiSignals = reviews.flatMap((review) => [
    ...signalsOfAccount(`review:${review.githubId}`, review.author),
    ...signalsOfText(`review:${review.githubId}`, review.body ?? ''),
  ]);
  return { reviews, comments, events, aiSignals };
}

/** Reviews that are not submitted yet have no time and are left out. */
function toReview(raw: ItemOf<'PullRequestReview'>, cleaner: TextCleaner): ReviewFact[] {
  if (raw.submittedAt === null || raw.state === 'PENDING') {
    return [];
  }
  return [
    {
      githubId: toId(raw.fullDatabaseId ?? raw.databaseId, 'id of a review'),
      author: toActor(raw.author, cleaner),
      authorIsInternal: isInside(raw.authorAssociation),
      state: oneOf(raw.state, REVIEW_STATES, 'state of a review'),
      body: raw.body ? cleaner.clean(raw.body, 'text of a review') : null,
      submittedAt: toInstant(raw.submittedAt, 'time of a review'),
    },
  ];
}

function toIssueComment(raw: ItemOf<'IssueComment'>, cleaner: TextCleaner): CommentFact {
  return {
    kind: 'ISSUE',
    githubId: toId(raw.fullDatabaseId ?? raw.databaseId, 'id of a comment'),
    author: toActor(raw.author, cleaner),
    authorIsInternal: isInside(raw.authorAssociation),
    body: cleaner.clean(raw.body, 'comment'),
    path: null,
    reviewId: null,
    replyToId: null,
    createdAt: toInstant(raw.createdAt, 'time of a comment'),
    updatedAt: toInstant(raw.updatedAt, 'time of a comment'),
  };
}

/** Kinds of events that are not known are left out: GitHub adds new ones. */
function toEvent(
  raw: Exclude<TimelineItem, ItemOf<'PullRequestReview' | 'IssueComment'>>,
  cleaner: TextCleaner,
): PullRequestEventFact[] {
  const kind = EVENT_KINDS.get(raw.__typename);
  if (kind === undefined) {
    return [];
  }
  const [before, after] =
    raw.__typename === 'BaseRefChangedEvent'
      ? [raw.previousRefName, raw.currentRefName]
      : 'beforeCommit' in raw
        ? [raw.beforeCommit?.oid, raw.afterCommit?.oid]
        : [];
  return [
    {
      eventId: cleaner.cleanKey(raw.id, 'id of an event'),
      kind,
      actor: raw.actor === null ? null : toActor(raw.actor, cleaner),
      ...toSubject('requestedReviewer' in raw ? raw.requestedReviewer : null, cleaner),
      before: before === undefined ? null : cleaner.clean(before, 'what an event replaced'),
      after: after === undefined ? null : cleaner.clean(after, 'what an event brought'),
      occurredAt: toInstant(raw.createdAt, 'time of an event'),
    },
  ];
}

function toSubject(
  raw: ItemOf<'ReviewRequestedEvent'>['requestedReviewer'],
  cleaner: TextCleaner,
): Pick<PullRequestEventFact, 'subject' | 'subjectName'> {
  if (raw == null) {
    return { subject: null, subjectName: null };
  }
  if ('slug' in raw) {
    return { subject: null, subjectName: raw.slug ? cleaner.clean(raw.slug, 'team') : null };
  }
  // A kind of reviewer that this code does not know has none of the fields that were asked for.
  if (!('login' in raw)) {
    return { subject: null, subjectName: null };
  }
  const subject = toActor(raw, cleaner);
  return { subject, subjectName: subject.login };
}

/**
 * When a commit was authored and committed. Git takes both from the clock of whoever made it, or from what they say: one
 * that no column holds is replaced by the other, which leaves the pull request readable, and counts as replaced text.
 * @returns null where neither can be held
 */
function toCommitDates(
  { authoredDate, committedDate }: CommitNode,
  cleaner: TextCleaner,
): Pick<CommitFact, 'authoredAt' | 'committedAt'> | null {
  const [authored, committed] = [authoredDate, committedDate].map((date) =>
    typeof date === 'string' ? parseInstant(date) : toInstant(date, 'date of a commit'),
  );
  cleaner.replaced ||= authored == null || committed == null;
  const authoredAt = authored ?? committed;
  const committedAt = committed ?? authored;
  return authoredAt == null || committedAt == null ? null : { authoredAt, committedAt };
}

/**
 * A commit with the signals that its message holds: they are looked for before addresses are taken out. None where no
 * column holds a date of it.
 */
function toCommit(
  raw: CommitNode,
  cleaner: TextCleaner,
): { readonly commit: CommitFact; readonly aiSignals: readonly AiSignalFact[] }[] {
  const dates = toCommitDates(raw, cleaner);
  if (dates === null) {
    return [];
  }
  const user = raw.author?.user;
  const sha = cleaner.cleanKey(raw.oid, 'sha of a commit');
  const message = cleaner.clean(raw.message, 'message of a commit');
  const headline = cleaner.clean(raw.messageHeadline, 'headline of a commit');
  const body = message.split('\n').slice(1).join('\n').replaceAll(ADDRESS, '').trim();
  const commit: CommitFact = {
    sha,
    author: user?.databaseId == null ? null : toActor({ ...user, __typename: 'User' }, cleaner),
    authorName: raw.author?.name ? cleaner.clean(raw.author.name, 'author of a commit') : null,
    headline,
    coAuthors: coAuthorsOf(message),
    body: body === '' ? null : body,
    ...dates,
  };
  const ofMessage = signalsOfCommit(sha, message, [dates.authoredAt, dates.committedAt]);
  return [{ commit, aiSignals: [...ofMessage, ...signalsOfMakers(sha, raw)] }];
}

/** A file with the signal that its path may be. */
function toFile(
  raw: FileNode,
  cleaner: TextCleaner,
): { readonly file: FileFact; readonly aiSignals: readonly AiSignalFact[] } {
  const path = cleaner.cleanKey(raw.path, 'path of a file');
  const file: FileFact = {
    path,
    changeType: oneOf(raw.changeType, CHANGE_TYPES, 'change of a file'),
    category: classifyFile(path),
    additions: toSize(raw.additions, 'additions of a file'),
    deletions: toSize(raw.deletions, 'deletions of a file'),
  };
  return { file, aiSignals: signalsOfFile(path) };
}

import { classifyActor, GHOST, type ActorFact } from '../../domain/members/actor.ts';
import {
  signalsOfAccount,
  signalsOfCommit,
  signalsOfFile,
  signalsOfText,
} from '../../domain/pulls/ai-detection.ts';
import { classifyFile } from '../../domain/pulls/file-category.ts';
import type {
  AiSignalFact,
  CommentFact,
  CommitFact,
  FileChangeType,
  FileFact,
  PullRequestEventFact,
  PullRequestEventKind,
  ReviewFact,
  ReviewState,
} from '../../domain/pulls/github-facts.ts';
import type {
  RawActor,
  RawCommit,
  RawEvent,
  RawFile,
  RawIssueComment,
  RawRequestedReviewer,
  RawReview,
  RawTimelineItem,
} from './raw-pull-request.ts';
import { oneOf, type TextCleaner, toId, toInstant, toSize } from '../transport/wire-values.ts';

/** Reads what is nested in a pull request, whether it came with it or in a page of its own. */

const REVIEW_STATES: ReadonlySet<ReviewState> = new Set([
  'APPROVED',
  'CHANGES_REQUESTED',
  'COMMENTED',
  'DISMISSED',
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
const CO_AUTHOR = /^co-authored-by:[ \t]*([^<\r\n]*)/gim;

/** An address within angle brackets, as trailers have it. */
const ADDRESS = /<[^<>\s]*@[^<>\s]*>/g;

/** What a list of nodes holds, without the holes that GitHub leaves for what may not be seen. */
export function nodesOf<Node>(
  list: { readonly nodes: readonly (Node | null)[] | null } | null | undefined,
): Node[] {
  return (list?.nodes ?? []).filter((node): node is Node & {} => node !== null);
}

/** An account; a deleted one is @ghost, which GitHub names where its schema promises an account. */
export function toActor(raw: RawActor | null | undefined, cleaner: TextCleaner): ActorFact {
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

/** What a timeline holds, by kind. */
export interface TimelineFacts {
  readonly reviews: readonly ReviewFact[];
  readonly comments: readonly CommentFact[];
  readonly events: readonly PullRequestEventFact[];
  readonly aiSignals: readonly AiSignalFact[];
}

/** @throws UnreadableError when an item is not as GitHub's schema promises */
export function toTimeline(items: readonly RawTimelineItem[], cleaner: TextCleaner): TimelineFacts {
  const reviews: ReviewFact[] = [];
  const comments: CommentFact[] = [];
  const events: PullRequestEventFact[] = [];
  for (const item of items) {
    if (item.__typename === 'PullRequestReview') {
      reviews.push(...toReview(item as RawReview, cleaner));
    } else if (item.__typename === 'IssueComment') {
      comments.push(toIssueComment(item as RawIssueComment, cleaner));
    } else {
      events.push(...toEvent(item.__typename, item as RawEvent, cleaner));
    }
  }
  const aiSignals = reviews.flatMap((review) => [
    ...signalsOfAccount(`review:${review.githubId}`, review.author),
    ...signalsOfText(`review:${review.githubId}`, review.body ?? ''),
  ]);
  return { reviews, comments, events, aiSignals };
}

/** Reviews that are not submitted yet have no time and are left out. */
function toReview(raw: RawReview, cleaner: TextCleaner): ReviewFact[] {
  if (raw.submittedAt === null || raw.state === 'PENDING') {
    return [];
  }
  return [
    {
      githubId: toId(raw.fullDatabaseId ?? raw.databaseId, 'id of a review'),
      author: toActor(raw.author, cleaner),
      state: oneOf(raw.state, REVIEW_STATES, 'state of a review'),
      body: raw.body ? cleaner.clean(raw.body, 'text of a review') : null,
      submittedAt: toInstant(raw.submittedAt, 'time of a review'),
    },
  ];
}

function toIssueComment(raw: RawIssueComment, cleaner: TextCleaner): CommentFact {
  return {
    kind: 'ISSUE',
    githubId: toId(raw.fullDatabaseId ?? raw.databaseId, 'id of a comment'),
    author: toActor(raw.author, cleaner),
    body: cleaner.clean(raw.body, 'comment'),
    path: null,
    reviewId: null,
    replyToId: null,
    createdAt: toInstant(raw.createdAt, 'time of a comment'),
    updatedAt: toInstant(raw.updatedAt, 'time of a comment'),
  };
}

/** Kinds of events that are not known are left out: GitHub adds new ones. */
function toEvent(typename: string, raw: RawEvent, cleaner: TextCleaner): PullRequestEventFact[] {
  const kind = EVENT_KINDS.get(typename);
  if (kind === undefined) {
    return [];
  }
  const [before, after] =
    kind === 'BASE_CHANGED'
      ? [raw.previousRefName, raw.currentRefName]
      : [raw.beforeCommit?.oid, raw.afterCommit?.oid];
  return [
    {
      eventId: cleaner.cleanKey(raw.id, 'id of an event'),
      kind,
      actor: raw.actor === null ? null : toActor(raw.actor, cleaner),
      ...toSubject(raw.requestedReviewer, cleaner),
      before: before === undefined ? null : cleaner.clean(before, 'what an event replaced'),
      after: after === undefined ? null : cleaner.clean(after, 'what an event brought'),
      occurredAt: toInstant(raw.createdAt, 'time of an event'),
    },
  ];
}

function toSubject(
  raw: RawRequestedReviewer | null | undefined,
  cleaner: TextCleaner,
): Pick<PullRequestEventFact, 'subject' | 'subjectName'> {
  if (raw == null) {
    return { subject: null, subjectName: null };
  }
  if (raw.login === undefined) {
    return { subject: null, subjectName: raw.slug ? cleaner.clean(raw.slug, 'team') : null };
  }
  const subject = toActor({ ...raw, login: raw.login }, cleaner);
  return { subject, subjectName: subject.login };
}

/** A commit with the signals that its message holds: they are looked for before addresses are taken out. */
export function toCommit(
  raw: RawCommit,
  cleaner: TextCleaner,
): { readonly commit: CommitFact; readonly aiSignals: readonly AiSignalFact[] } {
  const user = raw.author?.user ?? null;
  const sha = cleaner.cleanKey(raw.oid, 'sha of a commit');
  const message = cleaner.clean(raw.message, 'message of a commit');
  const headline = cleaner.clean(raw.messageHeadline, 'headline of a commit');
  const body = message.split('\n').slice(1).join('\n').replaceAll(ADDRESS, '').trim();
  const commit: CommitFact = {
    sha,
    author:
      user === null || user.databaseId == null
        ? null
        : toActor({ ...user, __typename: 'User' }, cleaner),
    authorName: raw.author?.name ? cleaner.clean(raw.author.name, 'author of a commit') : null,
    headline,
    coAuthors: [...message.matchAll(CO_AUTHOR)].flatMap(([, name]) => {
      const trimmed = (name ?? '').trim();
      return trimmed === '' ? [] : [trimmed];
    }),
    body: body === '' ? null : body,
    authoredAt: toInstant(raw.authoredDate, 'date of a commit'),
    committedAt: toInstant(raw.committedDate, 'date of a commit'),
  };
  return { commit, aiSignals: signalsOfCommit(sha, message) };
}

/** A file with the signal that its path may be. */
export function toFile(
  raw: RawFile,
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

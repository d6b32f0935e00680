import { GHOST } from '../../domain/members/actor.ts';
import { signalsOfAccount, signalsOfText } from '../../domain/pulls/ai-detection.ts';
import type {
  AiSignalFact,
  CommentFact,
  PullRequestEventFact,
  PullRequestEventKind,
  ReviewFact,
} from '../../domain/pulls/github-facts.ts';
import { toId, toInstant } from '../transport/wire-values.ts';
import { isInside } from './association.ts';
import { wordsOf, type EntryReader } from './entry-reader.ts';
import { fullIdOf } from './full-id.ts';
import { readActor } from './map-account.ts';
import type { TimelineItem } from './nested-pages.ts';

/** States of submitted reviews. */
const REVIEW_STATES = wordsOf('APPROVED', 'CHANGES_REQUESTED', 'COMMENTED', 'DISMISSED');

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

type ItemOf<Typename> = Extract<TimelineItem, { readonly __typename: Typename }>;

/** What one item of a timeline is. */
export type TimelineFact =
  | { readonly review: ReviewFact; readonly aiSignals: readonly AiSignalFact[] }
  | { readonly comment: CommentFact }
  | { readonly event: PullRequestEventFact };

/** What names an item, for the gaps that it has. */
export function timelineItemOf(item: TimelineItem): unknown {
  if (item.__typename === 'PullRequestReview' || item.__typename === 'IssueComment') {
    const id = fullIdOf(item);
    return id == null ? null : `${item.__typename}:${String(id)}`;
  }
  return 'id' in item ? item.id : null;
}

/**
 * Reads an item: a review, a comment or an event. Kinds of events that are not known are left out: GitHub adds new ones.
 * @throws UnreadableError, TypeError where it cannot be told which one it is, or when it was
 */
export function toTimelineFact(item: TimelineItem, reader: EntryReader): TimelineFact[] {
  if (item.__typename === 'PullRequestReview') {
    return toReview(item, reader).map((review) => ({
      review,
      aiSignals: [
        ...signalsOfAccount(`review:${review.githubId}`, review.author),
        ...signalsOfText(`review:${review.githubId}`, review.body ?? ''),
      ],
    }));
  }
  return item.__typename === 'IssueComment'
    ? [{ comment: toIssueComment(item, reader) }]
    : toEvent(item, reader).map((event) => ({ event }));
}

/** Reviews that are not submitted yet have no time and are left out. One in a state that is not known is a comment. */
function toReview(raw: ItemOf<'PullRequestReview'>, reader: EntryReader): ReviewFact[] {
  if (raw.submittedAt === null || raw.state === 'PENDING') {
    return [];
  }
  const { cleaner } = reader;
  const { body, submittedAt } = raw;
  const state = reader.word('review.state', raw.state, REVIEW_STATES);
  return [
    {
      githubId: toId(fullIdOf(raw), 'id of a review'),
      author: readActor(raw.author, reader, 'reviewer') ?? GHOST,
      authorIsInternal: isInside(raw.authorAssociation),
      state: state.known ?? 'COMMENTED',
      stateRaw: state.raw,
      body: reader.optional('body', () => (body ? cleaner.clean(body, 'text of a review') : null)),
      submittedAt: toInstant(submittedAt, 'time of a review'),
    },
  ];
}

function toIssueComment(raw: ItemOf<'IssueComment'>, reader: EntryReader): CommentFact {
  const createdAt = toInstant(raw.createdAt, 'time of a comment');
  return {
    kind: 'ISSUE',
    githubId: toId(fullIdOf(raw), 'id of a comment'),
    author: readActor(raw.author, reader, 'author') ?? GHOST,
    authorIsInternal: isInside(raw.authorAssociation),
    // A column that takes no null: the gap says that it is not an empty comment.
    body: reader.optional('body', () => reader.cleaner.clean(raw.body, 'comment')) ?? '',
    path: null,
    reviewId: null,
    replyToId: null,
    createdAt,
    updatedAt:
      reader.optional('updatedAt', () => toInstant(raw.updatedAt, 'time of a comment')) ??
      createdAt,
  };
}

function toEvent(
  raw: Exclude<TimelineItem, ItemOf<'PullRequestReview' | 'IssueComment'>>,
  reader: EntryReader,
): PullRequestEventFact[] {
  const kind = EVENT_KINDS.get(raw.__typename);
  if (kind === undefined) {
    return [];
  }
  const { cleaner } = reader;
  const [before, after] =
    raw.__typename === 'BaseRefChangedEvent'
      ? [raw.previousRefName, raw.currentRefName]
      : 'beforeCommit' in raw
        ? [raw.beforeCommit?.oid, raw.afterCommit?.oid]
        : [];
  const text = (field: string, value: string | undefined): string | null =>
    value === undefined ? null : reader.optional(field, () => cleaner.clean(value, field));
  return [
    {
      eventId: cleaner.cleanKey(raw.id, 'id of an event'),
      kind,
      actor: raw.actor === null ? null : readActor(raw.actor, reader, 'actor'),
      ...toSubject('requestedReviewer' in raw ? raw.requestedReviewer : null, reader),
      before: text('before', before),
      after: text('after', after),
      occurredAt: toInstant(raw.createdAt, 'time of an event'),
    },
  ];
}

function toSubject(
  raw: ItemOf<'ReviewRequestedEvent'>['requestedReviewer'],
  reader: EntryReader,
): Pick<PullRequestEventFact, 'subject' | 'subjectName'> {
  if (raw == null) {
    return { subject: null, subjectName: null };
  }
  if ('slug' in raw) {
    const { slug } = raw;
    const name = slug ? reader.optional('team', () => reader.cleaner.clean(slug, 'team')) : null;
    return { subject: null, subjectName: name };
  }
  // A kind of reviewer that this code does not know has none of the fields that were asked for.
  if (!('login' in raw)) {
    return { subject: null, subjectName: null };
  }
  const subject = readActor(raw, reader, 'requestedReviewer');
  return { subject, subjectName: subject?.login ?? null };
}

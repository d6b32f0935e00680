import { daysBefore } from '../core/instants.ts';
import { CONTRADICTORY, WATERMARK_HOLD_DAYS } from './dead-letter.ts';

/** Longer reasons are not added to, in characters: the newest contradiction takes their place. */
const MAX_REASONS_CHARACTERS = 2_000;

/** What is kept of all that GitHub gave no number for, of one entity of a repository. */
export interface UnnumberedDeadLetter {
  readonly reasonCode: string;
  /** Of a contradiction: all reasons that were met while it stays. */
  readonly reason: string;
  /** How many syncs have tried it; the pause before the next try grows with it. */
  readonly attempts: number;
  readonly firstSeenAt: Date;
  /** The next try is counted from here: when a sync met it that read the unread range, where there is one. */
  readonly lastSeenAt: Date;
  /** The sync that is partial because of it: the one that met it first, or as another one. */
  readonly syncRunId: bigint | null;
  /** The sync that met it last. */
  readonly lastSyncRunId: bigint | null;
  /** Of a page of pull requests that contradicts itself: how far back a sync must go to read all that it may hide. */
  readonly unreadSince: Date | null;
  /** Null while it is open. */
  readonly resolvedAt: Date | null;
  /** When an admin asked for another try that no sync has made yet. */
  readonly retryRequestedAt: Date | null;
}

/** That a sync met something without a number, and what is known at that moment. */
export interface Meeting {
  /** What has no number: `pull_request`, or a stage in lower case. */
  readonly entity: string;
  readonly reasonCode: string;
  readonly reason: string;
  readonly seenAt: Date;
  /** Null where no sync met it. */
  readonly syncRunId: bigint | null;
  /** How far back the sync goes; null where there is none, or its row is gone. */
  readonly since: Date | null;
  /** When the sync began; null where there is none, or its row is gone. */
  readonly startedAt: Date | null;
  /** Whether a sync that read at least as far back has finished since the dead letter was met last, and did not meet it. */
  readonly wasMissed: boolean;
  /** The database's clock. */
  readonly now: Date;
}

/**
 * What becomes of the dead letter without a number when a sync meets something without a number. All of it of one entity
 * is one row, since two cannot be told apart. It decides which sync is partial (`syncRunId`), when it is tried again
 * (`attempts`, `lastSeenAt`, `retryRequestedAt`), how far back (`unreadSince`), and for how long syncs go back for it by
 * themselves (a week from `firstSeenAt`).
 *
 * - Nothing known, or resolved: it is opened, and the sync is partial.
 * - An open one that is no contradiction gives way to what is met. The sync is partial where that is another one: of
 *   another reason, or met again after a finished sync missed it, which counts of pull requests at once and of the others
 *   past the week. A contradiction has a week and attempts of its own.
 * - An open contradiction stays, since more may be missing than what it shows: other reasons are added to its own, and its
 *   range only grows. The sync is partial where it meets another one: a reason that is not among them, whatever it
 *   counts; a contradiction further back; or, after a finished sync missed it, one behind the range or past the week.
 *   Another contradiction has a week of its own; once the old one's week is over, the attempts begin anew as well.
 * - A sync that begins behind the unread range has not tried that range: it counts no attempt and never puts off the next
 *   try.
 * - A request of an admin waits for a sync that began after it and goes back as far as the range.
 * - What no sync met takes an open one away from no sync.
 *
 * @param known the row as it is, null where there is none
 */
export function meetUnnumbered(
  known: UnnumberedDeadLetter | null,
  met: Meeting,
): UnnumberedDeadLetter {
  if (known === null) {
    return open(met);
  }
  if (known.resolvedAt !== null) {
    return reopen(known, met);
  }
  return known.reasonCode === CONTRADICTORY ? stay(known, met) : giveWay(known, met);
}

function open(met: Meeting): UnnumberedDeadLetter {
  return {
    reasonCode: met.reasonCode,
    reason: met.reason,
    attempts: 1,
    firstSeenAt: met.seenAt,
    lastSeenAt: met.seenAt,
    syncRunId: met.syncRunId,
    lastSyncRunId: met.syncRunId,
    unreadSince: rangeOf(met),
    resolvedAt: null,
    retryRequestedAt: null,
  };
}

/** It broke again: a new row but for the attempts, which go on unless it is a contradiction. */
function reopen(known: UnnumberedDeadLetter, met: Meeting): UnnumberedDeadLetter {
  return {
    ...open(met),
    attempts: contradicts(met) ? 1 : attemptsAfter(known, met),
    lastSyncRunId: lastSyncOf(known, met),
  };
}

/** Of a known one that is no contradiction: it takes over what is met, whatever that is. */
function giveWay(known: UnnumberedDeadLetter, met: Meeting): UnnumberedDeadLetter {
  const isTold = known.reasonCode === met.reasonCode && known.reason === met.reason;
  const isAnother = !isTold || (met.wasMissed && (isPullRequests(met) || isWeekOver(known, met)));
  // The week of pull requests without a number holds nothing unless they contradict themselves.
  const hasOwnWeek =
    contradicts(met) || (isAnother && isWeekOver(known, met) && !isPullRequests(met));
  return {
    ...reopen(known, met),
    firstSeenAt: hasOwnWeek ? met.seenAt : known.firstSeenAt,
    syncRunId: partialSyncOf(known, met, isAnother),
    retryRequestedAt: requestAfter(known, met),
  };
}

/** An open contradiction keeps what it says, how long it is open and how far back it may hide something. */
function stay(known: UnnumberedDeadLetter, met: Meeting): UnnumberedDeadLetter {
  const isNear = isNearer(known, met);
  const isAnother = isAnotherThanContradiction(known, met);
  const isAnotherContradiction = isAnother && contradicts(met);
  const beginsAnew = isAnotherContradiction && isWeekOver(known, met);
  const hasOwnWeek =
    isAnotherContradiction || (isAnother && isWeekOver(known, met) && !isPullRequests(met));
  return {
    reasonCode: known.reasonCode,
    reason: addReason(known, met),
    attempts: beginsAnew ? 1 : isNear ? known.attempts : attemptsAfter(known, met),
    firstSeenAt: hasOwnWeek ? met.seenAt : known.firstSeenAt,
    lastSeenAt: isNear ? known.lastSeenAt : met.seenAt,
    syncRunId: partialSyncOf(known, met, isAnother),
    lastSyncRunId: lastSyncOf(known, met),
    unreadSince: earlier(known.unreadSince, rangeOf(met)),
    resolvedAt: null,
    retryRequestedAt: requestAfter(known, met),
  };
}

/** Whether what is met makes its sync partial: the open contradiction does not already stand for it. */
function isAnotherThanContradiction(known: UnnumberedDeadLetter, met: Meeting): boolean {
  return (
    !hasReason(known, met) ||
    reachesFurther(known, met) ||
    (met.wasMissed && (isWeekOver(known, met) || isNearer(known, met)))
  );
}

/** Only a page of pull requests has an unread range, which a later sync can read to its end. */
function isPullRequests({ entity }: Meeting): boolean {
  return entity === 'pull_request';
}

/** A contradiction says that more may be missing than what it names. */
function contradicts({ reasonCode }: Meeting): boolean {
  return reasonCode === CONTRADICTORY;
}

/** After its week no sync goes back for it by itself any more. */
function isWeekOver(known: UnnumberedDeadLetter, { now }: Meeting): boolean {
  return known.firstSeenAt <= daysBefore(now, WATERMARK_HOLD_DAYS);
}

/** Counts of pages grow with each sync, which makes no other reason of it. */
function hasReason(known: UnnumberedDeadLetter, met: Meeting): boolean {
  return withoutNumbers(known.reason).includes(withoutNumbers(met.reason));
}

/** Such a sync has not read the unread range. Of one that nobody knows the beginning of, neither is known. */
function isNearer(known: UnnumberedDeadLetter, met: Meeting): boolean {
  if (!isPullRequests(met)) {
    return false;
  }
  return met.since === null || (known.unreadSince !== null && met.since > known.unreadSince);
}

/** What lies further back than the unread range is not among what the open contradiction stands for. */
function reachesFurther(known: UnnumberedDeadLetter, met: Meeting): boolean {
  return (
    contradicts(met) &&
    met.since !== null &&
    known.unreadSince !== null &&
    met.since < known.unreadSince
  );
}

/** A sync tries what it meets once, however many of its pages show it. */
function attemptsAfter(known: UnnumberedDeadLetter, { syncRunId }: Meeting): number {
  const isSameSync = syncRunId !== null && syncRunId === known.lastSyncRunId;
  return isSameSync ? known.attempts : known.attempts + 1;
}

/** A partial sync goes on listing its dead letter where what is met later is of no sync. */
function partialSyncOf(
  known: UnnumberedDeadLetter,
  { syncRunId }: Meeting,
  isAnother: boolean,
): bigint | null {
  return isAnother ? (syncRunId ?? known.syncRunId) : known.syncRunId;
}

/** A sync that began before the request may have read the pages before it; a stage begins later than its sync. */
function requestAfter(known: UnnumberedDeadLetter, met: Meeting): Date | null {
  const { retryRequestedAt } = known;
  if (retryRequestedAt === null || !isPullRequests(met)) {
    return null;
  }
  const isTried =
    !isNearer(known, met) && met.startedAt !== null && retryRequestedAt < met.startedAt;
  return isTried ? null : retryRequestedAt;
}

/** Which syncs missed it is counted from the last one that met it, also where something else than a sync meets it. */
function lastSyncOf(known: UnnumberedDeadLetter, { syncRunId }: Meeting): bigint | null {
  return syncRunId ?? known.lastSyncRunId;
}

/** A page that contradicts itself may hide whatever its sync should have read. */
function rangeOf(met: Meeting): Date | null {
  return isPullRequests(met) && contradicts(met) ? met.since : null;
}

/**
 * The reasons of an open contradiction with what is met. Where they get too long, only another contradiction is worth
 * the old ones.
 */
function addReason(known: UnnumberedDeadLetter, met: Meeting): string {
  if (withoutNumbers(known.reason) === withoutNumbers(met.reason)) {
    return met.reason;
  }
  if (hasReason(known, met)) {
    return known.reason;
  }
  if (Array.from(known.reason + met.reason).length > MAX_REASONS_CHARACTERS) {
    return contradicts(met) ? met.reason : known.reason;
  }
  return `${known.reason} ${met.reason}`;
}

function withoutNumbers(reason: string): string {
  return reason.replace(/[0-9]+/g, '0');
}

/** The earlier of two instants of which either may be unknown. */
function earlier(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) {
    return one ?? other;
  }
  return other < one ? other : one;
}

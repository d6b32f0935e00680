import type {
  Meeting,
  UnnumberedDeadLetter,
} from '../../../../src/domain/sync/unnumbered-dead-letter.ts';

export const day = (number: number): Date => new Date(Date.UTC(2026, 0, number));

/** A contradiction that the first sync met on the 20th; it went back to the 10th. */
export const CONTRADICTION: UnnumberedDeadLetter = {
  reasonCode: 'CONTRADICTORY',
  reason: 'no list, of 3 in all',
  attempts: 2,
  firstSeenAt: day(20),
  lastSeenAt: day(21),
  syncRunId: 1n,
  lastSyncRunId: 1n,
  unreadSince: day(10),
  resolvedAt: null,
  retryRequestedAt: day(21),
};

/** Something without a number that hides nothing else. */
export const WITHHELD: UnnumberedDeadLetter = {
  ...CONTRADICTION,
  reasonCode: 'WITHHELD',
  reason: 'it is null',
  unreadSince: null,
};

/** The second sync, which began on the 22nd, meets the contradiction again and goes back as far. */
export const MET: Meeting = {
  entity: 'pull_request',
  reasonCode: 'CONTRADICTORY',
  reason: 'no list, of 3 in all',
  seenAt: day(22),
  syncRunId: 2n,
  since: day(10),
  startedAt: day(22),
  wasMissed: false,
  now: day(22),
};

export const WITHHOLDS = { reasonCode: 'WITHHELD', reason: 'it is null' };
export const OTHER = { reason: 'more than there are' };
export const NEAR = { since: day(15) };
export const FAR = { since: day(5) };
export const MISSED = { wasMissed: true };
export const WEEK_OVER = { now: day(27) };
export const BY_NO_SYNC = { syncRunId: null, since: null, startedAt: null };
export const RELEASES = { entity: 'releases', since: day(10) };

/** What a sync that meets it changes wherever it has tried the range. */
export const TRIED = {
  attempts: 3,
  lastSeenAt: day(22),
  lastSyncRunId: 2n,
  retryRequestedAt: null,
};
/** That the sync is partial. */
export const PARTIAL = { syncRunId: 2n };
export const OWN_WEEK = { firstSeenAt: day(22) };

export const OPENED: UnnumberedDeadLetter = {
  reasonCode: 'CONTRADICTORY',
  reason: 'no list, of 3 in all',
  attempts: 1,
  firstSeenAt: day(22),
  lastSeenAt: day(22),
  syncRunId: 2n,
  lastSyncRunId: 2n,
  unreadSince: day(10),
  resolvedAt: null,
  retryRequestedAt: null,
};

export type Rule = [
  rule: string,
  known: Partial<UnnumberedDeadLetter>,
  met: Partial<Meeting>,
  changes: Partial<UnnumberedDeadLetter>,
];

export const BOTH = 'no list, of 3 in all more than there are';

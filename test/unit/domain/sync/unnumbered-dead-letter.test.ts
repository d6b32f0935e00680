import { describe, expect, it } from 'vitest';
import {
  meetUnnumbered,
  type Meeting,
  type UnnumberedDeadLetter,
} from '../../../../src/domain/sync/unnumbered-dead-letter.ts';

const day = (number: number): Date => new Date(Date.UTC(2026, 0, number));

/** A contradiction that the first sync met on the 20th; it went back to the 10th. */
const CONTRADICTION: UnnumberedDeadLetter = {
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
const WITHHELD: UnnumberedDeadLetter = {
  ...CONTRADICTION,
  reasonCode: 'WITHHELD',
  reason: 'it is null',
  unreadSince: null,
};

/** The second sync meets the contradiction again on the 22nd and goes back as far. */
const MET: Meeting = {
  entity: 'pull_request',
  reasonCode: 'CONTRADICTORY',
  reason: 'no list, of 3 in all',
  seenAt: day(22),
  syncRunId: 2n,
  since: day(10),
  wasMissed: false,
  now: day(22),
};

const WITHHOLDS = { reasonCode: 'WITHHELD', reason: 'it is null' };
const OTHER = { reason: 'more than there are' };
const NEAR = { since: day(15) };
const FAR = { since: day(5) };
const MISSED = { wasMissed: true };
const WEEK_OVER = { now: day(27) };
const RELEASES = { entity: 'releases', since: day(10) };

/** What a sync that meets it changes wherever it has tried the range. */
const TRIED = { attempts: 3, lastSeenAt: day(22), lastSyncRunId: 2n, retryRequestedAt: null };
/** That the sync is partial. */
const PARTIAL = { syncRunId: 2n };
const OWN_WEEK = { firstSeenAt: day(22) };

const OPENED: UnnumberedDeadLetter = {
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

type Rule = [
  rule: string,
  known: Partial<UnnumberedDeadLetter>,
  met: Partial<Meeting>,
  changes: Partial<UnnumberedDeadLetter>,
];

const BOTH = 'no list, of 3 in all more than there are';

const OF_CONTRADICTIONS: readonly Rule[] = [
  ['the same again is tried, and makes no sync partial', {}, {}, TRIED],
  [
    'the same with other counts is the same, with the newest counts',
    {},
    { reason: 'no list, of 14 in all' },
    { ...TRIED, reason: 'no list, of 14 in all' },
  ],
  [
    'one of several reasons is known, and all are kept',
    { reason: BOTH },
    { reason: 'no list, of 14 in all' },
    { ...TRIED, reason: BOTH },
  ],
  [
    'another contradiction is added and has a week of its own',
    {},
    OTHER,
    { ...TRIED, ...PARTIAL, ...OWN_WEEK, reason: BOTH },
  ],
  [
    'what hides nothing else is added, and the week goes on',
    {},
    { ...OTHER, reasonCode: 'WITHHELD' },
    { ...TRIED, ...PARTIAL, reason: BOTH },
  ],
  [
    'several pages of one sync are one attempt',
    { lastSyncRunId: 2n },
    {},
    { ...TRIED, attempts: 2 },
  ],
  [
    'further back is another one',
    {},
    FAR,
    { ...TRIED, ...PARTIAL, ...OWN_WEEK, unreadSince: day(5) },
  ],
  [
    'further back is the same of what hides nothing else',
    { reason: 'it is null' },
    { ...FAR, ...WITHHOLDS },
    TRIED,
  ],
  ['missed, and met by a sync that reads the range, is the same', {}, MISSED, TRIED],
  ['near changes nothing but who met it last', {}, NEAR, { lastSyncRunId: 2n }],
  [
    'missed near is another one, and the range is not tried',
    {},
    { ...NEAR, ...MISSED },
    { lastSyncRunId: 2n, ...PARTIAL, ...OWN_WEEK, lastSeenAt: day(22) },
  ],
  [
    'missed near, of what hides nothing else, puts off nothing',
    { reason: 'it is null' },
    { ...NEAR, ...MISSED, ...WITHHOLDS },
    { lastSyncRunId: 2n, ...PARTIAL },
  ],
  ['by a sync that nobody knows the range of is near', {}, { since: null }, { lastSyncRunId: 2n }],
  [
    'of a range that nobody knows gets the one of its sync',
    { unreadSince: null },
    NEAR,
    { ...TRIED, unreadSince: day(15) },
  ],
  ['past its week is the same while it was not missed', {}, WEEK_OVER, TRIED],
  ['past its week and missed begins anew', {}, { ...WEEK_OVER, ...MISSED }, OPENED],
  [
    'past its week, of another reason, begins anew with that reason alone',
    {},
    { ...WEEK_OVER, ...OTHER },
    { ...OPENED, ...OTHER },
  ],
  [
    'past its week, missed near, begins anew with the range of its sync; a request of an admin waits',
    {},
    { ...WEEK_OVER, ...MISSED, ...NEAR },
    { ...OPENED, unreadSince: day(15), retryRequestedAt: day(21) },
  ],
  [
    'a millisecond before its week is over does not begin anew',
    {},
    { ...OTHER, now: new Date(day(27).getTime() - 1) },
    { ...TRIED, ...PARTIAL, ...OWN_WEEK, reason: BOTH },
  ],
  [
    'of a stage has no range that could be near or far',
    { unreadSince: null },
    { ...RELEASES, ...FAR },
    TRIED,
  ],
  [
    'of a stage, past its week, has another week also of what hides nothing else',
    { unreadSince: null },
    { ...RELEASES, ...WEEK_OVER, ...WITHHOLDS },
    { ...TRIED, ...PARTIAL, ...OWN_WEEK, reason: 'no list, of 3 in all it is null' },
  ],
  [
    'met by no sync again and again is tried each time',
    { lastSyncRunId: null },
    { syncRunId: null },
    { ...TRIED, lastSyncRunId: null },
  ],
  [
    'past its week, what hides nothing else is added, and the week stays over',
    {},
    { ...WEEK_OVER, ...OTHER, reasonCode: 'WITHHELD' },
    { ...TRIED, ...PARTIAL, reason: BOTH },
  ],
  ['met by no sync keeps the last one', {}, { syncRunId: null }, { ...TRIED, lastSyncRunId: 1n }],
  [
    'that was resolved is opened anew',
    { resolvedAt: day(21) },
    { ...NEAR, reason: 'no list' },
    { ...OPENED, reason: 'no list', unreadSince: day(15) },
  ],
];

const OF_OTHERS: readonly Rule[] = [
  ['the same again is tried, and makes no sync partial', {}, {}, TRIED],
  [
    'the same reason of another code is another one',
    {},
    { reasonCode: 'UNREADABLE' },
    { ...TRIED, ...PARTIAL, reasonCode: 'UNREADABLE' },
  ],
  [
    'another reason takes its place, also one that differs in counts',
    { reason: 'number is 0' },
    { reason: 'number is 1' },
    { ...TRIED, ...PARTIAL, reason: 'number is 1' },
  ],
  ['missed is another one of the same week', {}, MISSED, { ...TRIED, ...PARTIAL }],
  ['near is tried like any', {}, NEAR, TRIED],
  [
    'past its week keeps its first day',
    {},
    { ...WEEK_OVER, ...OTHER },
    { ...TRIED, ...PARTIAL, ...OTHER },
  ],
  ['of a stage, missed, is the same within its week', {}, { ...RELEASES, ...MISSED }, TRIED],
  [
    'of a stage, missed and past its week, is another one with a week of its own',
    {},
    { ...RELEASES, ...MISSED, ...WEEK_OVER },
    { ...TRIED, ...PARTIAL, ...OWN_WEEK },
  ],
  [
    'a contradiction takes its place, with a week, attempts and a range of its own',
    {},
    { reasonCode: 'CONTRADICTORY', reason: 'no list, of 3 in all' },
    OPENED,
  ],
  [
    'that was resolved is opened again, and its attempts go on',
    { resolvedAt: day(21) },
    {},
    { ...TRIED, ...PARTIAL, ...OWN_WEEK, resolvedAt: null },
  ],
];

describe('of an open contradiction,', () => {
  it.each(OF_CONTRADICTIONS)('%s', (_rule, known, met, changes) => {
    const before = { ...CONTRADICTION, ...known };
    expect(meetUnnumbered(before, { ...MET, ...met })).toEqual({ ...before, ...changes });
  });

  const LONG = 'x'.repeat(1_990);

  it.each([
    [
      'another contradiction takes the place of reasons',
      'CONTRADICTORY',
      'eleven more',
      'eleven more',
    ],
    ['what hides nothing else is not added to reasons', 'WITHHELD', 'eleven more', LONG],
    ['another one is added to reasons', 'CONTRADICTORY', 'ten chars.', `${LONG} ten chars.`],
    [
      'what lies past 16 bits counts once in reasons',
      'CONTRADICTORY',
      '🚀'.repeat(10),
      `${LONG} ${'🚀'.repeat(10)}`,
    ],
  ])('%s that would get long by %s %s', (_rule, reasonCode, reason, expected) => {
    const known = { ...CONTRADICTION, reason: LONG };
    const after = meetUnnumbered(known, { ...MET, reasonCode, reason });
    expect(after.reason).toBe(expected);
    expect(after.syncRunId).toBe(2n);
  });
});

describe('of something open that hides nothing else,', () => {
  it.each(OF_OTHERS)('%s', (_rule, known, met, changes) => {
    const before = { ...WITHHELD, ...known };
    expect(meetUnnumbered(before, { ...MET, ...WITHHOLDS, ...met })).toEqual({
      ...before,
      ...changes,
    });
  });
});

describe('where nothing is known', () => {
  it.each<[string, Partial<Meeting>, Partial<UnnumberedDeadLetter>]>([
    ['a contradiction is opened with the range of its sync', {}, {}],
    ['something else has no range', WITHHOLDS, { ...WITHHOLDS, unreadSince: null }],
    ['a contradiction of a stage has none either', RELEASES, { unreadSince: null }],
    [
      'what no sync met is of none',
      { syncRunId: null, since: null },
      { syncRunId: null, lastSyncRunId: null, unreadSince: null },
    ],
  ])('%s', (_rule, met, changes) => {
    expect(meetUnnumbered(null, { ...MET, ...met })).toEqual({ ...OPENED, ...changes });
  });
});

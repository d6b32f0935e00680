import { describe, expect, it } from 'vitest';
import { meetUnnumbered } from '../../../../src/domain/sync/unnumbered-dead-letter.ts';
import {
  BOTH,
  BY_NO_SYNC,
  CONTRADICTION,
  day,
  FAR,
  MET,
  MISSED,
  NEAR,
  OPENED,
  OTHER,
  OWN_WEEK,
  PARTIAL,
  RELEASES,
  type Rule,
  TRIED,
  WEEK_OVER,
  WITHHOLDS,
} from './unnumbered-rules.ts';

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
    { lastSyncRunId: 2n, ...PARTIAL, ...OWN_WEEK },
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
    'past its week, of another reason, begins anew with all reasons',
    {},
    { ...WEEK_OVER, ...OTHER },
    { ...OPENED, reason: BOTH },
  ],
  [
    'past its week, missed near, begins anew with the old range, which is not tried; a request of an admin waits',
    {},
    { ...WEEK_OVER, ...MISSED, ...NEAR },
    { ...OPENED, lastSeenAt: day(21), retryRequestedAt: day(21) },
  ],
  [
    'past its week, of another reason near, begins anew with the old range',
    {},
    { ...WEEK_OVER, ...OTHER, ...NEAR },
    { ...OPENED, reason: BOTH, lastSeenAt: day(21), retryRequestedAt: day(21) },
  ],
  [
    'past its week, further back, begins anew with the longer range',
    {},
    { ...WEEK_OVER, ...FAR },
    { ...OPENED, unreadSince: day(5) },
  ],
  [
    'by a sync that began before a request of an admin leaves it to the next one',
    { retryRequestedAt: day(22) },
    {},
    { ...TRIED, retryRequestedAt: day(22) },
  ],
  [
    'by a sync whose beginning nobody knows leaves a request of an admin to the next one',
    {},
    { startedAt: null },
    { ...TRIED, retryRequestedAt: day(21) },
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
    'what no sync met is added, and the sync that was partial stays so',
    {},
    { ...OTHER, reasonCode: 'WITHHELD', ...BY_NO_SYNC },
    { reason: BOTH },
  ],
  [
    'of a stage, met by no sync for another reason, stays that of the sync that was partial',
    { unreadSince: null },
    { ...RELEASES, ...OTHER, ...BY_NO_SYNC, since: null },
    { ...TRIED, ...OWN_WEEK, reason: BOTH, lastSyncRunId: 1n },
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

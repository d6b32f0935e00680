import { describe, expect, it } from 'vitest';
import {
  meetUnnumbered,
  type Meeting,
  type UnnumberedDeadLetter,
} from '../../../../src/domain/sync/unnumbered-dead-letter.ts';
import {
  BY_NO_SYNC,
  day,
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
  WITHHELD,
  WITHHOLDS,
} from './unnumbered-rules.ts';

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
    'of another reason, met by no sync, is still that of the sync that was partial',
    {},
    { reason: 'gone', ...BY_NO_SYNC },
    { ...TRIED, reason: 'gone', lastSyncRunId: 1n, retryRequestedAt: day(21) },
  ],
  [
    'by a sync that began before a request of an admin leaves it to the next one',
    { retryRequestedAt: day(22) },
    {},
    { ...TRIED, retryRequestedAt: day(22) },
  ],
  [
    'of a stage, which begins later than its sync, takes a request of an admin as tried',
    { retryRequestedAt: day(22) },
    RELEASES,
    TRIED,
  ],
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
    'a contradiction by a sync that began before a request of an admin leaves it to the next one',
    { retryRequestedAt: day(22) },
    { reasonCode: 'CONTRADICTORY', reason: 'no list, of 3 in all' },
    { ...OPENED, retryRequestedAt: day(22) },
  ],
  [
    'that was resolved is opened again, and its attempts go on',
    { resolvedAt: day(21) },
    {},
    { ...TRIED, ...PARTIAL, ...OWN_WEEK, resolvedAt: null },
  ],
];

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

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  meetUnnumbered,
  type Meeting,
  type UnnumberedDeadLetter,
} from '../../../../src/domain/sync/unnumbered-dead-letter.ts';

const days = fc.integer({ min: 1, max: 30 }).map((number) => new Date(Date.UTC(2026, 0, number)));
const reasonCodes = fc.constantFrom('CONTRADICTORY', 'WITHHELD', 'UNREADABLE');
const reasons = fc.oneof(
  fc.constantFrom('no list', 'no list, of 3 in all', 'it is null', 'x'.repeat(1_990)),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
);
const runs = fc.option(fc.bigInt({ min: 1n, max: 4n }));

const letters: fc.Arbitrary<UnnumberedDeadLetter> = fc.record({
  reasonCode: reasonCodes,
  reason: reasons,
  attempts: fc.integer({ min: 1, max: 9 }),
  firstSeenAt: days,
  lastSeenAt: days,
  syncRunId: runs,
  lastSyncRunId: runs,
  unreadSince: fc.option(days),
  resolvedAt: fc.option(days),
  retryRequestedAt: fc.option(days),
});

const meetings: fc.Arbitrary<Meeting> = fc.record({
  entity: fc.constantFrom('pull_request', 'releases'),
  reasonCode: reasonCodes,
  reason: reasons,
  seenAt: days,
  syncRunId: runs,
  since: fc.option(days),
  wasMissed: fc.boolean(),
  now: days,
});

/** A row and what is met; only a contradiction of pull requests has a range. */
const encounters = fc.tuple(letters, meetings).map(([letter, met]) => {
  const hasRange = letter.reasonCode === 'CONTRADICTORY' && met.entity === 'pull_request';
  return { known: hasRange ? letter : { ...letter, unreadSince: null }, met };
});

/** Two thousand random meetings reach each of the rules. */
const RUNS = { numRuns: 2_000 };

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/** Whether one range goes back at least as far as the other; where one is not known, nobody can tell that it does not. */
function isUpTo(one: Date | null, other: Date | null): boolean {
  return one === null || other === null || one <= other;
}

describe('whatever is met', () => {
  it('leaves an open contradiction open, of a range that only grows until another one follows its week', () => {
    fc.assert(
      fc.property(encounters, ({ known: letter, met }) => {
        const known = { ...letter, reasonCode: 'CONTRADICTORY', resolvedAt: null };
        const after = meetUnnumbered(known, met);
        expect(after).toMatchObject({ reasonCode: 'CONTRADICTORY', resolvedAt: null });
        const isWeekOver = known.firstSeenAt.getTime() + WEEK_MS <= met.now.getTime();
        const mayBeginAnew = isWeekOver && met.reasonCode === 'CONTRADICTORY';
        const isKept = after.unreadSince !== null && isUpTo(after.unreadSince, known.unreadSince);
        expect(isKept || known.unreadSince === null || mayBeginAnew).toBe(true);
      }),
      RUNS,
    );
  });

  it('has the range that a contradiction of pull requests may hide, where its sync has one', () => {
    fc.assert(
      fc.property(encounters, fc.boolean(), days, ({ known, met }, isKnown, since) => {
        const contradicts = { entity: 'pull_request', reasonCode: 'CONTRADICTORY', since };
        const { unreadSince } = meetUnnumbered(isKnown ? known : null, { ...met, ...contradicts });
        expect(unreadSince).not.toBeNull();
        expect(isUpTo(unreadSince, since)).toBe(true);
      }),
      RUNS,
    );
  });

  it('changes nothing the second time that the same sync meets it', () => {
    fc.assert(
      fc.property(encounters, fc.boolean(), ({ known, met }, isKnown) => {
        fc.pre(met.syncRunId !== null);
        const once = meetUnnumbered(isKnown ? known : null, met);
        // The first meeting is the last one since: no sync has missed it.
        const twice = meetUnnumbered(once, { ...met, wasMissed: false });
        // What begins anew behind the old range has the range of this sync, which tries it with the second meeting.
        const isNarrowed = isKnown && !isUpTo(once.unreadSince, known.unreadSince);
        expect(twice).toEqual(isNarrowed ? { ...once, retryRequestedAt: null } : once);
      }),
      RUNS,
    );
  });

  it('makes no sync partial that meets the known reason in the known range, where none missed it', () => {
    fc.assert(
      fc.property(encounters, ({ known: letter, met: meeting }) => {
        const known = { ...letter, resolvedAt: null };
        const { reasonCode, reason } = known;
        const since = known.unreadSince ?? meeting.since;
        const met = { ...meeting, reasonCode, reason, since, wasMissed: false };
        const after = meetUnnumbered(known, met);
        expect(after.syncRunId).toBe(known.syncRunId);
        expect(after.firstSeenAt).toEqual(known.firstSeenAt);
      }),
      RUNS,
    );
  });
});

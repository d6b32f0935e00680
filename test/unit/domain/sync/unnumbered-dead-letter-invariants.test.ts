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
  startedAt: fc.option(days),
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

/** Whether one range goes back at least as far as the other; where one is not known, nobody can tell that it does not. */
function isUpTo(one: Date | null, other: Date | null): boolean {
  return one === null || other === null || one <= other;
}

describe('whatever is met', () => {
  it('leaves an open contradiction open, of a range that only grows', () => {
    fc.assert(
      fc.property(encounters, ({ known: letter, met }) => {
        const known = { ...letter, reasonCode: 'CONTRADICTORY', resolvedAt: null };
        const after = meetUnnumbered(known, met);
        expect(after).toMatchObject({ reasonCode: 'CONTRADICTORY', resolvedAt: null });
        const isKept = after.unreadSince !== null && isUpTo(after.unreadSince, known.unreadSince);
        expect(isKept || known.unreadSince === null).toBe(true);
      }),
      RUNS,
    );
  });

  it('behind the unread range neither puts off the next try of it nor takes a request of an admin as tried', () => {
    fc.assert(
      fc.property(encounters, days, days, ({ known: letter, met }, unreadSince, since) => {
        fc.pre(since > unreadSince);
        const known = { ...letter, reasonCode: 'CONTRADICTORY', resolvedAt: null, unreadSince };
        const after = meetUnnumbered(known, { ...met, entity: 'pull_request', since });
        const { lastSeenAt, retryRequestedAt } = known;
        expect(after).toMatchObject({ lastSeenAt, retryRequestedAt });
        expect(after.attempts).toBeLessThanOrEqual(known.attempts);
      }),
      RUNS,
    );
  });

  it('takes a request of an admin for a pull request as tried only by a sync that began after it', () => {
    fc.assert(
      fc.property(encounters, days, ({ known: letter, met }, retryRequestedAt) => {
        fc.pre(met.startedAt === null || met.startedAt <= retryRequestedAt);
        const known = { ...letter, resolvedAt: null, retryRequestedAt };
        const after = meetUnnumbered(known, { ...met, entity: 'pull_request' });
        expect(after.retryRequestedAt).toEqual(retryRequestedAt);
      }),
      RUNS,
    );
  });

  it('by no sync leaves an open one to the sync that is partial because of it', () => {
    fc.assert(
      fc.property(encounters, ({ known: letter, met }) => {
        const known = { ...letter, resolvedAt: null };
        const nobody = { syncRunId: null, since: null, startedAt: null };
        expect(meetUnnumbered(known, { ...met, ...nobody }).syncRunId).toBe(known.syncRunId);
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
        expect(twice).toEqual(once);
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

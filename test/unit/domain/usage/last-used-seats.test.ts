import { expect, it } from 'vitest';
import { lastUsedSeats } from '../../../../src/domain/usage/last-used-seats.ts';
import { anActor } from '../../../support/rows/facts.ts';

const seat = (memberId: bigint, editor: string, used: string | null, assigned: string | null) => ({
  memberId,
  actor: anActor(),
  plan: 'business',
  editor,
  assignedAt: assigned === null ? null : new Date(assigned),
  lastActivityAt: used === null ? null : new Date(used),
  pendingCancellationOn: null,
});

it('of two seats of one person the one that was used last counts, in any order', () => {
  const seats = [
    seat(1n, 'old', '2026-03-01', '2026-02-01'),
    seat(1n, 'new', '2026-03-05', '2026-01-01'),
    seat(1n, 'never', null, '2026-03-06'),
    seat(2n, 'first', null, '2026-01-01'),
    seat(2n, 'later', null, '2026-02-01'),
    seat(2n, 'unknown', null, null),
    seat(3n, 'alone', null, null),
  ];
  for (const given of [seats, seats.toReversed()]) {
    const kept = lastUsedSeats(given).toSorted((a, b) => Number(a.memberId - b.memberId));
    expect(kept.map(({ editor }) => editor)).toEqual(['new', 'later', 'alone']);
  }
});

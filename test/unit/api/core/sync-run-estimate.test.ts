import { expect, it } from 'vitest';
import { estimateSecondsLeft } from '../../../../src/api/core/sync-run-estimate.ts';

const BASE = {
  startedAt: new Date('2026-03-12T11:00:00Z'),
  finishedAt: null,
  fractionDone: 0.25,
  waitingUntil: null,
  now: new Date('2026-03-12T11:10:00Z'),
};

it('goes on at the pace so far', () => {
  expect(estimateSecondsLeft(BASE)).toBe(1800);
});

it('adds the wait that is on, and no wait that is over', () => {
  expect(estimateSecondsLeft({ ...BASE, waitingUntil: new Date('2026-03-12T11:15:00Z') })).toBe(
    2100,
  );
  expect(estimateSecondsLeft({ ...BASE, waitingUntil: new Date('2026-03-12T11:05:00Z') })).toBe(
    1800,
  );
});

it('does not guess before anything is done, nor after the end', () => {
  expect(estimateSecondsLeft({ ...BASE, fractionDone: 0 })).toBeNull();
  expect(estimateSecondsLeft({ ...BASE, fractionDone: 0.01 })).toBeNull();
  expect(estimateSecondsLeft({ ...BASE, finishedAt: BASE.now })).toBeNull();
});

it('is never negative, also when clocks disagree', () => {
  expect(estimateSecondsLeft({ ...BASE, now: new Date('2026-03-12T10:00:00Z') })).toBe(0);
  expect(estimateSecondsLeft({ ...BASE, fractionDone: 1 })).toBe(0);
});

import { expect, it } from 'vitest';
import { toSyncWaits, type SyncRunStateRow } from '../../../../src/db/core/sync-run-state.ts';

const NOW = new Date('2026-03-12T12:00:00Z');
const LATER = new Date('2026-03-12T12:10:00Z');
const EARLIER = new Date('2026-03-12T11:50:00Z');

function waitsOf(changes: Partial<SyncRunStateRow>) {
  const row = { hasEnded: false, pausedAt: null, waitingReason: 'limit', ...changes };
  return toSyncWaits(row as SyncRunStateRow, NOW);
}

it('a run waits for GitHub until the time is over, whenever the page behind it is stored', () => {
  expect(waitsOf({ waitingUntil: LATER })).toEqual([
    { kind: 'GITHUB', until: LATER, reason: 'limit' },
  ]);
  expect(waitsOf({ waitingUntil: NOW })).toEqual([]);
  expect(waitsOf({ waitingUntil: EARLIER })).toEqual([]);
});

it('a run that has ended waits for nothing', () => {
  expect(waitsOf({ waitingUntil: LATER, pausedAt: EARLIER, hasEnded: true })).toEqual([]);
});

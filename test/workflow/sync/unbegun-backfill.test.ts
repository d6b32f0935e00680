import { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { expect, test } from 'vitest';
import { toApplicationFailure } from '../../../src/activities/core/known-failures.ts';
import { widenBackfillUpdate, type SyncActivities } from '../../../src/contracts/sync.ts';
import { DomainError } from '../../../src/domain/core/errors.ts';
import { startBackfill } from '../../support/worlds/started-backfill.ts';
import { createStubActivities } from '../../support/stubs/stub-workers.ts';
import { openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

const world = openWorkflowWorld();

/** Its row was written before its start. */
const REQUESTED = { repositories: ['a/1'], syncRunId: '1' };

async function begin(openBackfill: SyncActivities['openBackfill']) {
  const stubs = createStubActivities({ openBackfill });
  await world.work(stubs);
  const teamId = world.nextTeam();
  const handle = await startBackfill(world.temporal, teamId, REQUESTED);
  return { stubs, handle, teamId };
}

test.each([
  [
    'the database refuses its values',
    Object.assign(new Error('date/time field value out of range'), { code: '22008' }),
    'The database refuses what was to be stored (22008: date/time field value out of range)',
  ],
  [
    'its input cannot be read',
    new DomainError('INVALID_INPUT', 'since must be an instant.'),
    'since must be an instant.',
  ],
])(
  'a backfill that cannot begin ends at once with the reason, and the next one is its own: %s',
  async (_what, error, sentence) => {
    let attempts = 0;
    let isRefused = true;
    const { stubs, handle, teamId } = await begin(async () => {
      attempts += 1;
      if (isRefused) {
        throw toApplicationFailure(error);
      }
      return { syncRunId: '1' };
    });
    await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
    expect((await handle.describe()).status.name).toBe('FAILED');
    expect(attempts).toBe(1);
    expect(stubs.calls).toEqual([
      expect.stringContaining(`closeSyncRun 1 FAILED ${sentence}`) as string,
    ]);
    isRefused = false;
    const next = await startBackfill(world.temporal, teamId, REQUESTED);
    expect(await next.result()).toMatchObject({ outcome: 'COMPLETED' });
  },
);

test('a backfill that cannot begin yet is cancelled at once, and closes its row', async () => {
  let attempts = 0;
  const { stubs, handle } = await begin(async () => {
    attempts += 1;
    throw ApplicationFailure.retryable('The database is away.', 'DATABASE_UNAVAILABLE');
  });
  await expect.poll(() => attempts).toBeGreaterThan(0);
  await handle.cancel();
  await handle.result().catch(() => undefined);
  expect((await handle.describe()).status.name).toBe('CANCELLED');
  expect(stubs.calls).toEqual(['closeSyncRun 1 CANCELLED Cancelled on request.']);
});

test('a backfill refuses to be widened back to where no row can follow', async () => {
  const gate = world.gates.create();
  const { handle } = await begin(async () => {
    await gate.passed;
    return { syncRunId: '1' };
  });
  for (const since of ['0000-01-01T00:00:00.000Z', '2026-02-30T00:00:00Z', 'yesterday']) {
    const widened = handle.executeUpdate(widenBackfillUpdate, {
      args: [{ repositories: [], since }],
    });
    await expect(widened).rejects.toMatchObject({ cause: { type: 'INVALID_INPUT' } });
  }
  gate.open();
  expect(await handle.result()).toMatchObject({ outcome: 'COMPLETED', repositories: 1 });
});

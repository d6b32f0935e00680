import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { SyncActivities } from '../../../src/contracts/sync.ts';
import { startBackfill } from '../../support/worlds/started-backfill.ts';
import { createStubActivities } from '../../support/stubs/stub-workers.ts';
import { openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

const world = openWorkflowWorld();

const AWAY = 'The database does not answer at the moment: try again shortly.';

/** What an activity fails with when the database was away for all of its attempts. */
function away(): ApplicationFailure {
  return ApplicationFailure.nonRetryable(AWAY, 'DATABASE_UNAVAILABLE');
}

/** A job of two repositories, one after the other; the rollups of these numbers, from 1 on, fail. */
async function begin(failingRollUps: readonly number[], changes: Partial<SyncActivities> = {}) {
  let rollUps = 0;
  const stubs = createStubActivities(changes);
  const { rollUpDirtyWeeks: rollUp } = stubs.compute;
  const rollUpDirtyWeeks: typeof rollUp = async (input) => {
    rollUps += 1;
    if (failingRollUps.includes(rollUps)) {
      throw away();
    }
    return rollUp(input);
  };
  await world.work({ ...stubs, compute: { ...stubs.compute, rollUpDirtyWeeks } });
  const activityOptions = { heartbeatSeconds: 600, parallelRepositories: 1 };
  const handle = await startBackfill(world.temporal, world.nextTeam(), { activityOptions });
  return { stubs, handle, rollUps: () => rollUps };
}

test('a rollup that fails does not end the job, and a later one makes up for it', async () => {
  const { stubs, handle, rollUps } = await begin([1]);
  expect(await handle.result()).toMatchObject({ outcome: 'COMPLETED', repositories: 2 });
  expect(rollUps()).toBe(2);
  expect(stubs.calls.at(-1)).toBe('closeSyncRun 1 COMPLETED');
});

test('a last rollup that fails is done once more before the job ends', async () => {
  const { stubs, handle, rollUps } = await begin([2]);
  expect(await handle.result()).toMatchObject({ outcome: 'COMPLETED', repositories: 2 });
  expect(rollUps()).toBe(3);
  expect(stubs.calls.slice(-2)).toEqual(['rollUpDirtyWeeks', 'closeSyncRun 1 COMPLETED']);
});

test('a job whose weeks cannot be rolled up is partial, with a row that says so', async () => {
  const { stubs, handle } = await begin([1, 2, 3]);
  expect(await handle.result()).toMatchObject({ outcome: 'PARTIAL', repositories: 2 });
  expect(stubs.calls.at(-1)).toBe(
    `closeSyncRun 1 PARTIAL The weekly metrics do not have all of it yet: ${AWAY}`,
  );
});

test('a repository whose sync cannot be recorded fails alone', async () => {
  const open = createStubActivities().sync.openRepositoryRun;
  const { stubs, handle } = await begin([], {
    async openRepositoryRun(input) {
      if (input.repositoryId === '1') {
        throw away();
      }
      return open(input);
    },
  });
  expect(await handle.result()).toMatchObject({ outcome: 'PARTIAL', repositories: 2 });
  expect(stubs.calls.filter((call) => call.startsWith('closeSyncRun'))).toEqual([
    'closeSyncRun 1 PARTIAL',
  ]);
});

test('a job of which no sync can be recorded fails with the reason', async () => {
  const { stubs, handle } = await begin([], {
    async openRepositoryRun() {
      throw away();
    },
  });
  await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'DATABASE_UNAVAILABLE' } });
  expect(stubs.calls.at(-1)).toBe(`closeSyncRun 1 FAILED ${AWAY}`);
});

import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { pauseSyncSignal, resumeSyncSignal } from '../../../src/contracts/sync.ts';
import { syncRepositoryWorkflowId } from '../../../src/contracts/workflow-ids.ts';
import { startBackfill, untilProgress } from '../../support/worlds/started-backfill.ts';
import { createStubActivities } from '../../support/stubs/stub-workers.ts';
import { openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

const world = openWorkflowWorld();
const { gates, nextTeam } = world;

/** As after the last attempt, for which no test waits. */
const AWAY = ApplicationFailure.nonRetryable('The database is away.', 'DATABASE_UNAVAILABLE');

/** A backfill whose only repository sync is held in its page; reports to its row fail while `isAway` says so. */
async function begin(isAway: (isPaused: boolean, reported: number) => boolean | Promise<boolean>) {
  const [seen, page] = [gates.create(), gates.create()];
  const words: string[] = [];
  const stubs = createStubActivities({
    async syncPullRequestPage() {
      seen.open();
      await page.passed;
      return { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
    },
    async recordSyncPause({ syncRunId, isPaused }) {
      if (syncRunId === '1') {
        const reported = words.push(isPaused ? 'paused' : 'resumed');
        if (await isAway(isPaused, reported)) {
          throw AWAY;
        }
      }
    },
  });
  await world.work(stubs);
  const teamId = nextTeam();
  const handle = await startBackfill(world.temporal, teamId, { repositories: ['a/1'] });
  await seen.passed;
  const syncId = syncRepositoryWorkflowId(teamId, '1');
  const sync = world.temporal.client.workflow.getHandle(syncId);
  return { stubs, handle, sync, words, page };
}

test('a pause that cannot be reported to the row pauses all the same, and is reported again with the next change', async () => {
  const { stubs, handle, sync, words, page } = await begin((_, reported) => reported === 1);
  await handle.signal(pauseSyncSignal);
  await untilProgress(sync, ({ isPaused }) => isPaused);
  await handle.signal(pauseSyncSignal);
  await expect.poll(() => words).toEqual(['paused', 'paused']);
  await handle.signal(resumeSyncSignal);
  page.open();
  expect(await handle.result()).toMatchObject({ outcome: 'COMPLETED', repositories: 1 });
  expect(words).toEqual(['paused', 'paused', 'resumed']);
  expect(stubs.calls.at(-1)).toBe('closeSyncRun 1 COMPLETED');
});

test('what was requested while a report failed is reported after it', async () => {
  const [trying, gate] = [gates.create(), gates.create()];
  const { handle, words, page } = await begin(async (isPaused) => {
    if (isPaused) {
      trying.open();
      await gate.passed;
    }
    return isPaused;
  });
  await handle.signal(pauseSyncSignal);
  await trying.passed;
  await handle.signal(resumeSyncSignal);
  await untilProgress(handle, ({ isPaused }) => !isPaused);
  gate.open();
  await expect.poll(() => words).toEqual(['paused', 'resumed']);
  page.open();
  expect(await handle.result()).toMatchObject({ outcome: 'COMPLETED' });
  expect(words).toEqual(['paused', 'resumed']);
});

test('a report that did not arrive is repeated before the workflow ends, once, whatever comes of it', async () => {
  const { stubs, handle, sync, words, page } = await begin((isPaused) => !isPaused);
  await handle.signal(pauseSyncSignal);
  await untilProgress(sync, ({ isPaused }) => isPaused);
  await handle.signal(resumeSyncSignal);
  await untilProgress(sync, ({ isPaused }) => !isPaused);
  page.open();
  expect(await handle.result()).toMatchObject({ outcome: 'COMPLETED' });
  expect(words).toEqual(['paused', 'resumed', 'resumed']);
  expect(stubs.calls.at(-1)).toBe('closeSyncRun 1 COMPLETED');
});

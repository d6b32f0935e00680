import { expect, test } from 'vitest';
import {
  toConnectionTestStart,
  type ConnectionActivities,
  type TestConnectionResult,
} from '../../../src/contracts/connections.ts';
import type { SyncActivities } from '../../../src/contracts/sync.ts';
import { syncRepositoryWorkflowId } from '../../../src/contracts/workflow-ids.ts';
import { startBackfill, untilProgress } from '../../support/worlds/started-backfill.ts';
import { createStubActivities } from '../../support/stubs/stub-workers.ts';
import { openLauncher, openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

const world = openWorkflowWorld();
const launcher = openLauncher(world);

/** Far beyond the time of any test. */
const BLOCKED = { until: '2199-01-01T00:00:00.000Z', reason: "GitHub's hourly limit" };
const FREE: TestConnectionResult = { outcome: 'TESTED', reason: null, isFree: true };

/** A job of one repository, and a limit that stands until it is lifted. */
async function limitedJob(
  changes: (isLimited: () => boolean) => Partial<SyncActivities>,
  tested: TestConnectionResult = FREE,
) {
  let isLimited = true;
  const stubs = createStubActivities(changes(() => isLimited));
  const sync: SyncActivities & ConnectionActivities = {
    ...stubs.sync,
    testConnection: async () => tested,
  };
  await world.work({ ...stubs, sync });
  const teamId = world.nextTeam();
  const handle = await startBackfill(world.temporal, teamId, { repositories: ['acme/api'] });
  return {
    handle,
    teamId,
    child: () => world.temporal.client.workflow.getHandle(syncRepositoryWorkflowId(teamId, '1')),
    lift: () => void (isLimited = false),
    testConnection: async () =>
      (await world.start(toConnectionTestStart({ teamId, connectionId: '3' }))).result(),
  };
}

const waitingPage = (isLimited: () => boolean): Partial<SyncActivities> => ({
  syncPullRequestPage: async () =>
    isLimited()
      ? { next: 'WAIT', ...BLOCKED }
      : { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] },
});

test('a repository sync that waits goes on when a test of the connection finds the limit lifted', async () => {
  const { handle, child, lift, testConnection } = await limitedJob(waitingPage);
  await untilProgress(handle, ({ running }) => running?.length === 1);
  await untilProgress(child(), ({ wait }) => wait !== null);
  lift();
  await testConnection();
  expect(await handle.result()).toMatchObject({ outcome: 'COMPLETED', repositories: 1 });
  const { events } = await child().fetchHistory();
  expect((events ?? []).filter((event) => event.timerCanceledEventAttributes)).toHaveLength(1);
});

test('a job that waits while names are looked up goes on too, and with it what has joined', async () => {
  const resolve = createStubActivities().sync.resolveRepositories;
  const { handle, teamId, lift, testConnection } = await limitedJob((isLimited) => ({
    async resolveRepositories(input) {
      return isLimited()
        ? { repositories: [], refused: [], wait: BLOCKED, left: input.repositories }
        : resolve(input);
    },
  }));
  await untilProgress(handle, ({ wait }) => wait !== null);
  const since = '2026-01-01T12:00:00.000Z';
  const asked = { teamId, repositories: ['acme/web'], since, requestedBy: null };
  expect(await launcher().startBackfill(asked)).toMatchObject({ joined: true });
  lift();
  await testConnection();
  expect(await handle.result()).toMatchObject({ outcome: 'COMPLETED', repositories: 2 });
});

test('a limit that is lifted between the answer and the wait for it is not waited for', async () => {
  const [asked, answer] = [world.gates.create(), world.gates.create()];
  const { handle, lift, testConnection } = await limitedJob((isLimited) => ({
    async syncPullRequestPage() {
      const wasLimited = isLimited();
      if (wasLimited) {
        asked.open();
        await answer.passed;
      }
      return wasLimited
        ? { next: 'WAIT', ...BLOCKED }
        : { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
    },
  }));
  await asked.passed;
  await untilProgress(handle, ({ running }) => running?.length === 1);
  lift();
  await testConnection();
  answer.open();
  expect(await handle.result()).toMatchObject({ outcome: 'COMPLETED', repositories: 1 });
});

test('a test that finds a limit standing wakes nobody', async () => {
  const tested = { ...FREE, isFree: false };
  const { handle, child, testConnection } = await limitedJob(waitingPage, tested);
  await untilProgress(handle, ({ running }) => running?.length === 1);
  await untilProgress(child(), ({ wait }) => wait !== null);
  expect(await testConnection()).toEqual(tested);
  const { events } = await handle.fetchHistory();
  expect((events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes)).toEqual(
    [],
  );
  await handle.terminate();
});

import { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { expect, test } from 'vitest';
import type {
  BackfillTeamInput,
  SyncActivities,
  WidenBackfillInput,
  WidenBackfillResult,
} from '../../../src/contracts/sync.ts';
import {
  BACKFILL_CLOSING,
  BACKFILL_COVERED,
  widenBackfillUpdate,
} from '../../../src/contracts/sync.ts';
import { syncRepositoryWorkflowId } from '../../../src/contracts/workflow-ids.ts';
import { startBackfill } from '../../support/worlds/started-backfill.ts';
import { createStubActivities, type StubActivities } from '../../support/stubs/stub-workers.ts';
import { openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

const world = openWorkflowWorld();

async function begin(stubs: StubActivities, changes: Partial<BackfillTeamInput> = {}) {
  await world.work(stubs);
  const teamId = world.nextTeam();
  const handle = await startBackfill(world.temporal, teamId, changes);
  return { handle, teamId };
}

test('a backfill syncs every repository page by page, rolls up after each and closes its row', async () => {
  const stubs = createStubActivities();
  const { handle } = await begin(stubs);
  expect(await handle.result()).toEqual({
    syncRunId: '1',
    outcome: 'COMPLETED',
    repositories: 2,
  });
  expect(stubs.calls.filter((call) => call.startsWith('syncPullRequestPage'))).toHaveLength(6);
  expect(stubs.calls.filter((call) => call === 'rollUpDirtyWeeks')).toHaveLength(2);
  expect(stubs.calls.at(-1)).toBe('closeSyncRun 1 COMPLETED');
});

test('no more children run at a time than the activity options allow', async () => {
  let running = 0;
  let most = 0;
  const stubs = createStubActivities({
    async syncPullRequestPage() {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
    },
  });
  const { handle } = await begin(stubs, {
    repositories: ['a/1', 'a/2', 'a/3', 'a/4', 'a/5'],
    activityOptions: { heartbeatSeconds: 600, parallelRepositories: 1 },
  });
  await handle.result();
  expect(most).toBe(1);
});

test('a rate limit is a timer in the history, and the sync goes on by itself', async () => {
  let asked = 0;
  const stubs = createStubActivities({
    async syncPullRequestPage() {
      asked += 1;
      return asked === 1
        ? { next: 'WAIT', until: new Date(Date.now() + 1200).toISOString(), reason: 'limit' }
        : { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
    },
  });
  const { handle, teamId } = await begin(stubs, { repositories: ['a/1'] });
  await handle.result();
  expect(asked).toBe(2);
  const child = world.temporal.client.workflow.getHandle(syncRepositoryWorkflowId(teamId, '1'));
  const { events } = await child.fetchHistory();
  const kinds = (events ?? []).map((event) =>
    Object.keys(event).find((key) => key.endsWith('Attributes')),
  );
  expect(kinds).toContain('timerStartedEventAttributes');
  expect(kinds).toContain('timerFiredEventAttributes');
});

test('a repository that fails ends alone with its sentence, and the backfill is partial', async () => {
  const stubs = createStubActivities();
  const page = stubs.sync.syncPullRequestPage;
  const failing: SyncActivities['syncPullRequestPage'] = async (input) => {
    if (input.repositoryId === '1') {
      throw ApplicationFailure.nonRetryable('GitHub shows no such repository.', 'NOT_FOUND');
    }
    return page(input);
  };
  const { handle } = await begin({
    ...stubs,
    sync: { ...stubs.sync, syncPullRequestPage: failing },
  });
  expect(await handle.result()).toMatchObject({ outcome: 'PARTIAL' });
  expect(stubs.calls).toContain('closeSyncRun 1.0 FAILED GitHub shows no such repository.');
  expect(stubs.calls.at(-1)).toBe('closeSyncRun 1 PARTIAL');
});

test('a name that GitHub does not show is refused in the backfill and the others are synced', async () => {
  const stubs = createStubActivities({
    async resolveRepositories() {
      return {
        repositories: [{ repositoryId: '1', name: 'acme/api' }],
        refused: [{ name: 'acme/none', reason: 'GitHub shows no repository acme/none.' }],
        wait: null,
        left: [],
      };
    },
  });
  const { handle } = await begin(stubs, { repositories: ['acme/api', 'acme/none'] });
  expect(await handle.result()).toMatchObject({ outcome: 'PARTIAL', repositories: 1 });
  expect(stubs.calls.at(-1)).toBe('closeSyncRun 1 PARTIAL GitHub shows no repository acme/none.');
});

test('a name that no connection answers for is refused when it was tried in vain, and the others are synced', async () => {
  const calls: (readonly string[])[] = [];
  const stubs = createStubActivities({
    async resolveRepositories({ repositories }) {
      calls.push(repositories);
      if (calls.length > 1) {
        throw ApplicationFailure.nonRetryable('GitHub does not answer.', 'TRANSIENT');
      }
      return {
        repositories: [{ repositoryId: '1', name: 'acme/api' }],
        refused: [],
        wait: null,
        left: ['acme/none'],
      };
    },
  });
  const { handle } = await begin(stubs, { repositories: ['acme/none', 'acme/api'] });
  expect(await handle.result()).toMatchObject({ outcome: 'PARTIAL', repositories: 1 });
  expect(calls).toEqual([['acme/none', 'acme/api'], ['acme/none']]);
  expect(stubs.calls.at(-1)).toBe(
    'closeSyncRun 1 PARTIAL acme/none could not be looked up: GitHub does not answer.',
  );
});

test('a limit that is met while names are looked up is a timer too', async () => {
  let asked = 0;
  const stubs = createStubActivities();
  const resolve = stubs.sync.resolveRepositories;
  const sync: SyncActivities = {
    ...stubs.sync,
    async resolveRepositories(input) {
      asked += 1;
      const until = new Date(Date.now() + 1100).toISOString();
      return asked === 1
        ? {
            repositories: [],
            refused: [],
            wait: { until, reason: 'limit' },
            left: input.repositories,
          }
        : resolve(input);
    },
  };
  const { handle } = await begin({ ...stubs, sync }, { repositories: ['acme/api', 'acme/web'] });
  expect(await handle.result()).toMatchObject({ outcome: 'COMPLETED', repositories: 2 });
  expect(asked).toBe(2);
  const { events } = await handle.fetchHistory();
  expect((events ?? []).some((event) => event.timerFiredEventAttributes)).toBe(true);
});

test('a repository sync that ends partial makes the backfill partial', async () => {
  const stubs = createStubActivities({
    async syncPullRequestPage({ repositoryId }) {
      return {
        next: 'DONE',
        pages: 1,
        outcome: repositoryId === '1' ? 'PARTIAL' : 'COMPLETED',
        stages: [],
      };
    },
  });
  const { handle } = await begin(stubs);
  expect(await handle.result()).toMatchObject({ outcome: 'PARTIAL' });
});

test('a backfill of which nothing could be synced fails with the reason, after its row was closed', async () => {
  const stubs = createStubActivities({
    async resolveRepositories() {
      return {
        repositories: [],
        refused: [{ name: 'a/b', reason: 'There is no a/b.' }],
        wait: null,
        left: [],
      };
    },
  });
  const { handle } = await begin(stubs, { repositories: ['a/b'] });
  await expect(handle.result()).rejects.toMatchObject({ cause: { message: 'There is no a/b.' } });
  expect(stubs.calls.at(-1)).toBe('closeSyncRun 1 FAILED There is no a/b.');
});

test('a request that comes while the backfill closes is refused, so that nobody waits for what will not happen', async () => {
  const gate = world.gates.create();
  const closingSeen = world.gates.create();
  const stubs = createStubActivities();
  const close = stubs.sync.closeSyncRun;
  const { handle } = await begin({
    ...stubs,
    sync: {
      ...stubs.sync,
      async closeSyncRun(input) {
        closingSeen.open();
        await gate.passed;
        return close(input);
      },
    },
  });
  await closingSeen.passed;
  await expect(
    handle.executeUpdate<WidenBackfillResult, [WidenBackfillInput]>(widenBackfillUpdate, {
      args: [{ repositories: ['acme/other'], since: '2025-01-01T00:00:00.000Z' }],
    }),
  ).rejects.toMatchObject({ cause: { type: BACKFILL_CLOSING } });
  gate.open();
  expect(await handle.result()).toMatchObject({ repositories: 2 });
});

test('a wider request is accepted by an update and synced, a narrower one is refused and changes nothing', async () => {
  const gate = world.gates.create();
  const stubs = createStubActivities();
  const open = stubs.sync.openRepositoryRun;
  const { handle } = await begin({
    ...stubs,
    sync: {
      ...stubs.sync,
      async openRepositoryRun(input) {
        await gate.passed;
        return open(input);
      },
    },
  });
  const widen = (since: string) =>
    handle.executeUpdate<WidenBackfillResult, [WidenBackfillInput]>(widenBackfillUpdate, {
      args: [{ repositories: [], since }],
    });
  const covered = { cause: { type: BACKFILL_COVERED } };
  await expect(widen('2026-03-01T00:00:00.000Z')).rejects.toMatchObject(covered);
  expect(await widen('2025-06-01T00:00:00.000Z')).toEqual({ widened: true });
  await expect(widen('2025-06-01T00:00:00.000Z')).rejects.toMatchObject(covered);
  await expect(widen('yesterday')).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
  gate.open();
  expect(await handle.result()).toMatchObject({ repositories: 4 });
  expect(stubs.calls.filter((call) => call.startsWith('resolveRepositories'))).toHaveLength(2);
});

test('cancelling ends the repository syncs and leaves the rows cancelled', async () => {
  const gate = world.gates.create();
  const stubs = createStubActivities();
  const page = stubs.sync.syncPullRequestPage;
  const { handle } = await begin({
    ...stubs,
    sync: {
      ...stubs.sync,
      async syncPullRequestPage(input) {
        gate.open();
        const result = await page(input);
        return { next: 'PAGE', pages: result.next === 'WAIT' ? 0 : result.pages };
      },
    },
  });
  await gate.passed;
  await handle.cancel();
  await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
  expect(stubs.calls.filter((call) => / CANCELLED /.test(call)).length).toBeGreaterThanOrEqual(2);
  // Nobody waits for the rollup to see that the job has ended.
  expect(stubs.calls.slice(-2)).toEqual([
    'closeSyncRun 1 CANCELLED Cancelled on request.',
    'rollUpDirtyWeeks',
  ]);
});

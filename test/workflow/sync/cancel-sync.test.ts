import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { expect, test } from 'vitest';
import {
  SYNC_WORKFLOWS,
  pauseSyncSignal,
  resumeSyncSignal,
  type SyncActivities,
} from '../../../src/contracts/sync.ts';
import { TASK_QUEUES } from '../../../src/contracts/task-queues.ts';
import { toWebhooksStart } from '../../../src/contracts/webhooks.ts';
import { syncRepositoryWorkflowId } from '../../../src/contracts/workflow-ids.ts';
import { startBackfill, untilProgress } from '../../support/worlds/started-backfill.ts';
import { createStubActivities, type StubActivities } from '../../support/stubs/stub-workers.ts';
import { createWebhookStubs } from '../../support/stubs/webhook-stubs.ts';
import { openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

const world = openWorkflowWorld();
const { gates, nextTeam } = world;

/** Long enough that an activity of a test, which sends no heartbeats, is not given up. */
const ACTIVITY_OPTIONS = { heartbeatSeconds: 60, parallelRepositories: 1 };
const ONE = { repositories: ['a/1'], activityOptions: ACTIVITY_OPTIONS };
/** The row is committed then, and only a second attempt learns its id. */
const ANSWER_LOST = ApplicationFailure.retryable('The connection broke.', 'DATABASE_UNAVAILABLE');
const CANCELLED = 'CANCELLED Cancelled on request.';

async function begin(changes: Partial<SyncActivities> = {}) {
  const stubs = createStubActivities(changes);
  await world.work(stubs);
  const teamId = nextTeam();
  const handle = await startBackfill(world.temporal, teamId, ONE);
  return { stubs, handle, sync: handleOf(teamId) };
}

function handleOf(teamId: string): WorkflowHandle {
  return world.temporal.client.workflow.getHandle(syncRepositoryWorkflowId(teamId, '1'));
}

/** Activities that a workflow has scheduled so far. */
async function scheduledBy(handle: Pick<WorkflowHandle, 'fetchHistory'>): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name ?? [],
  );
}

/** Waits until Temporal has asked an activity of the workflow to end. */
async function untilActivityCancelled(handle: Pick<WorkflowHandle, 'fetchHistory'>) {
  const isAsked = async () => {
    const { events } = await handle.fetchHistory();
    return events?.some((event) => event.activityTaskCancelRequestedEventAttributes) ?? false;
  };
  await expect.poll(isAsked).toBe(true);
}

async function expectCancelled(handle: Pick<WorkflowHandle, 'result' | 'describe'>) {
  await handle.result().catch(() => undefined);
  expect((await handle.describe()).status.name).toBe('CANCELLED');
}

function closes({ calls }: Pick<StubActivities, 'calls'>): string[] {
  return calls.filter((call) => call.startsWith('closeSyncRun'));
}

test('a job that is cancelled before a worker takes it closes the row that its starter has written', async () => {
  const stubs = createStubActivities();
  const handle = await startBackfill(world.temporal, nextTeam(), ONE);
  await handle.cancel();
  await world.work(stubs);
  await expectCancelled(handle);
  expect(closes(stubs)).toEqual([`closeSyncRun 1 ${CANCELLED}`]);
});

test('a backfill that is cancelled while its names are looked up begins no repository sync', async () => {
  const [seen, gate] = [gates.create(), gates.create()];
  const { stubs, handle } = await begin({
    async resolveRepositories() {
      seen.open();
      await gate.passed;
      return {
        repositories: [{ repositoryId: '1', name: 'a/1' }],
        refused: [],
        wait: null,
        left: [],
      };
    },
  });
  await seen.passed;
  await handle.cancel();
  await untilActivityCancelled(handle);
  gate.open();
  await expectCancelled(handle);
  expect(stubs.calls).toEqual(['openBackfill', `closeSyncRun 1 ${CANCELLED}`, 'rollUpDirtyWeeks']);
});

test('a backfill that is cancelled while the row of a repository sync is written closes that row too', async () => {
  const [seen, gate] = [gates.create(), gates.create()];
  let attempts = 0;
  const { stubs, handle } = await begin({
    async openRepositoryRun() {
      attempts += 1;
      seen.open();
      await gate.passed;
      if (attempts === 1) {
        throw ANSWER_LOST;
      }
      stubs.calls.push('opened 1.0');
      return {
        syncRunId: '1.0',
        kind: 'BACKFILL',
        since: '2026-01-01T00:00:00.000Z',
        isResumed: false,
      };
    },
  });
  await seen.passed;
  await handle.cancel();
  gate.open();
  await expectCancelled(handle);
  expect(stubs.calls.slice(stubs.calls.indexOf('opened 1.0'))).toEqual([
    'opened 1.0',
    `closeSyncRun 1.0 ${CANCELLED}`,
    `closeSyncRun 1 ${CANCELLED}`,
    'rollUpDirtyWeeks',
  ]);
});

test('a backfill that is cancelled while it waits for another sync closes the row of its own', async () => {
  const gate = gates.create();
  const stubs = createStubActivities({
    async syncPullRequestPage() {
      await gate.passed;
      return { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
    },
  });
  await world.work(stubs);
  const teamId = nextTeam();
  const other = await world.temporal.client.workflow.start(SYNC_WORKFLOWS.syncRepository, {
    workflowId: syncRepositoryWorkflowId(teamId, '1'),
    taskQueue: TASK_QUEUES.sync,
    args: [
      {
        teamId,
        repositoryId: '1',
        repositoryName: 'a/1',
        syncRunId: 'other',
        activityOptions: ACTIVITY_OPTIONS,
      },
    ],
  });
  const handle = await startBackfill(world.temporal, teamId, ONE);
  await untilProgress(handle, ({ wait }) => wait !== null);
  await handle.cancel();
  await expectCancelled(handle);
  expect(closes(stubs)).toEqual([`closeSyncRun 1.0 ${CANCELLED}`, `closeSyncRun 1 ${CANCELLED}`]);
  gate.open();
  expect(await other.result()).toMatchObject({ outcome: 'COMPLETED' });
});

test('the row of a repository sync that was terminated is closed by its backfill', async () => {
  const [seen, gate] = [gates.create(), gates.create()];
  const { stubs, handle, sync } = await begin({
    async syncPullRequestPage() {
      seen.open();
      await gate.passed;
      return { next: 'PAGE', pages: 1 };
    },
  });
  await seen.passed;
  await sync.terminate('by hand');
  const sentence = 'The workflow was terminated: start the sync again.';
  await expect(handle.result()).rejects.toMatchObject({ cause: { message: sentence } });
  expect(closes(stubs)).toEqual([
    `closeSyncRun 1.0 FAILED ${sentence}`,
    `closeSyncRun 1 FAILED ${sentence}`,
  ]);
});

test('a backfill that is cancelled while a resume is reported to its row ends as cancelled', async () => {
  const [page, reported, gate] = [gates.create(), gates.create(), gates.create()];
  const { stubs, handle } = await begin({
    async syncPullRequestPage() {
      await page.passed;
      return { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
    },
    async recordSyncPause({ syncRunId }) {
      if (syncRunId === '1') {
        reported.open();
        await gate.passed;
      }
    },
  });
  await handle.signal(pauseSyncSignal);
  await reported.passed;
  await handle.signal(resumeSyncSignal);
  page.open();
  await untilProgress(handle, ({ synced }) => synced === 1);
  await expect.poll(() => stubs.calls.at(-1)).toBe('rollUpDirtyWeeks');
  await handle.cancel();
  gate.open();
  await expectCancelled(handle);
  expect(closes(stubs)).toEqual([`closeSyncRun 1 ${CANCELLED}`]);
});

test.each(['ends well', 'fails'] as const)(
  'rows say CANCELLED only once the page that runs has ended, also where it %s',
  async (how) => {
    const [seen, gate] = [gates.create(), gates.create()];
    const { stubs, handle, sync } = await begin({
      async syncPullRequestPage() {
        seen.open();
        await gate.passed;
        stubs.calls.push('the page has ended');
        if (how === 'fails') {
          throw ApplicationFailure.retryable('GitHub fails.', 'TRANSIENT');
        }
        return { next: 'PAGE', pages: 1 };
      },
    });
    await seen.passed;
    await handle.cancel();
    await untilActivityCancelled(sync);
    expect(await scheduledBy(sync)).toEqual(['syncPullRequestPage']);
    gate.open();
    await expectCancelled(handle);
    await expectCancelled(sync);
    expect(stubs.calls.slice(stubs.calls.indexOf('the page has ended'))).toEqual([
      'the page has ended',
      `closeSyncRun 1.0 ${CANCELLED}`,
      // The backfill closes it again, as the sync may have been terminated: a row that has ended keeps its end.
      `closeSyncRun 1.0 ${CANCELLED}`,
      `closeSyncRun 1 ${CANCELLED}`,
      'rollUpDirtyWeeks',
    ]);
  },
);

test('webhooks that are cancelled while the row of a sync is written close it', async () => {
  const [seen, gate] = [gates.create(), gates.create()];
  let attempts = 0;
  const stubs = createWebhookStubs({
    processDeliveries: async () => ({
      deliveries: 1,
      more: false,
      wait: null,
      repositoriesToSync: ['5'],
    }),
    async openWebhookSync() {
      attempts += 1;
      seen.open();
      await gate.passed;
      if (attempts === 1) {
        throw ANSWER_LOST;
      }
      return { syncRunId: '5.1', repositoryName: 'acme/api' };
    },
  });
  await world.work(stubs);
  const handle = await world.start(toWebhooksStart({ teamId: nextTeam(), connectionId: '1' }));
  await seen.passed;
  await handle.cancel();
  gate.open();
  await expectCancelled(handle);
  expect(closes(stubs)).toEqual([`closeSyncRun 5.1 ${CANCELLED}`]);
});

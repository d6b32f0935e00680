import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { WorkflowStart } from '../../../src/contracts/launcher.ts';
import { SYNC_WORKFLOWS, type SyncActivities } from '../../../src/contracts/sync.ts';
import { TASK_QUEUES } from '../../../src/contracts/task-queues.ts';
import {
  processMoreSignal,
  toRedeliverStart,
  toSweepStart,
  toWebhooksStart,
  type WebhookActivities,
} from '../../../src/contracts/webhooks.ts';
import { webhookSyncWorkflowId } from '../../../src/contracts/workflow-ids.ts';
import { createWebhookStubs } from '../../support/stubs/webhook-stubs.ts';
import { openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

const world = openWorkflowWorld();
let team = 0;

async function begin(
  start: WorkflowStart,
  changes: Partial<WebhookActivities> = {},
  syncChanges: Partial<SyncActivities> = {},
) {
  const stubs = createWebhookStubs(changes, syncChanges);
  await world.work(stubs);
  return { stubs, handle: await world.start(start) };
}

function nextConnection() {
  team += 1;
  return toWebhooksStart({ teamId: `1${team}`, connectionId: '1' });
}

test('all that waits is done, then the weeks are rolled up, and the workflow ends by itself', async () => {
  const start = nextConnection();
  const { stubs, handle } = await begin(start);
  expect(await handle.result()).toEqual({ deliveries: 10 });
  expect(stubs.calls).toEqual([
    `processDeliveries 1${team}:1`,
    `processDeliveries 1${team}:1`,
    'rollUpDirtyWeeks',
  ]);
});

test('what is announced while it runs is done by the same run', async () => {
  let looks = 0;
  const { handle } = await begin(nextConnection(), {
    async processDeliveries() {
      looks += 1;
      return { deliveries: 1, more: false, wait: null, repositoriesToSync: [] };
    },
  });
  await expect.poll(() => looks).toBe(1);
  await handle.signal(processMoreSignal);
  expect(await handle.result()).toEqual({ deliveries: 2 });
});

test('a limit is waited out by a timer, and the rest is done behind it', async () => {
  let looks = 0;
  const { handle } = await begin(nextConnection(), {
    async processDeliveries() {
      looks += 1;
      const until = new Date(Date.now() + 1100).toISOString();
      return looks === 1
        ? { deliveries: 0, more: true, wait: { until, reason: 'limit' }, repositoriesToSync: [] }
        : { deliveries: 4, more: false, wait: null, repositoriesToSync: [] };
    },
  });
  expect(await handle.result()).toEqual({ deliveries: 4 });
  const { events } = await handle.fetchHistory();
  expect(events?.some((event) => event.timerFiredEventAttributes)).toBe(true);
});

test('what became due in a repository is read by one sync, before the weeks are rolled up', async () => {
  let looks = 0;
  const { stubs, handle } = await begin(nextConnection(), {
    async processDeliveries() {
      looks += 1;
      return { deliveries: 1, more: looks < 3, wait: null, repositoriesToSync: ['5'] };
    },
  });
  await handle.result();
  expect(stubs.calls).toEqual([
    'openWebhookSync 5',
    ...[1, 2, 3].map((page) => `syncPullRequestPage 5.1 ${page}`),
    'rollUpDirtyWeeks',
  ]);
});

test('a repository whose first sync has not ended is left alone: that one reads everything', async () => {
  const { stubs, handle } = await begin(nextConnection(), {
    async processDeliveries() {
      return { deliveries: 1, more: false, wait: null, repositoriesToSync: ['5'] };
    },
    async openWebhookSync() {
      return { syncRunId: null, repositoryName: 'acme/api' };
    },
  });
  expect(await handle.result()).toEqual({ deliveries: 1 });
  expect(stubs.calls).toEqual(['rollUpDirtyWeeks']);
});

test('a sync that fails closes its row with the reason, and the deliveries are processed all the same', async () => {
  const { stubs, handle } = await begin(
    nextConnection(),
    {
      async processDeliveries() {
        return { deliveries: 1, more: false, wait: null, repositoriesToSync: ['5'] };
      },
    },
    {
      async syncPullRequestPage() {
        throw ApplicationFailure.nonRetryable('GitHub shows no such repository.', 'NOT_FOUND');
      },
    },
  );
  expect(await handle.result()).toEqual({ deliveries: 1 });
  expect(stubs.calls).toEqual([
    'openWebhookSync 5',
    // The sync itself, then the workflow that began it: a row that has ended keeps its end.
    'closeSyncRun 5.1 FAILED GitHub shows no such repository.',
    'closeSyncRun 5.1 FAILED GitHub shows no such repository.',
    'rollUpDirtyWeeks',
  ]);
});

test('a sync beside another one of the repository ends its row at once', async () => {
  const start = nextConnection();
  const { teamId } = start.input as { readonly teamId: string };
  const gate = world.gates.create();
  const { stubs, handle } = await begin(
    start,
    {
      async processDeliveries() {
        return { deliveries: 1, more: false, wait: null, repositoriesToSync: ['5'] };
      },
      async openWebhookSync({ attempt }) {
        await world.temporal.client.workflow.start(SYNC_WORKFLOWS.syncRepository, {
          workflowId: webhookSyncWorkflowId(teamId, '5'),
          taskQueue: TASK_QUEUES.sync,
          args: [
            {
              teamId,
              repositoryId: '5',
              repositoryName: 'acme/api',
              syncRunId: 'other',
              activityOptions: { heartbeatSeconds: 60, parallelRepositories: 1 },
            },
          ],
        });
        return { syncRunId: `5.${attempt}`, repositoryName: 'acme/api' };
      },
    },
    {
      async syncPullRequestPage() {
        await gate.passed;
        return { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
      },
    },
  );
  expect(await handle.result()).toEqual({ deliveries: 1 });
  expect(stubs.calls).toContain(
    'closeSyncRun 5.1 CANCELLED Another sync of this repository was running; the next one reads what that one leaves.',
  );
  gate.open();
  await world.temporal.client.workflow.getHandle(webhookSyncWorkflowId(teamId, '5')).result();
});

test('a flood continues as new, and nothing of it is lost', async () => {
  let looks = 0;
  const { handle } = await begin(nextConnection(), {
    async processDeliveries() {
      looks += 1;
      return { deliveries: 1, more: looks < 60, wait: null, repositoriesToSync: [] };
    },
  });
  const { runId } = await handle.describe();
  // The numbers are those of the last run of the chain.
  expect(await handle.result()).toEqual({ deliveries: 10 });
  expect(looks).toBe(60);
  expect((await handle.describe()).runId).not.toBe(runId);
});

test('the sweep starts what waits, and signals what runs already', async () => {
  const [running, swept] = [world.gates.create(), world.gates.create()];
  const { stubs, handle } = await begin(toWebhooksStart({ teamId: '7', connectionId: '2' }), {
    async processDeliveries({ connectionId }) {
      if (connectionId === '2') {
        // It must not end before the sweep has signalled it.
        running.open();
        await swept.passed;
      }
      return { deliveries: 1, more: false, wait: null, repositoriesToSync: [] };
    },
  });
  await running.passed;
  const sweep = await world.start(toSweepStart());
  expect(await sweep.result()).toEqual({ connections: 2 });
  swept.open();
  expect(await handle.result()).toEqual({ deliveries: 2 });
  expect(await world.temporal.client.workflow.getHandle('webhooks:7:1').result()).toEqual({
    deliveries: 1,
  });
  expect(stubs.calls).toContain('listStalledWebhooks 7');
});

test('a redelivery goes through all connections, whatever is wrong with one of them', async () => {
  const { handle } = await begin(toRedeliverStart(), {
    async redeliverDeliveries({ connectionId }) {
      if (connectionId === '1') {
        throw ApplicationFailure.nonRetryable('GitHub refuses the token.', 'UNAUTHORIZED');
      }
      return {
        redelivered: 2,
        wait: null,
        skipped: ['Give the token the permission Webhooks.'],
        next: null,
      };
    },
  });
  expect(await handle.result()).toEqual({
    redelivered: 2,
    skipped: ['GitHub refuses the token.', 'Give the token the permission Webhooks.'],
  });
});

test('a redelivery goes on behind the repositories that are done, also after a wait', async () => {
  const asked: (string | null)[] = [];
  const { handle } = await begin(toRedeliverStart(), {
    async redeliverDeliveries({ connectionId, after }) {
      if (connectionId === '2') {
        return { redelivered: 0, wait: null, skipped: [], next: null };
      }
      asked.push(after);
      const until = new Date(Date.now() + 1100).toISOString();
      const wait = asked.length === 2 ? { until, reason: 'limit' } : null;
      const next = { 1: '200', 2: '250', 3: null }[asked.length] ?? null;
      return { redelivered: 1, wait, skipped: [], next };
    },
  });
  expect(await handle.result()).toEqual({ redelivered: 3, skipped: [] });
  expect(asked).toEqual([null, '200', '250']);
});

test('a redelivery of many calls goes on in a new run where the last one stood', async () => {
  const asked: string[] = [];
  const { handle } = await begin(toRedeliverStart(), {
    async redeliverDeliveries({ connectionId, after, refused }) {
      asked.push(`${connectionId} ${after} ${refused?.REPOSITORY}`);
      const next = connectionId === '2' && Number(after) < 160 ? String(Number(after) + 1) : null;
      const refusals = { refused: { REPOSITORY: Number(next), ORGANIZATION: 0 } };
      return { redelivered: 1, wait: null, skipped: [], next, ...(next !== null && refusals) };
    },
  });
  expect(await handle.result()).toEqual({ redelivered: 162, skipped: [] });
  const behind = Array.from({ length: 160 }, (_, index) => `2 ${index + 1} ${index + 1}`);
  expect(asked).toEqual(['1 null undefined', '2 null undefined', ...behind]);
  const { runId } = await world.temporal.client.workflow.getHandle(handle.workflowId).describe();
  expect(runId).not.toBe(handle.firstExecutionRunId);
});

import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { expect, test } from 'vitest';
import type { SyncActivities } from '../../../src/contracts/sync.ts';
import { toWebhooksStart } from '../../../src/contracts/webhooks.ts';
import {
  syncRepositoryWorkflowId,
  webhookSyncWorkflowId,
} from '../../../src/contracts/workflow-ids.ts';
import { startBackfill } from '../../support/worlds/started-backfill.ts';
import { createStubActivities } from '../../support/stubs/stub-workers.ts';
import { createWebhookStubs } from '../../support/stubs/webhook-stubs.ts';
import { openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

const world = openWorkflowWorld();
const { gates, nextTeam } = world;

const REFUSED = ApplicationFailure.nonRetryable('GitHub refuses the token.', 'UNAUTHORIZED');

/** How often each activity that a workflow has scheduled is tried at the most; 0 is without an end. */
async function attemptsOf(
  handle: Pick<WorkflowHandle, 'fetchHistory'>,
): Promise<Map<string, number>> {
  const { events } = await handle.fetchHistory();
  return new Map(
    (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled?.activityType?.name
        ? [[scheduled.activityType.name, scheduled.retryPolicy?.maximumAttempts ?? 0] as const]
        : [],
    ),
  );
}

function handleOf(workflowId: string): WorkflowHandle {
  return world.temporal.client.workflow.getHandle(workflowId);
}

function withWebhookSync(changes: Partial<SyncActivities>) {
  const processDeliveries = async () => ({
    deliveries: 1,
    more: false,
    wait: null,
    repositoriesToSync: ['5'],
  });
  return createWebhookStubs({ processDeliveries }, changes);
}

test('a backfill and a repository sync close their rows however long the database is away, and give other work up', async () => {
  const stubs = createStubActivities({
    syncPullRequestPage: () => Promise.reject(REFUSED),
  });
  await world.work(stubs);
  const teamId = nextTeam();
  const job = await startBackfill(world.temporal, teamId, { repositories: ['a/1'] });
  await expect(job.result()).rejects.toMatchObject({ cause: { type: 'UNAUTHORIZED' } });
  expect(Object.fromEntries(await attemptsOf(job))).toEqual({
    openBackfill: 30,
    resolveRepositories: 30,
    openRepositoryRun: 30,
    rollUpDirtyWeeks: 30,
    closeSyncRun: 0,
  });
  const sync = await attemptsOf(handleOf(syncRepositoryWorkflowId(teamId, '1')));
  expect(Object.fromEntries(sync)).toEqual({ syncPullRequestPage: 30, closeSyncRun: 0 });
});

test('the processing of webhooks closes the row of its sync however long the database is away', async () => {
  await world.work(withWebhookSync({ syncPullRequestPage: () => Promise.reject(REFUSED) }));
  const handle = await world.start(toWebhooksStart({ teamId: nextTeam(), connectionId: '1' }));
  await handle.result();
  expect(Object.fromEntries(await attemptsOf(handle))).toMatchObject({
    processDeliveries: 30,
    openWebhookSync: 30,
    closeSyncRun: 0,
  });
});

test('a sync whose webhooks were terminated closes its row once its page has ended', async () => {
  const [seen, gate] = [gates.create(), gates.create()];
  const stubs = withWebhookSync({
    async syncPullRequestPage() {
      seen.open();
      await gate.passed;
      stubs.calls.push('the page has ended');
      return { next: 'PAGE', pages: 1 };
    },
  });
  await world.work(stubs);
  const teamId = nextTeam();
  const handle = await world.start(toWebhooksStart({ teamId, connectionId: '1' }));
  await seen.passed;
  await handle.terminate('by hand');
  const sync = handleOf(webhookSyncWorkflowId(teamId, '5'));
  const isCancelRequested = async () => {
    const { events } = await sync.fetchHistory();
    return events?.some((event) => event.workflowExecutionCancelRequestedEventAttributes) ?? false;
  };
  await expect.poll(isCancelRequested).toBe(true);
  gate.open();
  await expect(sync.result()).rejects.toThrow(/cancelled/i);
  expect(stubs.calls.slice(-2)).toEqual([
    'the page has ended',
    'closeSyncRun 5.1 CANCELLED Cancelled on request.',
  ]);
});

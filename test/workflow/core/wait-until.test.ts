import { defaultPayloadConverter } from '@temporalio/common';
import { expect, test } from 'vitest';
import { toAiUsageStart } from '../../../src/contracts/ai-usage.ts';
import { toMembersStart } from '../../../src/contracts/members.ts';
import { toReconcileStart } from '../../../src/contracts/reconcile.ts';
import type { SyncRepositoryInput } from '../../../src/contracts/sync.ts';
import { webhookSyncWorkflowId } from '../../../src/contracts/workflow-ids.ts';
import { toRedeliverStart, toWebhooksStart } from '../../../src/contracts/webhooks.ts';
import { createMemberStubs } from '../../support/stubs/member-stubs.ts';
import { createReconcileStubs } from '../../support/stubs/reconcile-stubs.ts';
import { createUsageStubs } from '../../support/stubs/usage-stubs.ts';
import { createStubActivities } from '../../support/stubs/stub-workers.ts';
import { createWebhookStubs } from '../../support/stubs/webhook-stubs.ts';
import { openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

/** So long after a limit was lifted those who wait for it ask again at the latest. */
const ASK_AGAIN_SECONDS = 5 * 60;
const REASON = 'GitHub asks for it';

const world = openWorkflowWorld();
type Stubs = Parameters<typeof world.work>[0];
type Start = Parameters<typeof world.start>[0];

/** The first timer of a workflow: seconds, and what it is for. The workflow is ended then. */
async function firstTimer(
  stubs: Stubs,
  start: Start,
): Promise<{ readonly seconds: number; readonly summary: unknown; readonly details: string }> {
  await world.work(stubs);
  const handle = await world.start(start);
  const find = async () => {
    const { events } = await handle.fetchHistory();
    return events?.find((event) => event.timerStartedEventAttributes);
  };
  await expect.poll(find).toBeDefined();
  const timer = await find();
  const details = await handle.query<{ readonly currentDetails: string }>(
    '__temporal_workflow_metadata',
  );
  await handle.terminate();
  const summary = timer?.userMetadata?.summary;
  return {
    seconds: Number(timer?.timerStartedEventAttributes?.startToFireTimeout?.seconds),
    summary: summary && defaultPayloadConverter.fromPayload(summary),
    details: details.currentDetails,
  };
}

function members(until: string): [Stubs, Start] {
  const stubs = createMemberStubs(['acme'], {
    syncOrganizationMembers: async () => ({ next: 'WAIT', until, reason: REASON }),
  });
  return [stubs, toMembersStart(world.nextTeam())];
}

function reconcile(until: string): [Stubs, Start] {
  const stubs = createReconcileStubs(1, {
    verifyRepository: async () => ({ next: 'WAIT', until, reason: REASON }),
  });
  return [stubs, toReconcileStart(world.nextTeam())];
}

function usage(until: string): [Stubs, Start] {
  const stubs = createUsageStubs(1, {
    syncAiUsageDays: async ({ days }) => ({
      daysDone: 0,
      rowsWritten: 0,
      rowsRefused: 0,
      daysLeft: days,
      wait: { until, reason: REASON },
      stop: null,
    }),
  });
  return [stubs, toAiUsageStart({ teamId: world.nextTeam(), organization: 'acme' })];
}

function webhooks(until: string): [Stubs, Start] {
  const wait = { until, reason: REASON };
  const stubs = createWebhookStubs({
    processDeliveries: async () => ({ deliveries: 0, more: true, wait, repositoriesToSync: [] }),
  });
  return [stubs, toWebhooksStart({ teamId: world.nextTeam(), connectionId: '1' })];
}

function redelivery(until: string): [Stubs, Start] {
  const wait = { until, reason: REASON };
  const stubs = createWebhookStubs({
    redeliverDeliveries: async () => ({ redelivered: 0, wait, skipped: [], next: null }),
  });
  return [stubs, toRedeliverStart()];
}

function repository(until: string): [Stubs, Start] {
  const stubs = createStubActivities({
    syncPullRequestPage: async () => ({ next: 'WAIT', until, reason: REASON }),
  });
  const teamId = world.nextTeam();
  const input: SyncRepositoryInput = {
    teamId,
    repositoryId: '1',
    repositoryName: 'acme/api',
    syncRunId: '1',
    activityOptions: { heartbeatSeconds: 600, parallelRepositories: 1 },
    pagesBefore: 0,
  };
  const workflowId = webhookSyncWorkflowId(teamId, '1');
  return [stubs, { workflowType: 'syncRepository', workflowId, taskQueue: 'sync', input }];
}

test.each([
  ['a repository', repository],
  ['members', members],
  ['a reconcile', reconcile],
  ['AI usage', usage],
  ['webhooks', webhooks],
  ['a redelivery', redelivery],
] as const)(
  'a wait of %s shows until when and what for, and lasts five minutes at the most',
  async (_, scene) => {
    const until = '2199-01-01T00:00:00.000Z';
    expect(await firstTimer(...scene(until))).toEqual({
      seconds: ASK_AGAIN_SECONDS,
      summary: `Until ${until}: ${REASON}`,
      details: `Waiting until ${until}: ${REASON}`,
    });
  },
);

test.each(['2001-01-01T00:00:00.000Z', 'no instant'])(
  'a wait until %s lasts a second',
  async (until) => {
    expect(await firstTimer(...members(until))).toMatchObject({
      seconds: 1,
      summary: `Until ${until}: ${REASON}`,
    });
  },
);

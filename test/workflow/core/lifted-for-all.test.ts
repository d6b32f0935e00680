import { expect, test } from 'vitest';
import { toAiUsageStart } from '../../../src/contracts/ai-usage.ts';
import { toMembersStart } from '../../../src/contracts/members.ts';
import { toReconcileStart } from '../../../src/contracts/reconcile.ts';
import { toSyncTeamStart } from '../../../src/contracts/sync.ts';
import { toRedeliverStart, toWebhooksStart } from '../../../src/contracts/webhooks.ts';
import { createMemberStubs } from '../../support/stubs/member-stubs.ts';
import { createReconcileStubs } from '../../support/stubs/reconcile-stubs.ts';
import { createStubActivities } from '../../support/stubs/stub-workers.ts';
import { createUsageStubs } from '../../support/stubs/usage-stubs.ts';
import { createWebhookStubs } from '../../support/stubs/webhook-stubs.ts';
import { openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

/** Five minutes are too long for a test. */
const world = openWorkflowWorld({
  change(bundle) {
    const changed = bundle.replace('ASK_AGAIN_MS = 5 * 60 * 1000;', 'ASK_AGAIN_MS = 50;');
    if (changed === bundle) {
      throw new Error('the bundle says otherwise how long its workflows wait');
    }
    return changed;
  },
});
type Stubs = Parameters<typeof world.work>[0];
type Start = Parameters<typeof world.start>[0];

/** A limit of an identity, which nobody tells its workflows the end of. */
interface Limit {
  /** The wait of who asks while it stands. */
  ask(): typeof BLOCKED | null;
}

const BLOCKED = { until: '2199-01-01T00:00:00.000Z', reason: "GitHub's hourly limit" };
const ACTIVITY_OPTIONS = { heartbeatSeconds: 600, parallelRepositories: 1 };

const pages = (limit: Limit) => ({
  syncPullRequestPage: async () => {
    const wait = limit.ask();
    return wait === null
      ? ({ next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] } as const)
      : ({ next: 'WAIT', ...wait } as const);
  },
});

function teamSync(limit: Limit): [Stubs, Start] {
  const activityOptions = ACTIVITY_OPTIONS;
  const start = toSyncTeamStart({ teamId: world.nextTeam(), activityOptions });
  return [createStubActivities(pages(limit)), start];
}

function lookUp(limit: Limit): [Stubs, Start] {
  const resolve = createStubActivities().sync.resolveRepositories;
  const stubs = createStubActivities({
    async resolveRepositories(input) {
      const wait = limit.ask();
      return wait === null
        ? resolve(input)
        : { repositories: [], refused: [], wait, left: ['acme/api'] };
    },
  });
  const activityOptions = ACTIVITY_OPTIONS;
  return [stubs, toSyncTeamStart({ teamId: world.nextTeam(), activityOptions })];
}

function members(limit: Limit): [Stubs, Start] {
  const stubs = createMemberStubs(['acme'], {
    async syncOrganizationMembers() {
      const wait = limit.ask();
      return wait === null
        ? { next: 'DONE', outcome: { state: 'UNCHANGED' } }
        : { next: 'WAIT', ...wait };
    },
  });
  return [stubs, toMembersStart(world.nextTeam())];
}

function reconcile(limit: Limit): [Stubs, Start] {
  const stubs = createReconcileStubs(1, {
    async verifyRepository() {
      const wait = limit.ask();
      return wait === null ? { next: 'DONE', drift: [] } : { next: 'WAIT', ...wait };
    },
  });
  return [stubs, toReconcileStart(world.nextTeam())];
}

function repair(limit: Limit): [Stubs, Start] {
  const stubs = createReconcileStubs(1, {
    async repairRange() {
      const wait = limit.ask();
      return wait === null
        ? { next: 'DONE', repaired: 1, removed: 0, total: 1 }
        : { next: 'WAIT', ...wait };
    },
  });
  return [stubs, toReconcileStart(world.nextTeam())];
}

function usageDays(limit: Limit): [Stubs, Start] {
  const done = createUsageStubs(1).sync.syncAiUsageDays;
  const stubs = createUsageStubs(1, {
    async syncAiUsageDays(input) {
      const wait = limit.ask();
      return wait === null
        ? done(input)
        : { daysDone: 0, rowsWritten: 0, rowsRefused: 0, daysLeft: input.days, wait, stop: null };
    },
  });
  return [stubs, toAiUsageStart({ teamId: world.nextTeam(), organization: 'acme' })];
}

function usageSeats(limit: Limit): [Stubs, Start] {
  const stubs = createUsageStubs(1, {
    syncAiSeats: async () => ({ seats: 3, wait: limit.ask(), stop: null }),
  });
  return [stubs, toAiUsageStart({ teamId: world.nextTeam(), organization: 'acme' })];
}

function webhooks(limit: Limit): [Stubs, Start] {
  const stubs = createWebhookStubs({
    async processDeliveries() {
      const wait = limit.ask();
      return { deliveries: 1, more: wait !== null, wait, repositoriesToSync: [] };
    },
  });
  return [stubs, toWebhooksStart({ teamId: world.nextTeam(), connectionId: '1' })];
}

function syncOfWebhook(limit: Limit): [Stubs, Start] {
  const stubs = createWebhookStubs(
    {
      processDeliveries: async () => ({
        deliveries: 1,
        more: false,
        wait: null,
        repositoriesToSync: ['5'],
      }),
    },
    pages(limit),
  );
  return [stubs, toWebhooksStart({ teamId: world.nextTeam(), connectionId: '1' })];
}

function redelivery(limit: Limit): [Stubs, Start] {
  const stubs = createWebhookStubs({
    redeliverDeliveries: async () => ({
      redelivered: 1,
      wait: limit.ask(),
      skipped: [],
      next: null,
    }),
  });
  return [stubs, toRedeliverStart()];
}

test.each([
  ['the scheduled sync of a team', teamSync],
  ['a look-up of names', lookUp],
  ['members', members],
  ['a reconcile', reconcile],
  ['a repair', repair],
  ['reports of AI usage', usageDays],
  ['seats of AI tools', usageSeats],
  ['webhooks', webhooks],
  ['a sync that webhooks began', syncOfWebhook],
  ['a redelivery', redelivery],
] as const)(
  '%s of a team whose connection nobody tested goes on once the limit is lifted',
  async (_, scene) => {
    let isLimited = true;
    let asked = 0;
    const [stubs, start] = scene({
      ask() {
        asked += 1;
        return isLimited ? BLOCKED : null;
      },
    });
    await world.work(stubs);
    const handle = await world.start(start);
    await expect.poll(() => asked).toBeGreaterThan(1);
    isLimited = false;
    await handle.result();
    const { events } = await handle.fetchHistory();
    expect((events ?? []).some((event) => event.workflowExecutionSignaledEventAttributes)).toBe(
      false,
    );
  },
);

test('who waits with a history that Temporal finds long does not make it longer every few minutes', async () => {
  let asked = 0;
  await world.work(
    createMemberStubs(['acme'], {
      async syncOrganizationMembers() {
        asked += 1;
        const cursor = { after: '', seen: ['x'.repeat(400_000)], written: 0 };
        return { next: 'WAIT', ...BLOCKED, cursor };
      },
    }),
  );
  const handle = await world.start(toMembersStart(world.nextTeam()));
  const lastTimer = async (): Promise<number> => {
    const { client, namespace } = world.temporal;
    const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace,
      execution: { workflowId: handle.workflowId },
      // The whole history is more than one answer of Temporal may hold.
      maximumPageSize: 1,
    });
    const [last] = history?.events ?? [];
    return Number(last?.timerStartedEventAttributes?.startToFireTimeout?.seconds ?? 0);
  };
  await expect.poll(lastTimer).toBe(24 * 60 * 60);
  expect(asked).toBeLessThan(20);
  await handle.terminate();
});

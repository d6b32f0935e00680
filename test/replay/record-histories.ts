/**
 * Runs the workflows over stub activities on a dev server and stores their histories under test/replay/histories.
 * An existing history is left alone: it stands for runs that may still be open, so new code is tested against it and it
 * is never overwritten. Until version 0.1.0 is tagged no such runs exist, and a history may be deleted and recorded anew.
 * Run it with `npm run histories:record`.
 */
import { ApplicationFailure } from '@temporalio/common';
import { AI_USAGE_WORKFLOWS, toAiUsageStart } from '../../src/contracts/ai-usage.ts';
import {
  toConnectionTestStart,
  type ConnectionActivities,
} from '../../src/contracts/connections.ts';
import { toMembersStart } from '../../src/contracts/members.ts';
import { toRetentionStart, type RETENTION_WORKFLOWS } from '../../src/contracts/retention.ts';
import { toRebuildStart, toRollUpStart } from '../../src/contracts/rollups.ts';
import { TASK_QUEUES } from '../../src/contracts/task-queues.ts';
import { createRebuildStubs, type RebuildActivities } from '../support/stubs/rebuild-stubs.ts';
import { createMemberStubs } from '../support/stubs/member-stubs.ts';
import { createStubActivities, startStubWorkers } from '../support/stubs/stub-workers.ts';
import { createRetentionStubs } from '../support/stubs/retention-stubs.ts';
import { createUsageStubs } from '../support/stubs/usage-stubs.ts';
import { recordInstallationHistories } from './record-installation-histories.ts';
import { recordLimitHistories } from './record-limit-histories.ts';
import { recordReconcileHistories } from './record-reconcile-histories.ts';
import { recordSyncHistories } from './record-sync-histories.ts';
import { recordWebhookHistories } from './record-webhook-histories.ts';
import { openRecorder } from './recorder.ts';

const recorder = await openRecorder();
const { client, connection, saveHistory, recordStart } = recorder;

await recordSyncHistories(recorder);
await recordLimitHistories(recorder);
await recordWebhookHistories(recorder);
await recordInstallationHistories(recorder);

async function recordUsage(
  name: string,
  stubs: ReturnType<typeof createUsageStubs>,
): Promise<void> {
  const workers = await startStubWorkers({ connection, namespace: 'default' }, stubs);
  const start = toAiUsageStart({ teamId: name, organization: 'acme' });
  const { workflowType, workflowId, taskQueue, input } = start;
  const options = { workflowId, taskQueue, args: [input] };
  const handle = await client.workflow.start(workflowType, options);
  await handle.result().catch(() => undefined);
  await workers.stop();
  await saveHistory(AI_USAGE_WORKFLOWS.syncAiUsage, name, workflowId);
}

await recordUsage('completed', createUsageStubs(7));
let limits = 0;
await recordUsage(
  'rate-limited',
  createUsageStubs(4, {
    async syncAiUsageDays({ days }) {
      limits += 1;
      const isLimited = limits === 1;
      return {
        daysDone: isLimited ? 0 : days.length,
        rowsWritten: 0,
        rowsRefused: 0,
        daysLeft: isLimited ? days : [],
        wait: isLimited
          ? { until: new Date(Date.now() + 1100).toISOString(), reason: 'limit' }
          : null,
        stop: null,
      };
    },
  }),
);
await recordUsage(
  'stopped',
  createUsageStubs(4, {
    async syncAiUsageDays({ days }) {
      const stop = { status: 'POLICY_DISABLED', reason: 'An owner must enable the policy.' };
      return { daysDone: 0, rowsWritten: 0, rowsRefused: 0, daysLeft: days, wait: null, stop };
    },
  }),
);

async function recordRetention(
  workflow: keyof typeof RETENTION_WORKFLOWS,
  name: string,
  stubs: ReturnType<typeof createRetentionStubs>,
): Promise<void> {
  const workers = await startStubWorkers({ connection, namespace: 'default' }, stubs);
  const workflowId = `record:${workflow}:${name}`;
  const { input } = toRetentionStart({ teamId: null, days: null, kind: null, requestedBy: null });
  const handle = await client.workflow.start(workflow, {
    workflowId,
    taskQueue: TASK_QUEUES.compute,
    args: [workflow === 'applyRetention' ? input : {}],
  });
  await handle.result().catch(() => undefined);
  await workers.stop();
  await saveHistory(workflow, name, workflowId);
}

const noOwner = 'This worker has no DATABASE_DIRECT_URL.';
await recordRetention('applyRetention', 'completed', createRetentionStubs(3));
await recordRetention('applyRetention', 'continued', createRetentionStubs(21));
await recordRetention(
  'applyRetention',
  'without-owner',
  createRetentionStubs(1, {
    async dropExpiredPartitions() {
      return { dropped: [], busy: [], rows: 0, skipped: noOwner };
    },
  }),
);
await recordRetention('runHousekeeping', 'completed', createRetentionStubs(1));
await recordRetention(
  'runHousekeeping',
  'orphans',
  createRetentionStubs(1, {
    async countOrphans() {
      return { keysChecked: 9, orphans: [{ constraint: 'a_fkey', rows: 2 }], skipped: null };
    },
  }),
);
await recordRetention(
  'runHousekeeping',
  'without-owner',
  createRetentionStubs(1, {
    async countOrphans() {
      return { keysChecked: 0, orphans: [], skipped: noOwner };
    },
  }),
);

async function recordRebuild(
  name: string,
  chunks: number,
  changes: Partial<RebuildActivities> = {},
): Promise<void> {
  const { sync, compute } = createStubActivities();
  const stubs = { sync, compute: { ...compute, ...createRebuildStubs([], chunks, changes) } };
  const start = toRebuildStart({
    teamId: name,
    reason: 'REQUESTED',
    isDryRun: false,
    from: null,
    to: null,
    timeZone: null,
    weekStart: null,
    requestedBy: '1',
  });
  await recordStart(name, start, stubs);
}

await recordRebuild('completed', 3);
await recordRebuild('continued', 51);
await recordRebuild('failed', 2, {
  async rebuildWeeks() {
    throw ApplicationFailure.nonRetryable('The disk is full.', 'UNEXPECTED');
  },
});

/** A rebuild for a new definition whose pull requests take so many steps. */
function applyIn(steps: number): Partial<RebuildActivities> {
  let step = 0;
  return {
    async openRebuild({ appliesInSteps }) {
      return { rebuildId: '7', appliesDefinition: appliesInSteps === true && step < steps };
    },
    async applyDefinition() {
      step += 1;
      const [pullRequestsDone, pullRequestsTotal] = [step * 10_000, steps * 10_000];
      return { isRunning: true, pullRequestsDone, pullRequestsTotal, more: step < steps };
    },
  };
}

await recordRebuild('new-definition', 2, applyIn(3));
await recordRebuild('new-definition-continued', 2, applyIn(51));
await recordRebuild('new-definition-failed', 2, {
  ...applyIn(3),
  async applyDefinition() {
    throw ApplicationFailure.nonRetryable('The disk is full.', 'UNEXPECTED');
  },
});

async function recordRollUp(name: string, calls: number, failsAt?: number): Promise<void> {
  const { sync, compute } = createStubActivities();
  let call = 0;
  const rollUpDirtyWeeks: typeof compute.rollUpDirtyWeeks = async ({ maxWeeks: weeks }) => {
    call += 1;
    if (call === failsAt) {
      throw ApplicationFailure.nonRetryable('The disk is full.', 'UNEXPECTED');
    }
    return { weeks, rowsWritten: 1, rowsRemoved: 0, dirtyMarksConsumed: 1, more: call < calls };
  };
  const stubs = { sync, compute: { ...compute, rollUpDirtyWeeks } };
  await recordStart(name, toRollUpStart({ teamId: name }), stubs);
}

await recordRollUp('completed', 1);
await recordRollUp('several-years', 3);
await recordRollUp('failed', 3, 2);

await recordReconcileHistories(recorder);

async function recordMembers(
  name: string,
  stubs: ReturnType<typeof createMemberStubs>,
): Promise<void> {
  await recordStart(name, toMembersStart(name), stubs);
}

await recordMembers('completed', createMemberStubs(['acme', 'octo']));
let looks = 0;
await recordMembers(
  'rate-limited',
  createMemberStubs(['acme'], {
    async syncOrganizationMembers() {
      looks += 1;
      return looks === 1
        ? { next: 'WAIT', until: new Date(Date.now() + 1100).toISOString(), reason: 'limit' }
        : { next: 'DONE', outcome: { state: 'NOT_AN_ORGANIZATION' } };
    },
  }),
);
let pagesRead = 0;
await recordMembers(
  'read-on',
  createMemberStubs(['acme'], {
    async syncOrganizationMembers({ cursor }) {
      pagesRead += 1;
      const reached = { after: `cursor ${pagesRead}`, seen: ['1', '2'], written: 2 };
      const until = new Date(Date.now() + 1100).toISOString();
      return pagesRead < 3
        ? { next: 'WAIT', until, reason: 'limit', cursor: reached }
        : {
            next: 'DONE',
            outcome: { state: 'STORED', members: cursor?.seen.length ?? 0, written: 2, left: 0 },
          };
    },
  }),
);
await recordMembers(
  'failed',
  createMemberStubs(['acme'], {
    async syncOrganizationMembers() {
      throw ApplicationFailure.nonRetryable('GitHub refuses the token.', 'UNAUTHORIZED');
    },
  }),
);

async function recordConnectionTest(
  name: string,
  testConnection: ConnectionActivities['testConnection'],
): Promise<void> {
  const { compute } = createStubActivities();
  const start = toConnectionTestStart({ teamId: name, connectionId: '1' });
  await recordStart(name, start, { sync: { testConnection }, compute });
}

await recordConnectionTest('tested', async () => ({ outcome: 'TESTED', reason: null }));
await recordConnectionTest('refused', async () => ({
  outcome: 'REFUSED',
  reason: 'GitHub refuses the token.',
}));
await recordConnectionTest('failed', async () => {
  throw ApplicationFailure.nonRetryable('The connection was ended.', 'GITHUB_NOT_CONNECTED');
});

await recorder.close();

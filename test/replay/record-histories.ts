/**
 * Runs the workflows over stub activities on a dev server and keeps their histories under test/replay/histories.
 * A history that is there already is left alone: it stands for runs that may still be going on, so new code is proven
 * against it and never recorded over it. Run with `npm run histories:record`.
 */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure } from '@temporalio/common';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { NativeConnection } from '@temporalio/worker';
import { AI_USAGE_WORKFLOWS, toAiUsageStart } from '../../src/contracts/ai-usage.ts';
import type { WorkflowStart } from '../../src/contracts/launcher.ts';
import { toRetentionStart, type RETENTION_WORKFLOWS } from '../../src/contracts/retention.ts';
import { toRebuildStart, toRollUpStart } from '../../src/contracts/rollups.ts';
import { SEARCH_ATTRIBUTES } from '../../src/contracts/search-attributes.ts';
import {
  SYNC_WORKFLOWS,
  widenBackfillUpdate,
  type BackfillTeamInput,
} from '../../src/contracts/sync.ts';
import { TASK_QUEUES } from '../../src/contracts/task-queues.ts';
import { syncRepositoryWorkflowId } from '../../src/contracts/workflow-ids.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { routeTemporalLogs } from '../../src/runtime/worker.ts';
import { findTemporalExecutable } from '../../src/runtime/embedded/temporal-executable.ts';
import { startEmbeddedTemporal } from '../../src/runtime/embedded/temporal.ts';
import { createRebuildStubs, type RebuildActivities } from '../support/rebuild-stubs.ts';
import {
  createStubActivities,
  startStubWorkers,
  type StubActivities,
} from '../support/stub-workers.ts';
import { createRetentionStubs } from '../support/retention-stubs.ts';
import { createUsageStubs } from '../support/usage-stubs.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const SINCE = '2026-01-01T00:00:00.000Z';
routeTemporalLogs(createLogger('silent'));
const tell = (message: string): boolean => process.stderr.write(`${message}\n`);

const { path } = await findTemporalExecutable({ environment: process.env, onProgress: tell });
const server = await startEmbeddedTemporal({
  executable: path,
  onProgress: tell,
  searchAttributes: Object.values(SEARCH_ATTRIBUTES),
});
const clientConnection = await Connection.connect({ address: server.address });
const connection = await NativeConnection.connect({ address: server.address });
const client = new Client({ connection: clientConnection });

async function keep(workflow: string, name: string, workflowId: string): Promise<void> {
  const file = fileURLToPath(new URL(`histories/${workflow}/${name}.json`, import.meta.url));
  if (existsSync(file)) {
    tell(`${workflow}/${name}: kept as it is`);
    return;
  }
  await mkdir(dirname(file), { recursive: true });
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  // Stack traces name files of the machine that recorded; where it keeps its projects is nobody's business.
  await writeFile(file, `${historyToJSON(history).replaceAll(PROJECT, '')}\n`);
  tell(`${workflow}/${name}: recorded`);
}

async function record(
  name: string,
  stubs: StubActivities,
  act: (workflowId: string) => Promise<void> = async () => undefined,
): Promise<void> {
  const workers = await startStubWorkers({ connection, namespace: 'default' }, stubs);
  const workflowId = `record:${name}`;
  const handle = await client.workflow.start(SYNC_WORKFLOWS.backfillTeam, {
    workflowId,
    taskQueue: TASK_QUEUES.sync,
    args: [
      {
        teamId: name,
        repositories: [],
        since: SINCE,
        requestedBy: '1',
        pace: { heartbeatSeconds: 5, parallelRepositories: 2 },
      } satisfies BackfillTeamInput,
    ],
  });
  await act(workflowId);
  await handle.result().catch(() => undefined);
  await workers.stop();
  await keep(SYNC_WORKFLOWS.backfillTeam, name, workflowId);
  await keep(SYNC_WORKFLOWS.syncRepository, name, syncRepositoryWorkflowId(name, '1'));
}

await record('completed', createStubActivities());

let asked = 0;
await record(
  'rate-limited',
  createStubActivities({
    async syncPullRequestPage() {
      asked += 1;
      return asked < 3
        ? { next: 'WAIT', until: new Date(Date.now() + 1100).toISOString(), reason: 'limit' }
        : { next: 'DONE', pages: 1, outcome: 'COMPLETED' };
    },
  }),
);
await record(
  'failed',
  createStubActivities({
    async syncPullRequestPage() {
      throw ApplicationFailure.nonRetryable('GitHub refuses the token.', 'UNAUTHORIZED');
    },
  }),
);
await record('widened', createStubActivities(), async (workflowId) => {
  await client.workflow.getHandle(workflowId).executeUpdate(widenBackfillUpdate, {
    args: [{ repositories: [], since: '2025-01-01T00:00:00.000Z' }],
  });
});
let seePage = (): void => undefined;
const pageSeen = new Promise<void>((resolve) => {
  seePage = resolve;
});
await record(
  'cancelled',
  createStubActivities({
    async syncPullRequestPage() {
      seePage();
      return { next: 'PAGE', pages: 1 };
    },
  }),
  async (workflowId) => {
    await pageSeen;
    await client.workflow.getHandle(workflowId).cancel();
  },
);

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
  await keep(AI_USAGE_WORKFLOWS.syncAiUsage, name, workflowId);
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
  await keep(workflow, name, workflowId);
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
await recordRetention('keepHouse', 'completed', createRetentionStubs(1));
await recordRetention(
  'keepHouse',
  'orphans',
  createRetentionStubs(1, {
    async countOrphans() {
      return { keysChecked: 9, orphans: [{ constraint: 'a_fkey', rows: 2 }], skipped: null };
    },
  }),
);
await recordRetention(
  'keepHouse',
  'without-owner',
  createRetentionStubs(1, {
    async countOrphans() {
      return { keysChecked: 0, orphans: [], skipped: noOwner };
    },
  }),
);

/** Runs a workflow to its end and keeps its history. */
async function recordStart(
  name: string,
  { workflowType, workflowId, taskQueue, input }: WorkflowStart,
  stubs: Pick<StubActivities, 'sync' | 'compute'>,
): Promise<void> {
  const workers = await startStubWorkers({ connection, namespace: 'default' }, stubs);
  const handle = await client.workflow.start(workflowType, {
    workflowId,
    taskQueue,
    args: [input],
  });
  await handle.result().catch(() => undefined);
  await workers.stop();
  await keep(workflowType, name, workflowId);
}

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

async function recordRollUp(name: string, calls: number, failsAt?: number): Promise<void> {
  const { sync, compute } = createStubActivities();
  let call = 0;
  const rollUpDirtyWeeks: typeof compute.rollUpDirtyWeeks = async ({ maxWeeks: weeks }) => {
    call += 1;
    if (call === failsAt) {
      throw ApplicationFailure.nonRetryable('The disk is full.', 'UNEXPECTED');
    }
    return { weeks, rowsWritten: 1, rowsRemoved: 0, marksConsumed: 1, more: call < calls };
  };
  const stubs = { sync, compute: { ...compute, rollUpDirtyWeeks } };
  await recordStart(name, toRollUpStart({ teamId: name }), stubs);
}

await recordRollUp('completed', 1);
await recordRollUp('several-years', 3);
await recordRollUp('failed', 3, 2);

await connection.close();
await clientConnection.close();
await server.stop();

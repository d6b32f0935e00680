import {
  toConnectionTestStart,
  type TestConnectionResult,
} from '../../src/contracts/connections.ts';
import {
  progressQuery,
  SYNC_WORKFLOWS,
  widenBackfillUpdate,
  type BackfillTeamInput,
  type SyncActivities,
  type SyncProgress,
  type WidenBackfillInput,
} from '../../src/contracts/sync.ts';
import { TASK_QUEUES } from '../../src/contracts/task-queues.ts';
import {
  backfillTeamWorkflowId,
  syncRepositoryWorkflowId,
} from '../../src/contracts/workflow-ids.ts';
import { createStubActivities, startStubWorkers } from '../support/stubs/stub-workers.ts';
import { createGate } from '../support/worlds/started-backfill.ts';
import type { Recorder } from './recorder.ts';

const BLOCKED = { until: '2199-01-01T00:00:00.000Z', reason: 'limit' };
const FREE: TestConnectionResult = { outcome: 'TESTED', reason: null, isFree: true };

type Stubs = (isLimited: () => boolean) => Partial<SyncActivities>;

/** Records backfills whose wait ends with a test of the connection, that test, and requests that join by their id. */
export async function recordLimitHistories(recorder: Recorder): Promise<void> {
  await recordLifted(recorder, 'limit-lifted', (isLimited) => ({
    syncPullRequestPage: async () =>
      isLimited()
        ? { next: 'WAIT', ...BLOCKED }
        : { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] },
  }));
  const resolve = createStubActivities().sync.resolveRepositories;
  await recordLifted(recorder, 'limit-lifted-in-a-look-up', (isLimited) => ({
    resolveRepositories: async (input) =>
      isLimited()
        ? { repositories: [], refused: [], wait: BLOCKED, left: input.repositories }
        : resolve(input),
  }));
  const stubs = createStubActivities();
  await recorder.recordStart(
    'lifted-where-nothing-runs',
    toConnectionTestStart({ teamId: 'lifted-where-nothing-runs', connectionId: '1' }),
    { ...stubs, sync: { ...stubs.sync, testConnection: async () => FREE } },
  );
  await recordRequestIds(recorder);
}

/** A backfill of one repository that waits until its connection is tested. */
async function recordLifted(recorder: Recorder, name: string, changes: Stubs): Promise<void> {
  const { client, connection, saveHistory } = recorder;
  let isLimited = true;
  const stubs = createStubActivities(changes(() => isLimited));
  const sync = { ...stubs.sync, testConnection: async () => FREE };
  const workers = await startStubWorkers({ connection, namespace: 'default' }, { ...stubs, sync });
  const handle = await startBackfill(recorder, name);
  const child = client.workflow.getHandle(syncRepositoryWorkflowId(name, '1'));
  const waits = async (): Promise<boolean> => {
    const { running, wait } = await handle.query<SyncProgress>(progressQuery);
    return (
      wait !== null ||
      (running?.length === 1 && (await child.query<SyncProgress>(progressQuery)).wait !== null)
    );
  };
  while (!(await waits())) {
    // The workflow's own tasks come between two queries.
  }
  isLimited = false;
  const start = toConnectionTestStart({ teamId: name, connectionId: '1' });
  const { workflowType, workflowId } = start;
  await client.workflow.execute(workflowType, {
    workflowId,
    taskQueue: TASK_QUEUES[start.taskQueue],
    args: [start.input],
  });
  await handle.result();
  await workers.stop();
  await saveHistory(SYNC_WORKFLOWS.backfillTeam, name, handle.workflowId);
  await saveHistory(SYNC_WORKFLOWS.syncRepository, name, child.workflowId);
  await saveHistory(workflowType, name, workflowId);
}

/** What the gateway sends: each request with an id of its own, of which the second is asked for once more. */
async function recordRequestIds(recorder: Recorder): Promise<void> {
  const name = 'widened-by-request-ids';
  const [seen, page] = [createGate(), createGate()];
  const stubs = createStubActivities({
    async syncPullRequestPage() {
      seen.open();
      await page.passed;
      return { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
    },
  });
  const { connection } = recorder;
  const workers = await startStubWorkers({ connection, namespace: 'default' }, stubs);
  const handle = await startBackfill(recorder, name);
  await seen.passed;
  const requests: WidenBackfillInput[] = [
    { repositories: ['acme/web'], since: '2025-06-01T12:00:00.000Z', requestId: 'first' },
    { repositories: ['acme/api'], since: null, requestId: 'again', again: true },
  ];
  for (const request of requests) {
    await handle.executeUpdate(widenBackfillUpdate, { args: [request] });
  }
  page.open();
  await handle.result();
  await workers.stop();
  await recorder.saveHistory(SYNC_WORKFLOWS.backfillTeam, name, handle.workflowId);
}

function startBackfill({ client }: Recorder, teamId: string) {
  const input: BackfillTeamInput = {
    teamId,
    repositories: ['acme/api'],
    since: '2026-01-01T00:00:00.000Z',
    requestedBy: '1',
    activityOptions: { heartbeatSeconds: 5, parallelRepositories: 2 },
  };
  return client.workflow.start(SYNC_WORKFLOWS.backfillTeam, {
    workflowId: backfillTeamWorkflowId(teamId),
    taskQueue: TASK_QUEUES.sync,
    args: [input],
  });
}

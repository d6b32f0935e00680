import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  SYNC_WORKFLOWS,
  pauseSyncSignal,
  progressQuery,
  resumeSyncSignal,
  toSyncTeamStart,
  widenBackfillUpdate,
  type BackfillTeamInput,
  type SyncProgress,
} from '../../src/contracts/sync.ts';
import { TASK_QUEUES } from '../../src/contracts/task-queues.ts';
import { syncRepositoryWorkflowId } from '../../src/contracts/workflow-ids.ts';
import { createGate } from '../support/worlds/started-backfill.ts';
import {
  createStubActivities,
  startStubWorkers,
  type StubActivities,
} from '../support/stubs/stub-workers.ts';
import type { Recorder } from './recorder.ts';

const SINCE = '2026-01-01T00:00:00.000Z';
const ACTIVITY_OPTIONS = { heartbeatSeconds: 5, parallelRepositories: 2 };

/** What a page answers when all pages are stored and stages are due. */
const DONE = {
  next: 'DONE',
  pages: 1,
  outcome: 'PARTIAL',
  stages: ['NESTED_LISTS', 'DEPLOYMENTS'],
} as const;

/** A limit that lifts in a moment. */
function limit() {
  const until = new Date(Date.now() + 1100).toISOString();
  return { next: 'WAIT', until, reason: 'limit' } as const;
}

/**
 * `widened-within-a-day` is not among them: it was recorded when a backfill still took what it covered and read from the
 * very instant that it was asked for, which no code does any more.
 *
 * Records backfills, each with the sync of its first repository, and the workflows that schedules start. */
export async function recordSyncHistories(recorder: Recorder): Promise<void> {
  await recordOutcomes(recorder);
  await recordStages(recorder);
  await recordPause(recorder);
  await recordManyRepositories(recorder);
  await recordScheduled(recorder);
  await recordJoined(recorder);
}

/** Runs a backfill to its end, with what `act` does meanwhile. */
async function recordBackfill(
  { client, connection, saveHistory }: Recorder,
  name: string,
  stubs: StubActivities,
  act: (handle: WorkflowHandle) => Promise<void> = async () => undefined,
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
        activityOptions: ACTIVITY_OPTIONS,
      } satisfies BackfillTeamInput,
    ],
  });
  await act(handle);
  await handle.result().catch(() => undefined);
  await workers.stop();
  await saveHistory(SYNC_WORKFLOWS.backfillTeam, name, workflowId);
  await saveHistory(SYNC_WORKFLOWS.syncRepository, name, syncRepositoryWorkflowId(name, '1'));
}

async function recordOutcomes(recorder: Recorder): Promise<void> {
  await recordBackfill(recorder, 'completed', createStubActivities());
  let asked = 0;
  await recordBackfill(
    recorder,
    'rate-limited',
    createStubActivities({
      async syncPullRequestPage() {
        asked += 1;
        return asked < 3 ? limit() : { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
      },
    }),
  );
  await recordBackfill(
    recorder,
    'failed',
    createStubActivities({
      async syncPullRequestPage() {
        throw ApplicationFailure.nonRetryable('GitHub refuses the token.', 'UNAUTHORIZED');
      },
    }),
  );
  await recordBackfill(recorder, 'widened', createStubActivities(), async (handle) => {
    await handle.executeUpdate(widenBackfillUpdate, {
      args: [{ repositories: [], since: '2025-01-01T00:00:00.000Z' }],
    });
  });
  const pageSeen = createGate();
  await recordBackfill(
    recorder,
    'cancelled',
    createStubActivities({
      async syncPullRequestPage() {
        pageSeen.open();
        return { next: 'PAGE', pages: 1 };
      },
    }),
    async (handle) => {
      await pageSeen.passed;
      await handle.cancel();
    },
  );
}

async function recordStages(recorder: Recorder): Promise<void> {
  let steps = 0;
  await recordBackfill(
    recorder,
    'stages',
    createStubActivities({
      syncPullRequestPage: async () => DONE,
      async syncRepositoryStage() {
        steps += 1;
        return steps === 2 ? limit() : { next: steps < 4 ? 'MORE' : 'DONE' };
      },
    }),
  );
  await recordBackfill(
    recorder,
    'stage-dead-lettered',
    createStubActivities({
      syncPullRequestPage: async () => ({ ...DONE, outcome: 'COMPLETED' }),
      async closeSyncRun({ outcome }) {
        return { outcome: outcome === 'COMPLETED' ? 'PARTIAL' : outcome };
      },
    }),
  );
  await recordBackfill(
    recorder,
    'stage-failed',
    createStubActivities({
      syncPullRequestPage: async () => DONE,
      async syncRepositoryStage() {
        throw ApplicationFailure.nonRetryable('GitHub refuses the deployments.', 'FORBIDDEN');
      },
    }),
  );
}

async function recordPause(recorder: Recorder): Promise<void> {
  const [firstSeen, page] = [createGate(), createGate()];
  await recordBackfill(
    recorder,
    'paused',
    createStubActivities({
      async syncPullRequestPage() {
        firstSeen.open();
        await page.passed;
        return { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: ['RELEASES'] };
      },
    }),
    async (handle) => {
      await firstSeen.passed;
      await handle.signal(pauseSyncSignal);
      const sync = recorder.client.workflow.getHandle(syncRepositoryWorkflowId('paused', '1'));
      while (!(await sync.query<SyncProgress>(progressQuery)).isPaused) {
        // The workflow's own tasks come between two queries.
      }
      page.open();
      await handle.signal(resumeSyncSignal);
    },
  );
}

/** 210 repositories are a run and ten more; the stage of the first one is long enough for a second run of its sync. */
async function recordManyRepositories(recorder: Recorder): Promise<void> {
  const many = Array.from({ length: 210 }, (_, index) => String(index + 1));
  let stageSteps = 0;
  await recordBackfill(
    recorder,
    'continued',
    createStubActivities({
      async resolveRepositories({ repositories }) {
        const names = repositories.length === 0 ? many : repositories;
        return {
          repositories: names.slice(0, 150).map((id) => ({ repositoryId: id, name: `acme/${id}` })),
          refused: [],
          wait: null,
          left: names.slice(150),
        };
      },
      async syncPullRequestPage({ repositoryId }) {
        return repositoryId === '1'
          ? DONE
          : { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
      },
      async syncRepositoryStage() {
        stageSteps += 1;
        return { next: stageSteps < 210 ? 'MORE' : 'DONE' };
      },
    }),
  );
}

async function recordScheduled(recorder: Recorder): Promise<void> {
  const record = (name: string, changes: Parameters<typeof createStubActivities>[0] = {}) =>
    recorder.recordStart(
      name,
      toSyncTeamStart({ teamId: `clock-${name}`, activityOptions: ACTIVITY_OPTIONS }),
      createStubActivities(changes),
    );
  await record('completed');
  await record('failed', {
    async resolveRepositories() {
      throw ApplicationFailure.nonRetryable('Give a new token.', 'GITHUB_NOT_CONNECTED');
    },
  });
}

/** A schedule fires while the backfill of the same team runs. */
async function recordJoined({ client, connection, saveHistory }: Recorder): Promise<void> {
  const [running, end] = [createGate(), createGate()];
  const stubs = createStubActivities({
    async syncPullRequestPage() {
      running.open();
      await end.passed;
      return { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
    },
  });
  const workers = await startStubWorkers({ connection, namespace: 'default' }, stubs);
  const { workflowType, input } = toSyncTeamStart({
    teamId: 'clock-joined',
    activityOptions: ACTIVITY_OPTIONS,
  });
  const start = (workflowId: string) =>
    client.workflow.start(workflowType, { workflowId, taskQueue: TASK_QUEUES.sync, args: [input] });
  const first = await start('clock:10:00');
  await running.passed;
  const second = await start('clock:11:00');
  await second.result();
  end.open();
  await first.result();
  await workers.stop();
  await saveHistory(workflowType, 'joined', 'clock:11:00');
}

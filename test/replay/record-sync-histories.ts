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

/** A limit that stands a moment longer. */
function limit() {
  const until = new Date(Date.now() + 1100).toISOString();
  return { next: 'WAIT', until, reason: 'limit' } as const;
}

/** Records backfills, with the walk of their first repository, and what the clock starts. */
export async function recordSyncHistories(recorder: Recorder): Promise<void> {
  const { client, connection, saveHistory } = recorder;

  async function record(
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

  await record('completed', createStubActivities());

  let asked = 0;
  await record(
    'rate-limited',
    createStubActivities({
      async syncPullRequestPage() {
        asked += 1;
        return asked < 3 ? limit() : { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
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
  await record('widened', createStubActivities(), async (handle) => {
    await handle.executeUpdate(widenBackfillUpdate, {
      args: [{ repositories: [], since: '2025-01-01T00:00:00.000Z' }],
    });
  });
  const pageSeen = createGate();
  await record(
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

  const stages = ['NESTED_LISTS', 'DEPLOYMENTS'] as const;
  const DONE = { next: 'DONE', pages: 1, outcome: 'PARTIAL', stages } as const;
  let steps = 0;
  await record(
    'stages',
    createStubActivities({
      syncPullRequestPage: async () => DONE,
      async syncRepositoryStage() {
        steps += 1;
        return steps === 2 ? limit() : { next: steps < 4 ? 'MORE' : 'DONE' };
      },
    }),
  );
  await record(
    'stage-dead-lettered',
    createStubActivities({
      syncPullRequestPage: async () => ({ ...DONE, outcome: 'COMPLETED' }),
      async closeSyncRun({ outcome }) {
        return { outcome: outcome === 'COMPLETED' ? 'PARTIAL' : outcome };
      },
    }),
  );
  await record(
    'stage-failed',
    createStubActivities({
      syncPullRequestPage: async () => DONE,
      async syncRepositoryStage() {
        throw ApplicationFailure.nonRetryable('GitHub refuses the deployments.', 'FORBIDDEN');
      },
    }),
  );

  const [firstSeen, page] = [createGate(), createGate()];
  await record(
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
      const sync = client.workflow.getHandle(syncRepositoryWorkflowId('paused', '1'));
      while (!(await sync.query<SyncProgress>(progressQuery)).isPaused) {
        // The workflow's own tasks come between two questions.
      }
      page.open();
      await handle.signal(resumeSyncSignal);
    },
  );

  // 210 walks are a run and ten more; the walk of the first is long enough for a second run in its stage.
  const many = Array.from({ length: 210 }, (_, index) => String(index + 1));
  let stageSteps = 0;
  await record(
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

  const clock = (name: string, changes: Parameters<typeof createStubActivities>[0] = {}) =>
    recorder.recordStart(
      name,
      toSyncTeamStart({ teamId: `clock-${name}`, activityOptions: ACTIVITY_OPTIONS }),
      createStubActivities(changes),
    );
  await clock('completed');
  await clock('failed', {
    async resolveRepositories() {
      throw ApplicationFailure.nonRetryable('Give a new token.', 'GITHUB_NOT_CONNECTED');
    },
  });

  // The job of the same team is going on when the clock strikes.
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

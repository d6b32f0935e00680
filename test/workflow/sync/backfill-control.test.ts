import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { LaunchedWorkflow, WorkflowLauncher } from '../../../src/contracts/launcher.ts';
import {
  BACKFILL_COVERED,
  SYNC_WORKFLOWS,
  toSyncTeamStart,
  widenBackfillUpdate,
  type BackfillTeamResult,
  type SyncActivities,
  type SyncTeamResult,
} from '../../../src/contracts/sync.ts';
import { TASK_QUEUES } from '../../../src/contracts/task-queues.ts';
import {
  backfillTeamWorkflowId,
  syncRepositoryWorkflowId,
} from '../../../src/contracts/workflow-ids.ts';
import { isDomainError } from '../../../src/domain/core/errors.ts';
import { startBackfill, untilProgress } from '../../support/worlds/started-backfill.ts';
import { createStubActivities, type StubActivities } from '../../support/stubs/stub-workers.ts';
import { openLauncher, openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

const ACTIVITY_OPTIONS = { heartbeatSeconds: 600, parallelRepositories: 2 };
const SINCE = '2026-01-01T00:00:00.000Z';

const world = openWorkflowWorld();
const launcher = openLauncher(world);
const { gates, nextTeam } = world;

async function work(changes: Partial<SyncActivities> = {}): Promise<StubActivities> {
  const stubs = createStubActivities(changes);
  await world.work(stubs);
  return stubs;
}

/** A busy machine may not answer fifty within the five seconds that each waits. */
async function startAnswered(
  request: Parameters<WorkflowLauncher['startBackfill']>[0],
): Promise<LaunchedWorkflow> {
  for (;;) {
    try {
      return await launcher().startBackfill(request);
    } catch (error) {
      if (!isDomainError(error) || error.code !== 'TEMPORAL_UNAVAILABLE') {
        throw error;
      }
    }
  }
}

test('fifty starts at once are one run, one backfill and one sync a repository', async () => {
  const gate = gates.create();
  const teamId = nextTeam();
  const stubs = await work({
    async syncPullRequestPage({ syncRunId }) {
      await gate.passed;
      stubs.calls.push(`page ${syncRunId}`);
      return { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
    },
  });
  const request = { teamId, repositories: [], since: SINCE, requestedBy: null };
  const started = await Promise.all(Array.from({ length: 50 }, () => startAnswered(request)));
  gate.open();
  expect(new Set(started.map(({ workflowRunId }) => workflowRunId)).size).toBe(1);
  expect(started.filter(({ joined }) => !joined)).toHaveLength(1);
  const handle = world.temporal.client.workflow.getHandle(backfillTeamWorkflowId(teamId));
  expect(await handle.result()).toMatchObject({ outcome: 'COMPLETED', repositories: 2 });
  expect(stubs.calls.filter((call) => call.startsWith('page'))).toHaveLength(2);
  expect(stubs.calls.filter((call) => call === 'openBackfill')).toHaveLength(1);
});

test('a sync of the same repository that somebody else began ends first', async () => {
  const gate = gates.create();
  const teamId = nextTeam();
  await work({
    async syncPullRequestPage({ syncRunId }) {
      if (syncRunId === 'other') {
        await gate.passed;
      }
      return { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
    },
  });
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
  const handle = await startBackfill(world.temporal, teamId, { repositories: ['a/1'] });
  await untilProgress(handle, ({ wait }) => wait?.reason === 'another sync of a/1 is going on');
  gate.open();
  expect(await other.result()).toMatchObject({ outcome: 'COMPLETED' });
  expect(await handle.result()).toMatchObject({ outcome: 'COMPLETED', repositories: 1 });
});

test('names are looked up some at a time, and a limit among them is waited out without asking again', async () => {
  const names = Array.from({ length: 45 }, (_, index) => `a/${index}`);
  const asked: number[] = [];
  let limits = 0;
  await work({
    async resolveRepositories({ repositories }) {
      asked.push(repositories.length);
      const isLimited = repositories.length === 25 && limits === 0;
      limits += isLimited ? 1 : 0;
      const found = isLimited ? 5 : 20;
      const until = new Date(Date.now() + 1100).toISOString();
      return {
        repositories: repositories
          .slice(0, found)
          .map((name) => ({ repositoryId: String(Number(name.slice(2)) + 1), name })),
        refused: [],
        wait: isLimited ? { until, reason: 'limit' } : null,
        left: repositories.slice(found),
      };
    },
    syncPullRequestPage: async () => ({ next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] }),
  });
  const handle = await startBackfill(world.temporal, nextTeam(), { repositories: names });
  expect(await handle.result()).toMatchObject({ outcome: 'COMPLETED', repositories: 45 });
  expect(asked).toEqual([45, 25, 20]);
});

test('a backfill of which all repository syncs failed fails with the sentence of the first', async () => {
  const stubs = await work({
    async syncPullRequestPage() {
      throw ApplicationFailure.nonRetryable('GitHub refuses the token.', 'UNAUTHORIZED');
    },
  });
  const handle = await startBackfill(world.temporal, nextTeam());
  await expect(handle.result()).rejects.toMatchObject({
    cause: { type: 'UNAUTHORIZED', message: 'GitHub refuses the token.' },
  });
  expect(stubs.calls.at(-1)).toBe('closeSyncRun 1 FAILED GitHub refuses the token.');
});

test('a schedule starts a backfill of what is new; while one runs it ends at once', async () => {
  const [gate, seen] = [gates.create(), gates.create()];
  const teamId = nextTeam();
  const since: (string | null)[] = [];
  const stubs = await work({
    async openRepositoryRun({ repositoryId, since: asked }) {
      since.push(asked);
      return { syncRunId: repositoryId, kind: 'INCREMENTAL', since: SINCE, isResumed: false };
    },
    async syncPullRequestPage() {
      seen.open();
      await gate.passed;
      return { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
    },
  });
  const start = toSyncTeamStart({ teamId, activityOptions: ACTIVITY_OPTIONS });
  const launch = (suffix: string) =>
    world.temporal.client.workflow.start(start.workflowType, {
      workflowId: `${start.workflowId}-${suffix}`,
      taskQueue: TASK_QUEUES[start.taskQueue],
      args: [start.input],
    });
  const first = await launch('10:00');
  await seen.passed;
  const second = await launch('11:00');
  expect((await second.result()) as SyncTeamResult).toEqual({ joined: true, outcome: null });
  const job = world.temporal.client.workflow.getHandle(backfillTeamWorkflowId(teamId));
  const widen = (from: string | null) =>
    job.executeUpdate(widenBackfillUpdate, { args: [{ repositories: [], since: from }] });
  const covered = { cause: { type: BACKFILL_COVERED } };
  await expect(widen(null)).rejects.toMatchObject(covered);
  expect(await widen('2025-01-01T00:00:00.000Z')).toEqual({ widened: true });
  await expect(widen(null)).rejects.toMatchObject(covered);
  gate.open();
  expect((await first.result()) as SyncTeamResult).toEqual({
    joined: false,
    outcome: 'COMPLETED',
  });
  expect((await job.result()) as BackfillTeamResult).toMatchObject({ repositories: 4 });
  expect(since).toEqual([null, null, '2025-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z']);
  expect(stubs.calls.at(-1)).toBe('closeSyncRun 1 COMPLETED');
});

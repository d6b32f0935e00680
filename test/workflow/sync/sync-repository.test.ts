import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import { expect, test } from 'vitest';
import {
  SYNC_WORKFLOWS,
  pauseSyncSignal,
  resumeSyncSignal,
  type SyncActivities,
  type SyncRepositoryInput,
  type SyncRepositoryResult,
} from '../../../src/contracts/sync.ts';
import { TASK_QUEUES } from '../../../src/contracts/task-queues.ts';
import type { Wait } from '../../../src/contracts/wait.ts';
import { syncRepositoryWorkflowId } from '../../../src/contracts/workflow-ids.ts';
import { untilProgress } from '../../support/worlds/started-backfill.ts';
import { createStubActivities, type StubActivities } from '../../support/stubs/stub-workers.ts';
import { openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

type SyncRepositoryWorkflow = () => Promise<SyncRepositoryResult>;

const STAGES = ['NESTED_LISTS', 'DEPLOYMENTS'] as const;
const DONE_WITH_STAGES = {
  next: 'DONE',
  pages: 1,
  outcome: 'COMPLETED',
  stages: STAGES,
} as const;

const world = openWorkflowWorld();

async function startSync(
  changes: Partial<SyncActivities>,
): Promise<{ handle: WorkflowHandle<SyncRepositoryWorkflow>; stubs: StubActivities }> {
  const stubs = createStubActivities(changes);
  await world.work(stubs);
  const teamId = world.nextTeam();
  const handle = await world.temporal.client.workflow.start<SyncRepositoryWorkflow>(
    SYNC_WORKFLOWS.syncRepository,
    {
      workflowId: syncRepositoryWorkflowId(teamId, '1'),
      taskQueue: TASK_QUEUES.sync,
      args: [
        {
          teamId,
          repositoryId: '1',
          repositoryName: 'acme/api',
          syncRunId: '7',
          activityOptions: { heartbeatSeconds: 600, parallelRepositories: 1 },
          pagesBefore: 0,
        } satisfies SyncRepositoryInput,
      ] as unknown as [],
    },
  );
  return { handle, stubs };
}

test('the stages that the last page found due are run one after another, then the row is closed as the pages ended', async () => {
  let steps = 0;
  const { handle, stubs } = await startSync({
    syncPullRequestPage: async () => ({ ...DONE_WITH_STAGES, outcome: 'PARTIAL' }),
    async syncRepositoryStage({ stage }) {
      stubs.calls.push(`stage ${stage}`);
      steps += 1;
      return { next: steps === 1 ? 'MORE' : 'DONE' };
    },
  });
  expect(await handle.result()).toEqual({ outcome: 'PARTIAL', pages: 1 });
  expect(stubs.calls).toEqual([
    'stage NESTED_LISTS',
    'stage NESTED_LISTS',
    'stage DEPLOYMENTS',
    'closeSyncRun 7 PARTIAL',
  ]);
});

test('a stage that fails ends the run with its sentence once the others are over', async () => {
  const { handle, stubs } = await startSync({
    syncPullRequestPage: async () => DONE_WITH_STAGES,
    async syncRepositoryStage({ stage }) {
      stubs.calls.push(`stage ${stage}`);
      if (stage === 'NESTED_LISTS') {
        throw ApplicationFailure.nonRetryable('GitHub fails.', 'TRANSIENT');
      }
      return { next: 'DONE' };
    },
  });
  await expect(handle.result()).rejects.toMatchObject({
    cause: { type: 'TRANSIENT', message: 'GitHub fails.' },
  });
  expect(stubs.calls).toEqual([
    'stage NESTED_LISTS',
    'stage DEPLOYMENTS',
    'closeSyncRun 7 FAILED GitHub fails.',
  ]);
});

test('a sync ends as its row does, which knows the dead letters of a stage', async () => {
  const { handle } = await startSync({
    syncPullRequestPage: async () => DONE_WITH_STAGES,
    closeSyncRun: async () => ({ outcome: 'PARTIAL' }),
  });
  expect(await handle.result()).toEqual({ outcome: 'PARTIAL', pages: 1 });
});

test('a token that is refused in a stage ends the run at once', async () => {
  const { handle, stubs } = await startSync({
    syncPullRequestPage: async () => DONE_WITH_STAGES,
    async syncRepositoryStage() {
      throw ApplicationFailure.nonRetryable('GitHub refuses the token.', 'UNAUTHORIZED');
    },
  });
  await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'UNAUTHORIZED' } });
  expect(stubs.calls).toEqual(['closeSyncRun 7 FAILED GitHub refuses the token.']);
});

test.each(['pages', 'stages'] as const)(
  'a limit of GitHub among the %s is a timer that says what it waits for',
  async (phase) => {
    let asked = 0;
    const until = new Date(Date.now() + 2500).toISOString();
    const wait = { next: 'WAIT', until, reason: "GitHub's hourly limit" } as const;
    const first = (): boolean => {
      asked += 1;
      return asked === 1;
    };
    const { handle, stubs } = await startSync({
      syncPullRequestPage: async () => (phase === 'pages' && first() ? wait : DONE_WITH_STAGES),
      syncRepositoryStage: async () =>
        phase === 'stages' && first() ? wait : { next: 'DONE' as const },
    });
    const seen = await untilProgress(handle, (progress) => progress.wait !== null);
    expect(seen.wait).toEqual({ until, reason: wait.reason } satisfies Wait);
    expect(await handle.result()).toMatchObject({ outcome: 'COMPLETED' });
    expect(stubs.calls.at(-1)).toBe('closeSyncRun 7 COMPLETED');
    const { events = [] } = await handle.fetchHistory();
    const timers = (events ?? []).filter((event) => event.timerStartedEventAttributes);
    expect(timers).toHaveLength(1);
    const summary = timers[0]?.userMetadata?.summary;
    expect(summary && defaultPayloadConverter.fromPayload(summary)).toBe(
      `Until ${until}: GitHub's hourly limit`,
    );
  },
);

test('a pause takes effect after the activity that runs, is in the row at once, and a resume goes on', async () => {
  const [pageSeen, page] = [world.gates.create(), world.gates.create()];
  let pages = 0;
  const { handle, stubs } = await startSync({
    async syncPullRequestPage() {
      pages += 1;
      pageSeen.open();
      await page.passed;
      return pages === 1 ? { next: 'PAGE', pages } : { ...DONE_WITH_STAGES, pages, stages: [] };
    },
  });
  await pageSeen.passed;
  await handle.signal(pauseSyncSignal);
  await untilProgress(handle, ({ isPaused }) => isPaused);
  page.open();
  await untilProgress(handle, (progress) => progress.pages === 1);
  expect(pages).toBe(1);
  await handle.signal(pauseSyncSignal);
  await handle.signal(resumeSyncSignal);
  expect(await handle.result()).toEqual({ outcome: 'COMPLETED', pages: 2 });
  expect(stubs.calls).toEqual(['recordSyncPause 7 paused', 'recordSyncPause 7 resumed']);
});

test.each(['page', 'wait', 'pause'] as const)(
  'a cancellation during a %s ends the sync with a row that says so',
  async (moment) => {
    const [pageSeen, page] = [world.gates.create(), world.gates.create()];
    let pages = 0;
    const { handle, stubs } = await startSync({
      async syncPullRequestPage() {
        pages += 1;
        pageSeen.open();
        await page.passed;
        return moment === 'wait'
          ? { next: 'WAIT', until: new Date(Date.now() + 3_600_000).toISOString(), reason: 'limit' }
          : { next: 'PAGE', pages };
      },
    });
    await pageSeen.passed;
    if (moment === 'page') {
      await handle.cancel();
      page.open();
    } else {
      if (moment === 'pause') {
        await handle.signal(pauseSyncSignal);
        await untilProgress(handle, ({ isPaused }) => isPaused);
      }
      page.open();
      await untilProgress(
        handle,
        (progress) => progress.wait !== null || (moment === 'pause' && progress.pages === 1),
      );
      await handle.cancel();
    }
    await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    expect(pages).toBe(1);
    expect(stubs.calls.at(-1)).toBe('closeSyncRun 7 CANCELLED Cancelled on request.');
  },
);

test('a run that grows long continues as new in the middle of a stage, paused as it was', async () => {
  const steps = new Map<string, number>();
  let closes = 0;
  const { handle, stubs } = await startSync({
    syncPullRequestPage: async () => DONE_WITH_STAGES,
    async syncRepositoryStage({ stage }) {
      const step = (steps.get(stage) ?? 0) + 1;
      steps.set(stage, step);
      if (stage === 'DEPLOYMENTS' && step === 70) {
        await handle.signal(pauseSyncSignal);
      }
      return { next: step < 130 ? 'MORE' : 'DONE' };
    },
    async closeSyncRun({ outcome }) {
      closes += 1;
      stubs.calls.push(`closed ${outcome}`);
      return { outcome };
    },
  });
  // 1 page, 130 steps and 69 more fill a run; the next one begins paused.
  await untilProgress(handle, ({ isPaused }) => isPaused);
  expect(steps.get('DEPLOYMENTS')).toBeLessThanOrEqual(71);
  await handle.signal(resumeSyncSignal);
  expect(await handle.result()).toEqual({ outcome: 'COMPLETED', pages: 1 });
  expect([...steps]).toEqual([
    ['NESTED_LISTS', 130],
    ['DEPLOYMENTS', 130],
  ]);
  expect(closes).toBe(1);
  const { runId, raw } = await world.temporal.client.workflow
    .getHandle(handle.workflowId)
    .describe();
  expect(raw.workflowExecutionInfo?.firstRunId).not.toBe(runId);
});

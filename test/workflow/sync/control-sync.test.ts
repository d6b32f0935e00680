import {
  WorkflowFailedError,
  type WorkflowHandle,
  type WorkflowHandleWithFirstExecutionRunId,
} from '@temporalio/client';
import { expect, test } from 'vitest';
import type { ControlledSync } from '../../../src/contracts/launcher.ts';
import type { SyncActivities } from '../../../src/contracts/sync.ts';
import { syncRepositoryWorkflowId } from '../../../src/contracts/workflow-ids.ts';
import { startBackfill, untilProgress } from '../../support/worlds/started-backfill.ts';
import { createStubActivities, type StubActivities } from '../../support/stubs/stub-workers.ts';
import { openLauncher, openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

/** The steps of a repository sync before it continues as new. */
const PAGES_PER_RUN = 200;

const world = openWorkflowWorld();
const launcher = openLauncher(world);
const { gates, nextTeam } = world;

async function work(changes: Partial<SyncActivities> = {}): Promise<StubActivities> {
  const stubs = createStubActivities(changes);
  await world.work(stubs);
  return stubs;
}

function child(teamId: string, repositoryId: string): WorkflowHandle {
  return world.temporal.client.workflow.getHandle(syncRepositoryWorkflowId(teamId, repositoryId));
}

/** A job as its row names it. */
function job(handle: WorkflowHandleWithFirstExecutionRunId): ControlledSync {
  const { workflowId, firstExecutionRunId: workflowRunId } = handle;
  return { syncRunId: '1', workflowId, workflowRunId };
}

/** The sync of the first repository as its row identifies it. */
function repositorySync(teamId: string, syncRunId: string): ControlledSync {
  const workflowId = syncRepositoryWorkflowId(teamId, '1');
  return { syncRunId, workflowId, workflowRunId: '1#0' };
}

test('a pause of the backfill pauses its repository syncs and begins no other; a resume lets all go on', async () => {
  const [gate, bothSeen] = [gates.create(), gates.create()];
  const teamId = nextTeam();
  let pages = 0;
  const stubs = await work({
    async syncPullRequestPage() {
      pages += 1;
      if (pages === 2) {
        bothSeen.open();
      }
      await gate.passed;
      return pages <= 2
        ? { next: 'PAGE', pages: 1 }
        : { next: 'DONE', pages: 2, outcome: 'COMPLETED', stages: [] };
    },
  });
  const handle = await startBackfill(world.temporal, teamId, {
    repositories: ['a/1', 'a/2', 'a/3'],
  });
  await bothSeen.passed;
  expect(await launcher().controlSync(job(handle), 'PAUSE')).toBe(true);
  await untilProgress(handle, (progress) => progress.isPaused && progress.running?.length === 2);
  await untilProgress(child(teamId, '1'), ({ isPaused }) => isPaused);
  await untilProgress(child(teamId, '2'), ({ isPaused }) => isPaused);
  gate.open();
  await untilProgress(child(teamId, '1'), (progress) => progress.pages === 1);
  await untilProgress(child(teamId, '2'), (progress) => progress.pages === 1);
  expect(pages).toBe(2);
  expect(await launcher().controlSync(job(handle), 'RESUME')).toBe(true);
  expect(await handle.result()).toMatchObject({ outcome: 'COMPLETED', repositories: 3 });
  const pauses = stubs.calls.filter((call) => call.startsWith('recordSyncPause'));
  expect(pauses.toSorted()).toEqual(
    ['1', '1.0', '2.1'].flatMap((run) => [
      `recordSyncPause ${run} paused`,
      `recordSyncPause ${run} resumed`,
    ]),
  );
  expect(await launcher().controlSync(job(handle), 'PAUSE')).toBe(false);
});

test('a repository sync that is cancelled alone ends alone, and the backfill is partial', async () => {
  const [seen, gate] = [gates.create(), gates.create()];
  const teamId = nextTeam();
  const stubs = await work({
    async syncPullRequestPage({ repositoryId }) {
      if (repositoryId === '2') {
        return { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
      }
      seen.open();
      await gate.passed;
      return { next: 'PAGE', pages: 1 };
    },
  });
  const handle = await startBackfill(world.temporal, teamId);
  await seen.passed;
  expect(await launcher().controlSync(repositorySync(teamId, '1.0'), 'CANCEL')).toBe(true);
  gate.open();
  expect(await handle.result()).toMatchObject({ outcome: 'PARTIAL', repositories: 2 });
  expect(stubs.calls).toContain('closeSyncRun 1.0 CANCELLED Cancelled on request.');
  expect(stubs.calls.at(-1)).toBe('closeSyncRun 1 PARTIAL');
});

test('a backfill that is cancelled while it is paused ends its repository syncs and its row', async () => {
  const [seen, gate] = [gates.create(), gates.create()];
  const teamId = nextTeam();
  const stubs = await work({
    async syncPullRequestPage() {
      seen.open();
      await gate.passed;
      return { next: 'PAGE', pages: 1 };
    },
  });
  const handle = await startBackfill(world.temporal, teamId);
  await seen.passed;
  await launcher().controlSync(job(handle), 'PAUSE');
  await untilProgress(handle, ({ isPaused }) => isPaused);
  await launcher().controlSync(job(handle), 'CANCEL');
  gate.open();
  await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
  const closed = stubs.calls.filter((call) => call.startsWith('closeSyncRun')).toSorted();
  expect(closed.at(0)).toBe('closeSyncRun 1 CANCELLED Cancelled on request.');
  expect(closed.every((call) => call.endsWith('CANCELLED Cancelled on request.'))).toBe(true);
});

test('a row of an earlier run controls no later one of the same workflow id', async () => {
  const [seen, gate] = [gates.create(), gates.create()];
  const teamId = nextTeam();
  await work({
    async syncPullRequestPage() {
      seen.open();
      await gate.passed;
      return { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
    },
  });
  const handle = await startBackfill(world.temporal, teamId, { repositories: ['a/1'] });
  await seen.passed;
  const earlier = { ...job(handle), syncRunId: '0', workflowRunId: 'the-run-of-last-week' };
  expect(await launcher().controlSync(earlier, 'CANCEL')).toBe(false);
  expect(await launcher().controlSync(repositorySync(teamId, '0.0'), 'CANCEL')).toBe(false);
  expect(await launcher().controlSync(repositorySync(teamId, '0.0'), 'PAUSE')).toBe(false);
  gate.open();
  expect(await handle.result()).toMatchObject({ outcome: 'COMPLETED', repositories: 1 });
});

test('a repository sync that goes on as a new run is still that of its row', async () => {
  const [seen, gate] = [gates.create(), gates.create()];
  const teamId = nextTeam();
  let pages = 0;
  await work({
    async syncPullRequestPage() {
      pages += 1;
      if (pages <= PAGES_PER_RUN) {
        return { next: 'PAGE', pages };
      }
      seen.open();
      await gate.passed;
      return { next: 'DONE', pages, outcome: 'COMPLETED', stages: [] };
    },
  });
  const handle = await startBackfill(world.temporal, teamId, { repositories: ['a/1'] });
  await seen.passed;
  expect(await launcher().controlSync(repositorySync(teamId, '0.0'), 'PAUSE')).toBe(false);
  expect(await launcher().controlSync(repositorySync(teamId, '1.0'), 'PAUSE')).toBe(true);
  await untilProgress(child(teamId, '1'), ({ isPaused }) => isPaused);
  expect(await launcher().controlSync(repositorySync(teamId, '1.0'), 'RESUME')).toBe(true);
  gate.open();
  expect(await handle.result()).toMatchObject({ outcome: 'COMPLETED', repositories: 1 });
});

import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { BackfillRequest } from '../../../src/contracts/launcher.ts';
import { startBackfill } from '../../support/worlds/started-backfill.ts';
import { createStubActivities } from '../../support/stubs/stub-workers.ts';
import { openLauncher, openWorkflowWorld } from '../../support/worlds/workflow-world.ts';

const world = openWorkflowWorld();
const launcher = openLauncher(world);
const { gates, nextTeam } = world;

function request(teamId: string, repositories: readonly string[]): BackfillRequest {
  return { teamId, repositories, since: '2026-01-01T12:00:00.000Z', requestedBy: null };
}

/** How many updates the history of a workflow has. */
async function countUpdates(handle: Awaited<ReturnType<typeof startBackfill>>): Promise<number> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes)
    .length;
}

/** A job of acme/api and acme/web, one after the other: the syncs of api fail, as often as said; those of others wait. */
async function jobThatMisses(failures: number, repositories: readonly string[]) {
  const holds = new Map(
    ['acme/web', 'acme/last'].map((name) => [name, { seen: gates.create(), gate: gates.create() }]),
  );
  const begun: string[] = [];
  const stubs = createStubActivities({
    async resolveRepositories({ repositories: asked }) {
      const names = asked.length === 0 ? ['acme/api', 'acme/web'] : asked;
      const found = names.map((name) => ({ repositoryId: name.toLowerCase(), name }));
      return { repositories: found, refused: [], wait: null, left: [] };
    },
    async syncPullRequestPage({ repositoryId }) {
      begun.push(repositoryId);
      if (
        begun.filter((name) => name === 'acme/api').length <= failures &&
        !holds.has(repositoryId)
      ) {
        throw ApplicationFailure.nonRetryable('GitHub does not answer.', 'TRANSIENT');
      }
      holds.get(repositoryId)?.seen.open();
      await holds.get(repositoryId)?.gate.passed;
      return { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
    },
  });
  await world.work(stubs);
  const teamId = nextTeam();
  const activityOptions = { heartbeatSeconds: 600, parallelRepositories: 1 };
  const handle = await startBackfill(world.temporal, teamId, { activityOptions, repositories });
  await holds.get('acme/web')?.seen.passed;
  return {
    handle,
    start: (names: readonly string[]) => launcher().startBackfill(request(teamId, names)),
    pass: (name: string) => holds.get(name)?.gate.open(),
    seen: (name: string) => holds.get(name)?.seen.passed,
    begunTimes: (name: string) => begun.filter((one) => one === name).length,
  };
}

test.each([
  ['it alone', ['acme/api', 'acme/web'], ['Acme/API']],
  ['with one that is read', ['acme/api', 'acme/web'], ['acme/web', 'acme/api']],
  ['all repositories', [], []],
])(
  'a start that asks for a repository whose sync has failed in the running job is not covered: %s',
  async (_what, repositories, asked) => {
    const { handle, start, pass, begunTimes } = await jobThatMisses(1, repositories);
    expect(await start(asked)).toMatchObject({ joined: true });
    // The one that waits covers the next, which leaves no events.
    expect(await start(asked)).toMatchObject({ joined: true });
    expect(await countUpdates(handle)).toBe(1);
    pass('acme/web');
    expect(await handle.result()).toMatchObject({ outcome: 'PARTIAL', repositories: 3 });
    expect([begunTimes('acme/api'), begunTimes('acme/web')]).toEqual([2, 1]);
  },
);

test('a start that was taken once on the same day is taken again when that sync has failed too', async () => {
  const { handle, start, pass, seen, begunTimes } = await jobThatMisses(2, [
    'acme/api',
    'acme/web',
  ]);
  await start(['acme/api']);
  await start(['acme/last']);
  pass('acme/web');
  await seen('acme/last');
  expect(begunTimes('acme/api')).toBe(2);
  expect(await start(['acme/api'])).toMatchObject({ joined: true });
  pass('acme/last');
  expect(await handle.result()).toMatchObject({ outcome: 'PARTIAL', repositories: 5 });
  expect(begunTimes('acme/api')).toBe(3);
});

test('a name that could not be looked up in the running job is not covered', async () => {
  let answers = false;
  const [gate, seen] = [gates.create(), gates.create()];
  const stubs = createStubActivities({
    async resolveRepositories({ repositories }) {
      const isLost = !answers && repositories.includes('acme/gone');
      const left = repositories.filter((name) => !isLost || name !== 'acme/gone');
      return {
        repositories: left.map((name) => ({ repositoryId: name, name })),
        refused: isLost ? [{ name: 'acme/gone', reason: 'GitHub shows no acme/gone.' }] : [],
        wait: null,
        left: [],
      };
    },
    async syncPullRequestPage() {
      seen.open();
      await gate.passed;
      return { next: 'DONE', pages: 1, outcome: 'COMPLETED', stages: [] };
    },
  });
  await world.work(stubs);
  const teamId = nextTeam();
  const repositories = ['acme/gone', 'acme/api'];
  const handle = await startBackfill(world.temporal, teamId, { repositories });
  await seen.passed;
  answers = true;
  await launcher().startBackfill(request(teamId, ['acme/gone']));
  gate.open();
  expect(await handle.result()).toMatchObject({ outcome: 'PARTIAL', repositories: 2 });
});

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { backfillTeamWorkflowId } from '../../../../src/contracts/workflow-ids.ts';
import { renewInstallationIdentity } from '../../../../src/db/core/installation.ts';
import { applySchedules } from '../../../../src/runtime/temporal/schedules.ts';
import type { Workers } from '../../../../src/runtime/temporal/worker.ts';
import { organisationWithoutDeployments } from '../../../support/github/organisation.ts';
import { createTestDatabase } from '../../../support/postgres/postgres.ts';
import { startTestTemporal, type TestTemporal } from '../../../support/temporal/temporal.ts';
import { connectDb, createSyncWorld, type SyncWorld } from '../../../support/worlds/sync-world.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const SINCE = '2026-05-01T00:00:00.000Z';
const ACTIVITY_OPTIONS = { heartbeatSeconds: 5, parallelRepositories: 2 };

/** An installation with an organisation of its own, on the namespace that it shares. */
interface Installed {
  readonly world: SyncWorld;
  readonly names: readonly string[];
}

let temporal: TestTemporal;
let first: Installed;
let second: Installed;
const running = new Set<Workers>();

/** Databases of the tests are copies of one, as a staging database is of production: each needs its own identity. */
async function install(prefix: string, seed: number): Promise<Installed> {
  const database = await createTestDatabase();
  const maintenance = connectDb(database.maintenanceUrl, 1);
  await renewInstallationIdentity(maintenance);
  await maintenance.$disconnect();
  const made = organisationWithoutDeployments({ seed, now: NOW });
  const source = {
    ...made,
    repositories: made.repositories
      .slice(0, 2)
      .map((repository) => ({ ...repository, name: `${prefix}-${repository.name}` })),
  };
  const offset = Date.now() - NOW.getTime();
  const world = await createSyncWorld({
    source,
    temporal,
    database,
    now: () => new Date(Date.now() - offset),
  });
  return {
    world,
    names: source.repositories.map(({ owner, name }) => `${owner}/${name}`).toSorted(),
  };
}

beforeAll(async () => {
  temporal = await startTestTemporal();
  [first, second] = await Promise.all([install('first', 5), install('second', 6)]);
});

afterEach(async () => {
  await Promise.all([...running].map(stop));
});

afterAll(async () => {
  await Promise.all([first.world.close(), second.world.close()]);
  await temporal.stop();
});

async function work({ world }: Installed): Promise<Workers> {
  const workers = await world.startWorkers();
  running.add(workers);
  return workers;
}

async function stop(workers: Workers): Promise<void> {
  running.delete(workers);
  await workers.stop();
}

function startBackfill({ world, names }: Installed) {
  const teamId = String(world.teamId);
  return world.launcher.startBackfill({
    teamId,
    repositories: names,
    since: SINCE,
    requestedBy: null,
  });
}

async function storedNames({ world }: Installed): Promise<string[]> {
  const rows = await world.maintenance.repository.findMany();
  return rows.map(({ owner, name }) => `${owner}/${name}`).toSorted();
}

test('two installations on one namespace sync at the same time, and neither has a row of the other', async () => {
  expect(first.world.teamId).toBe(second.world.teamId);
  await Promise.all([work(first), work(second)]);
  const jobs = await Promise.all([first, second].map(startBackfill));
  const results = await Promise.all(
    jobs.map(({ workflowId }) => temporal.client.workflow.getHandle(workflowId).result()),
  );
  expect(results).toMatchObject([{ outcome: 'COMPLETED' }, { outcome: 'COMPLETED' }]);
  expect(jobs.map(({ joined }) => joined)).toEqual([false, false]);
  for (const installed of [first, second]) {
    expect(await storedNames(installed)).toEqual(installed.names);
    const { maintenance, installation, github } = installed.world;
    expect(await maintenance.pullRequest.count()).toBeGreaterThan(0);
    const runs = await maintenance.syncRun.findMany();
    expect(runs).toHaveLength(3);
    expect(runs.every(({ status }) => status === 'COMPLETED')).toBe(true);
    expect(runs.filter(({ workflowId }) => !workflowId.startsWith(`${installation}:`))).toEqual([]);
    expect(github.stats().brokenRules).toEqual([]);
  }
});

test('their schedules have ids of their own', async () => {
  const ids: string[] = [];
  for (const { world } of [first, second]) {
    const applied = await applySchedules(temporal.client, world.application, ACTIVITY_OPTIONS);
    expect(applied.updated).toEqual([]);
    expect(applied.created.every((id) => id.startsWith(`${world.installation}:`))).toBe(true);
    ids.push(...applied.created);
  }
  expect(new Set(ids).size).toBe(ids.length);
  const [mine] = await first.world.launcher.listSchedules(String(first.world.teamId), []);
  await first.world.launcher.pauseSchedule(mine?.id ?? '', true, 'for a while');
  const [theirs] = await second.world.launcher.listSchedules(String(second.world.teamId), []);
  expect(theirs?.isPaused).toBe(false);
  await first.world.launcher.unscheduleTeam(String(first.world.teamId));
  expect(await second.world.launcher.listSchedules(String(second.world.teamId), [])).toHaveLength(
    3,
  );
});

test('one whose workers are stopped waits, and nobody does its work; the other goes on', async () => {
  const stopped = await work(first);
  await work(second);
  await stop(stopped);
  const [waiting, done] = await Promise.all([first, second].map(startBackfill));
  const handleOf = (workflowId = '') => temporal.client.workflow.getHandle(workflowId);
  expect(await handleOf(done?.workflowId).result()).toMatchObject({ outcome: 'COMPLETED' });
  const { status, historyLength } = await handleOf(waiting?.workflowId).describe();
  expect(status.name).toBe('RUNNING');
  // It was started, and no worker has taken a task of it.
  expect(historyLength).toBe(2);
  const workers = await work(first);
  expect(await handleOf(waiting?.workflowId).result()).toMatchObject({ outcome: 'COMPLETED' });
  await stop(workers);
});

test('a copy of a database that names runs of the other cannot control them', async () => {
  const { world } = first;
  const { workflowId, workflowRunId } = await startBackfill(first);
  const run = { syncRunId: '1', workflowId, workflowRunId };
  expect(await second.world.launcher.controlSync(run, 'CANCEL')).toBe(false);
  const handle = temporal.client.workflow.getHandle(workflowId);
  expect((await handle.describe()).status.name).toBe('RUNNING');
  expect(workflowId).toBe(`${world.installation}:${backfillTeamWorkflowId(String(world.teamId))}`);
  expect(await world.launcher.controlSync(run, 'CANCEL')).toBe(true);
  await work(first);
  await expect(handle.result()).rejects.toThrow(/cancelled/i);
});

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporal as temporalApi } from '@temporalio/proto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateOrganisation } from '../../src/demo/organisation.ts';
import { bundleWorkflows } from '../../src/runtime/worker.ts';
import { dumpBusinessRows } from '../support/business-rows.ts';
import { createSyncWorld, WORLD_ENCRYPTION_KEY, type SyncWorld } from '../support/sync-world.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';

const KILLS = 20;
const SEED = 7;
const NOW = new Date('2026-06-01T12:00:00Z');
const SINCE = new Date('2026-01-01T00:00:00Z');

const source = generateOrganisation({ seed: 3, now: NOW });
const names = source.repositories.map((repository) => `${repository.owner}/${repository.name}`);

let temporal: TestTemporal;
let directory: string;
let bundlePath: string;

beforeAll(async () => {
  temporal = await startTestTemporal();
  directory = await mkdtemp(join(tmpdir(), 'throughline-kill-'));
  bundlePath = join(directory, 'workflows.js');
  await writeFile(bundlePath, (await bundleWorkflows()).code);
});

afterAll(async () => {
  await temporal.stop();
  await rm(directory, { recursive: true });
});

/** Numbers that look random and are the same in every run. */
function createSequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

function createWorld(): Promise<SyncWorld> {
  return createSyncWorld({
    source,
    temporal,
    heartbeatSeconds: 1,
    parallelRepositories: 1,
    now: () => NOW,
  });
}

async function start(world: SyncWorld): Promise<string> {
  const { workflowId } = await world.launcher.startBackfill({
    teamId: String(world.teamId),
    repositories: names,
    since: SINCE.toISOString(),
    requestedBy: null,
  });
  return workflowId;
}

async function runUndisturbed(): Promise<Awaited<ReturnType<typeof dumpBusinessRows>>> {
  const world = await createWorld();
  const workers = await world.startWorkers();
  const workflowId = await start(world);
  await world.client.workflow.getHandle(workflowId).result();
  await workers.stop();
  const rows = await dumpBusinessRows(world.maintenance);
  await world.close();
  return rows;
}

function spawnWorker(world: SyncWorld): ChildProcess {
  return fork(fileURLToPath(new URL('../support/killable-worker.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx'],
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: world.database.applicationUrl,
      TEMPORAL_ADDRESS: temporal.address,
      THROUGHLINE_ENCRYPTION_KEY: WORLD_ENCRYPTION_KEY,
      WORKFLOW_BUNDLE: bundlePath,
    },
  });
}

async function countRunningActivities(world: SyncWorld): Promise<number> {
  let running = 0;
  for await (const execution of world.client.workflow.list({
    query: `ExecutionStatus = 'Running'`,
  })) {
    const { raw } = await world.client.workflow.getHandle(execution.workflowId).describe();
    running += (raw.pendingActivities ?? []).filter(
      (activity) =>
        activity.state ===
        temporalApi.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_STARTED,
    ).length;
  }
  return running;
}

test('twenty kills of the worker leave the same rows as an undisturbed run', async () => {
  const expected = await runUndisturbed();
  const world = await createWorld();
  const next = createSequence(SEED);
  const workflowId = await start(world);
  const kills: { moment: string; insideActivity: boolean }[] = [];
  let finished = false;
  const result = world.client.workflow
    .getHandle(workflowId)
    .result()
    .finally(() => {
      finished = true;
    });

  while (!finished) {
    const worker = spawnWorker(world);
    // A page has four moments. Too few between kills, and one page would be tried so often that Temporal waits long.
    let left = kills.length < KILLS ? 2 + Math.floor(next() * 6) : Number.POSITIVE_INFINITY;
    const exited = once(worker, 'exit');
    worker.on('message', ({ moment }: { moment: string }) => {
      if (moment === 'ready') {
        return;
      }
      left -= 1;
      if (left > 0) {
        worker.send('go');
        return;
      }
      void countRunningActivities(world).then((running) => {
        kills.push({ moment, insideActivity: running > 0 });
        worker.kill('SIGKILL');
      });
    });
    await Promise.race([exited, result]);
    if (finished) {
      worker.kill('SIGKILL');
      await exited;
    }
  }
  await result;
  const rows = await dumpBusinessRows(world.maintenance);
  const { brokenRules } = world.github.stats();
  await world.close();

  expect(kills).toHaveLength(KILLS);
  expect(kills.filter((kill) => kill.insideActivity).length).toBeGreaterThanOrEqual(15);
  expect(kills.filter((kill) => kill.moment === 'after-commit').length).toBeGreaterThan(0);
  expect(rows).toEqual(expected);
  expect(rows['pull_request']?.length).toBeGreaterThan(300);
  expect(brokenRules).toEqual([]);
});

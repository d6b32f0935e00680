// `node --import tsx bench/sync-cost.ts '{"identities":20,"pullRequests":300,"latencyMs":60}'`: what a sync costs by the code
// beside it, as one line of JSON. `bench/beside.ts` puts this file into an older commit as well: it may use only what both have.
import { readFile, readdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { openLab } from '../chaos/lab.ts';
import { openWorld, outcomeOf } from '../chaos/experiment.ts';
import { provisionConnection, provisionTeam } from '../src/db/teams/provision.ts';
import { largeRepository } from '../src/demo/core/large-repository.ts';
import { createLogger } from '../src/runtime/core/logger.ts';
import { routeTemporalLogs } from '../src/runtime/temporal/worker.ts';
import type { SyncWorld } from '../test/support/worlds/sync-world.ts';
import { TIER_1 } from './bench-database.ts';
import { buildWorker, startMeasuredWorker } from './sync-worker.ts';

export interface SyncCostOptions {
  /** Teams, each with a token of another user, at most 20. */
  readonly identities: number;
  /** Of each team. */
  readonly pullRequests: number;
  readonly latencyMs: number;
}

export interface SyncCosts {
  readonly stored: number;
  readonly requests: number;
  /** From the first start to the last end. */
  readonly seconds: number;
  /** CPU time of the worker that talks to GitHub, and of the server with all of its sessions. */
  readonly workerMs: number;
  readonly databaseMs: number;
  /** Heap after a collection and highest resident memory of that worker, in megabytes. */
  readonly heap: number;
  readonly peak: number;
}

const PROJECT_DIRECTORY = fileURLToPath(new URL('..', import.meta.url));
const NOW = new Date('2026-06-01T12:00:00Z');
const SINCE = new Date('2000-01-01T00:00:00Z');
/** As /proc counts on Linux. */
const TICK_MS = 10;

async function measure(options: SyncCostOptions): Promise<SyncCosts> {
  routeTemporalLogs(createLogger('silent'));
  const lab = await openLab({
    projectDirectory: PROJECT_DIRECTORY,
    seed: 0,
    quick: false,
    onProgress: () => undefined,
    postgres: TIER_1,
  });
  const dist = await buildWorker(PROJECT_DIRECTORY);
  try {
    const { identities, pullRequests, latencyMs } = options;
    const world = await openWorld(lab, {
      source: largeRepository({ pullRequests, now: NOW }),
      latencyMs,
      now: () => NOW,
      heartbeatSeconds: 30,
    });
    const teams = await connectTeams(world, identities);
    const build = { projectDirectory: PROJECT_DIRECTORY, dist };
    const worker = await startMeasuredWorker(build, world, 'sync');
    const workerPid = await findWorker();
    const compute = await startMeasuredWorker(build, world, 'compute');
    const database = await findServer(lab.postgres.superuserUrl);
    const before = await Promise.all([cpuOf(workerPid), cpuOfAll(database)]);
    const startedAt = performance.now();
    await Promise.all(teams.map((teamId) => syncTeam(world, teamId)));
    const seconds = (performance.now() - startedAt) / 1000;
    const after = await Promise.all([cpuOf(workerPid), cpuOfAll(database)]);
    const stored = await world.maintenance.pullRequest.count();
    const { requests } = world.github.stats();
    const memory = await worker.memory();
    await Promise.all([worker.stop(), compute.stop()]);
    return {
      stored,
      requests: requests.graphql + requests.rest,
      seconds,
      workerMs: after[0] - before[0],
      databaseMs: after[1] - before[1],
      ...memory,
    };
  } finally {
    await lab.close();
    await rm(dist, { recursive: true, force: true });
  }
}

/** The world's team, and others whose tokens are those of other users: each asks in a queue of its own. */
async function connectTeams(world: SyncWorld, identities: number): Promise<bigint[]> {
  const teams = [world.teamId];
  for (let index = 2; index <= identities; index += 1) {
    const token = `token-${index}`;
    world.github.setToken(token, { login: `engineer-${index % 20}` });
    const { teamId } = await provisionTeam(world.maintenance, {
      slug: `team-${index}`,
      name: `Team ${index}`,
      adminEmail: `admin-${index}@example.com`,
      adminName: 'Admin',
    });
    const { secrets, github } = world;
    await provisionConnection(world.maintenance, { teamId, apiUrl: github.url, token, secrets });
    teams.push(teamId);
  }
  return teams;
}

async function syncTeam(world: SyncWorld, teamId: bigint): Promise<void> {
  const { workflowId } = await world.launcher.startBackfill({
    teamId: String(teamId),
    repositories: ['acme/large'],
    since: SINCE.toISOString(),
    requestedBy: null,
  });
  const outcome = await outcomeOf(world, workflowId);
  if (outcome !== 'COMPLETED') {
    throw new Error(`the sync of team ${teamId} ended with ${outcome}`);
  }
}

/** The process of the worker: it is our only child that runs the product. */
async function findWorker(): Promise<number> {
  const children = await childrenOf(process.pid);
  for (const pid of children) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    if (line.includes('main.js')) {
      return pid;
    }
  }
  throw new Error('the worker has ended');
}

/** The process of the PostgreSQL server, which is the parent of every session. */
async function findServer(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const { parent } = await readStat(rows[0]?.pid ?? 0);
  await client.end();
  return parent;
}

interface Stat {
  readonly parent: number;
  /** CPU time of the process itself, in milliseconds, and of its children that have ended. */
  readonly own: number;
  readonly ended: number;
}

async function readStat(pid: number): Promise<Stat> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const at = (index: number): number => Number(fields[index]);
  return { parent: at(1), own: (at(11) + at(12)) * TICK_MS, ended: (at(13) + at(14)) * TICK_MS };
}

async function cpuOf(pid: number): Promise<number> {
  return (await readStat(pid)).own;
}

/** Of a process and its children, those that have ended too. */
async function cpuOfAll(pid: number): Promise<number> {
  const { own, ended } = await readStat(pid);
  const children = await Promise.all((await childrenOf(pid)).map(cpuOf));
  return children.reduce((sum, ms) => sum + ms, own + ended);
}

async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const stats = await Promise.all(
    pids.map(async (pid) => ({ pid, stat: await readStat(pid).catch(() => null) })),
  );
  return stats.filter(({ stat }) => stat?.parent === parent).map(({ pid }) => pid);
}

const [options = '{}'] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await measure(JSON.parse(options) as SyncCostOptions))}\n`);

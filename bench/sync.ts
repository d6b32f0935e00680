import { rm } from 'node:fs/promises';
import { openWorld, outcomeOf, startBackfill } from '../chaos/experiment.ts';
import type { Lab } from '../chaos/lab.ts';
import { largeRepository } from '../src/demo/core/large-repository.ts';
import { WORLD_TOKEN } from '../test/support/worlds/connected-team.ts';
import type { SyncWorld } from '../test/support/worlds/sync-world.ts';
import { readThroughRest, type RestSyncOutcome } from './baselines/rest-sync.ts';
import type { Figures } from './figures.ts';
import { benchRanges } from './ranges.ts';
import {
  buildWorker,
  startMeasuredWorker,
  type MeasuredWorker,
  type WorkerBuild,
} from './sync-worker.ts';

export interface SyncBench {
  readonly lab: Lab;
  readonly projectDirectory: string;
  readonly onProgress: (message: string) => void;
}

interface SyncSizes {
  /** Pull requests of the sync that is compared. */
  readonly pullRequests: number;
  /** Pull requests that are really read one by one. */
  readonly restSample: number;
  /** Small and large history of the memory's comparison. */
  readonly memory: readonly [small: number, large: number];
  /** Milliseconds an answer that are slow. */
  readonly slowMs: number;
}

const FULL: SyncSizes = {
  pullRequests: 10_000,
  restSample: 500,
  memory: [1_000, 100_000],
  slowMs: 1_000,
};
const QUICK: SyncSizes = {
  pullRequests: 1_000,
  restSample: 20,
  memory: [200, 2_000],
  slowMs: 100,
};

const NOW = new Date('2026-06-01T12:00:00Z');
const SINCE = new Date('2000-01-01T00:00:00Z');
/** Where largeRepository lies. */
const REPOSITORY = { owner: 'acme', repo: 'large' } as const;
/** A typical round trip to GitHub. */
const LATENCY_MS = 60;
/** GitHub's limit of a token. */
const POINTS_AN_HOUR = 5_000;

/** All figures of a repository's sync, against the fake GitHub with GitHub's limits. */
export async function benchSync(bench: SyncBench, figures: Figures, quick: boolean): Promise<void> {
  const sizes = quick ? QUICK : FULL;
  bench.onProgress('building the worker');
  const dist = await buildWorker(bench.projectDirectory);
  try {
    await compareWithRest({ ...bench, dist }, figures, sizes);
    await measureMemory({ ...bench, dist }, figures, sizes);
    await benchRanges({ ...bench, dist }, figures, quick);
  } finally {
    await rm(dist, { recursive: true, force: true });
  }
}

interface BuiltBench extends SyncBench, WorkerBuild {}

interface SyncCost {
  readonly seconds: number;
  readonly requests: number;
  readonly points: number;
}

async function compareWithRest(
  bench: BuiltBench,
  figures: Figures,
  sizes: SyncSizes,
): Promise<void> {
  const { lab, onProgress } = bench;
  const { pullRequests } = sizes;
  onProgress(`syncing ${pullRequests} pull requests at ${LATENCY_MS} ms per answer`);
  const near = await open(lab, pullRequests, LATENCY_MS);
  const workers = await startWorkers(bench, near);
  const ours = await measureSync(near);
  onProgress('syncing a repository with nothing new');
  const idle = await measureSync(near);
  const stored = await near.maintenance.pullRequest.count();
  await workers.stop();
  onProgress(`reading ${sizes.restSample} pull requests one by one`);
  const rest = await readRest(near, sizes.restSample);
  await near.close();

  const scale = pullRequests / sizes.restSample;
  const restRequests = rest.requests * scale;
  const restSeconds = rest.seconds * scale;
  const tenThousand = 10_000 / pullRequests;
  figures.exactly('sync.stored', stored, 'pull requests', { equals: pullRequests });
  figures.exactly('sync.requests', ours.requests, 'requests', {
    atMost: quickAware(250, tenThousand),
  });
  figures.exactly('sync.points', ours.points, 'points', { atMost: quickAware(600, tenThousand) });
  figures.report('rest.requests', restRequests, 'requests');
  figures.exactly('sync.requests_against_rest', restRequests / ours.requests, 'times fewer', {
    // The pages grow from 25 to 100, which small histories do not outweigh.
    atLeast: pullRequests === FULL.pullRequests ? 100 : 50,
  });
  figures.exactly('sync.idle_requests', idle.requests, 'requests', { equals: 1 });
  figures.report('sync.seconds', ours.seconds, 's');
  figures.report('rest.seconds', restSeconds, 's');
  figures.report('rest.hours_at_github_s_limit', restRequests / POINTS_AN_HOUR, 'h');
  figures.timed('sync.time_against_rest', restSeconds / ours.seconds, 'times', { atLeast: 100 });

  onProgress(`syncing ${pullRequests} pull requests at ${sizes.slowMs} ms per answer`);
  const far = await open(lab, pullRequests, sizes.slowMs);
  const slowWorkers = await startWorkers(bench, far);
  const slow = await measureSync(far);
  await slowWorkers.stop();
  await far.close();
  figures.report('slow.seconds', slow.seconds, 's');
  figures.timed('slow.time_against_rest', restSeconds / slow.seconds, 'times', { atLeast: 10 });
}

/** A bound for ten thousand pull requests, for as many as there are; small pages at the beginning count extra. */
function quickAware(bound: number, scale: number): number {
  return scale === 1 ? bound : Math.ceil(bound / scale) + 10;
}

async function measureMemory(
  bench: BuiltBench,
  figures: Figures,
  { memory: [small, large] }: SyncSizes,
): Promise<void> {
  const { lab, onProgress } = bench;
  const heaps: number[] = [];
  for (const pullRequests of [small, large]) {
    onProgress(`syncing ${pullRequests} pull requests, to measure memory`);
    const world = await open(lab, pullRequests, 0);
    const workers = await startWorkers(bench, world);
    const { seconds } = await measureSync(world);
    const { heap, peak } = await workers.sync.memory();
    heaps.push(heap);
    figures.report(`memory.${pullRequests}.heap`, heap, 'MB');
    figures.report(`memory.${pullRequests}.seconds`, seconds, 's');
    figures.exactly(`memory.${pullRequests}.peak`, peak, 'MB', { atMost: 300 });
    if (pullRequests === large) {
      await reportHistories(world, figures);
    }
    await workers.stop();
    await world.close();
  }
  const [first = 0, last = 0] = heaps;
  figures.exactly('memory.growth', last - first, 'MB', { atMost: 40 });
}

/** The longest run of all workflows, as Temporal counts them. */
async function reportHistories(world: SyncWorld, figures: Figures): Promise<void> {
  let events = 0;
  let bytes = 0;
  for await (const { workflowId, runId } of world.client.workflow.list()) {
    const { historyLength, historySize } = await world.client.workflow
      .getHandle(workflowId, runId)
      .describe();
    events = Math.max(events, historyLength);
    bytes = Math.max(bytes, historySize ?? 0);
  }
  figures.exactly('history.events_a_run', events, 'events', { atMost: 8_000 });
  figures.exactly('history.bytes_a_run', bytes / 1e6, 'MB', { atMost: 5 });
}

interface Workers {
  readonly sync: MeasuredWorker;
  stop(): Promise<void>;
}

/** A worker process a queue; the one that talks to GitHub is measured. */
async function startWorkers(build: WorkerBuild, world: SyncWorld): Promise<Workers> {
  const [sync, compute] = await Promise.all([
    startMeasuredWorker(build, world, 'sync'),
    startMeasuredWorker(build, world, 'compute'),
  ]);
  return {
    sync,
    stop: async () => {
      await Promise.all([sync.stop(), compute.stop()]);
    },
  };
}

function open(lab: Lab, pullRequests: number, latencyMs: number): Promise<SyncWorld> {
  return openWorld(lab, {
    source: largeRepository({ pullRequests, now: NOW }),
    latencyMs,
    now: () => NOW,
    heartbeatSeconds: 30,
  });
}

function readRest(world: SyncWorld, pullRequests: number): Promise<RestSyncOutcome> {
  return readThroughRest({
    apiUrl: world.github.url,
    token: WORLD_TOKEN,
    ...REPOSITORY,
    pullRequests,
  });
}

/** One backfill of everything, and what it cost. */
async function measureSync(world: SyncWorld): Promise<SyncCost> {
  const before = world.github.stats();
  const startedAt = performance.now();
  const outcome = await outcomeOf(
    world,
    await startBackfill(world, {
      repositories: [`${REPOSITORY.owner}/${REPOSITORY.repo}`],
      since: SINCE,
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  if (outcome !== 'COMPLETED') {
    throw new Error(`the sync ended with ${outcome}`);
  }
  const after = world.github.stats();
  const count = (stats: typeof after): number => stats.requests.graphql + stats.requests.rest;
  return {
    seconds,
    requests: count(after) - count(before),
    points: after.pointsUsed - before.pointsUsed,
  };
}

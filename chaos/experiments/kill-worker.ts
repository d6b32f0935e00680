import type { SyncFailpoint } from '../../src/activities/requests/sync-dependencies.ts';
import type { SyncWorld } from '../../test/support/worlds/sync-world.ts';
import {
  compare,
  toVerdict,
  makeHistory,
  NOW,
  outcomeOf,
  startBackfill,
  type Experiment,
} from '../experiment.ts';
import { largeRepository } from '../../src/demo/core/large-repository.ts';
import { createSequence } from '../lab.ts';
import { countRunningActivities } from '../pending-activities.ts';
import { startWorkerProcess } from '../worker.ts';

/** A shorter one would pass on a busy machine although the worker lives, and each time that it does the next wait is longer. */
const HEARTBEAT_SECONDS = 3;

/** Where a worker is killed: each failpoint in succession; the seed says at which of its first occurrences. */
const FAILPOINTS: readonly SyncFailpoint[] = [
  'after-commit',
  'before-fetch',
  'before-commit',
  'after-fetch',
];
/** Too few between kills, and one page would be tried so often that Temporal waits long. */
const MOST_PASSED = 3;

interface Kill {
  readonly failpoint: string;
  /** By Temporal's own word: an activity was running. */
  readonly insideActivity: boolean;
}

/** F1: the worker is killed at seeded moments, also between COMMIT and the answer to Temporal. */
export const killWorker: Experiment = {
  id: 'F1',
  fault: 'kill -9 of the worker during a sync',
  async run(lab) {
    const kills = lab.quick ? FAILPOINTS.length : 20;
    const { source, all: request } = lab.quick ? makeHistory(lab) : makeLargeHistory();
    const compared = await compare(lab, {
      id: 'F1',
      options: {
        source,
        heartbeatSeconds: HEARTBEAT_SECONDS,
        parallelRepositories: 1,
      },
      request,
      disturb: async (world) =>
        killRepeatedly(world, { lab, kills, workflowId: await startBackfill(world, request) }),
    });
    const { expected, found: done, seconds } = compared;
    const extra = compared.requests - expected.requests;
    const inside = done.filter((kill) => kill.insideActivity).length;
    const afterCommit = done.filter((kill) => kill.failpoint === 'after-commit').length;
    // The page that was being stored, and the one that was asked for ahead.
    const mostExtra = 2 * done.length + Math.ceil(expected.requests * 0.05);
    const mostSeconds = 2 * expected.seconds + done.length * (HEARTBEAT_SECONDS + WORKER_START);
    return toVerdict(
      'same rows; pages fetched twice <= 2 x kills + 5 %; done within twice the time and a heartbeat a kill',
      `${done.length} kills, ${inside} inside a running activity, ${afterCommit} between COMMIT and completion; ${extra} pages twice; ${seconds.toFixed(0)} s against ${expected.seconds.toFixed(0)} s`,
      [
        ...compared.checks,
        { what: `only ${done.length} kills`, holds: done.length === kills },
        { what: 'no kill after COMMIT', holds: afterCommit > 0 },
        { what: `${inside} kills hit an activity`, holds: inside * 4 >= kills * 3 },
        { what: `${extra} pages were fetched twice`, holds: extra <= mostExtra },
        // A clock judges on a quiet machine only.
        { what: `took ${seconds.toFixed(0)} s`, holds: lab.quick || seconds <= mostSeconds },
      ],
    );
  },
};

/** Enough pages that each kill meets another one. */
function makeLargeHistory(): Pick<ReturnType<typeof makeHistory>, 'source' | 'all'> {
  return {
    source: largeRepository({ pullRequests: 5_000, now: NOW }),
    all: { repositories: ['acme/large'], since: new Date('2000-01-01T00:00:00Z') },
  };
}

/** Seconds that a new worker process takes until it polls, on a small machine. */
const WORKER_START = 6;

async function killRepeatedly(
  world: SyncWorld,
  plan: {
    readonly lab: Parameters<typeof startWorkerProcess>[0];
    readonly kills: number;
    readonly workflowId: string;
  },
): Promise<readonly Kill[]> {
  const { lab } = plan;
  const next = createSequence(lab.seed);
  const kills: Kill[] = [];
  let finished = false;
  const end = outcomeOf(world, plan.workflowId).finally(() => {
    finished = true;
  });
  while (!finished) {
    lab.onProgress(`F1: ${kills.length} of ${plan.kills} kills`);
    const target = FAILPOINTS[kills.length % FAILPOINTS.length];
    let left = kills.length < plan.kills ? 1 + Math.floor(next() * MOST_PASSED) : Infinity;
    const worker = await startWorkerProcess(lab, world, async (failpoint) => {
      left -= failpoint === target ? 1 : 0;
      if (left > 0) {
        return true;
      }
      kills.push({ failpoint, insideActivity: (await countRunningActivities(world)) > 0 });
      return false;
    });
    await Promise.race([worker.ended, end]);
    await worker.kill();
  }
  return kills;
}

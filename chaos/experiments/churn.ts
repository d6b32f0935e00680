import {
  differences,
  fingerprint,
  invariants,
  toVerdict,
  makeHistory,
  NOW,
  SYNC_LOG_TABLES,
  openWorld,
  runBackfill,
  runUndisturbed,
  type Experiment,
} from '../experiment.ts';
import { startWorkerProcess } from '../worker.ts';

const HOUR_MS = 3_600_000;

/** GitHub's clock goes on by so much with every look at it: whatever is open moves while it is paged through. */
const STEP_MS = HOUR_MS / 16;

/** F15: pull requests are updated, and new ones made, while the list is paged through. */
export const churn: Experiment = {
  id: 'F15',
  fault: 'pull requests move between pages while they are read',
  async run(lab) {
    const { source: whole, all: request } = makeHistory(lab);
    // GitHub makes the state of an old deployment INACTIVE without a sign that an hourly sync could see.
    const source = {
      ...whole,
      repositories: whole.repositories.map((repository) => ({ ...repository, deployments: [] })),
    };
    const clock = { at: NOW.getTime(), step: STEP_MS };
    const world = await openWorld(lab, {
      source,
      now: () => {
        clock.at += clock.step;
        return new Date(clock.at);
      },
    });
    const worker = await startWorkerProcess(lab, world);
    lab.onProgress('F15: the sync, while everything moves');
    const outcome = await runBackfill(world, request);
    const moved = (clock.at - NOW.getTime()) / HOUR_MS;
    // What moved after the sync had passed is for the next sync to find, on a GitHub that stands still.
    clock.step = 0;
    await runBackfill(world, request);
    await worker.kill();
    const found = await fingerprint(world);
    const broken = await invariants(world);
    const doubled = await world.maintenance.$queryRaw<unknown[]>`
      SELECT repository_id, github_id FROM pull_request GROUP BY 1, 2 HAVING count(*) > 1`;
    await world.close();
    lab.onProgress('F15: the same history, standing still');
    const end = new Date(clock.at);
    const expected = await runUndisturbed(lab, { source, now: () => end }, request);
    const differing = differences(expected.rows, found, SYNC_LOG_TABLES);
    return toVerdict(
      'after one more sync none is lost and none is doubled',
      `${moved.toFixed(0)} hours of work went on meanwhile; ${found['pull_request']}; outcome ${outcome}`,
      [
        ...broken,
        { what: `outcome ${outcome}`, holds: outcome === 'COMPLETED' },
        { what: `tables differ: ${differing.join(', ')}`, holds: differing.length === 0 },
        { what: `${doubled.length} doubled`, holds: doubled.length === 0 },
      ],
    );
  },
};

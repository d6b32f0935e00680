import {
  invariants,
  judge,
  openWorld,
  outcomeOf,
  type Experiment,
  NOW,
  makeHistory,
} from '../experiment.ts';
import { startWorkerProcess } from '../worker.ts';

const STARTS = 50;
/** Slow enough that the run is still going on when the last start arrives. */
const LATENCY_MS = 200;

/** F33: many starts at once are one run. */
export const duplicateStarts: Experiment = {
  id: 'F33',
  fault: `${STARTS} startBackfill at once`,
  async run(lab) {
    const { source, first: wish } = makeHistory(lab);
    const world = await openWorld(lab, { source, latencyMs: LATENCY_MS, now: () => NOW });
    const worker = await startWorkerProcess(lab, world);
    const answers = await Promise.all(
      Array.from({ length: STARTS }, () =>
        world.launcher.startBackfill({
          teamId: String(world.teamId),
          repositories: wish.repositories,
          since: wish.since.toISOString(),
          requestedBy: null,
        }),
      ),
    );
    const outcome = await outcomeOf(world, answers[0]?.workflowId ?? '');
    await worker.kill();
    const jobs = await world.maintenance.syncRun.count({ where: { parentId: null } });
    const broken = await invariants(world);
    await world.close();
    const runs = new Set(answers.map((answer) => answer.workflowRunId)).size;
    const first = answers.filter((answer) => !answer.joined).length;
    return judge(
      'one run, equal answers, all but one joined',
      `${STARTS} starts: ${runs} run, ${jobs} job row, ${first} not joined, outcome ${outcome}`,
      [
        ...broken,
        { what: `${runs} runs`, holds: runs === 1 },
        { what: `${jobs} job rows`, holds: jobs === 1 },
        { what: `${first} starts say that they were the first`, holds: first === 1 },
        { what: `outcome ${outcome}`, holds: outcome === 'COMPLETED' },
      ],
    );
  },
};

import {
  compare,
  toVerdict,
  makeHistory,
  outcomeOf,
  startBackfill,
  type Experiment,
} from '../experiment.ts';
import { readActivityEnds } from '../activity-histories.ts';
import { createSequence } from '../lab.ts';
import { startWorkerProcess, type WorkerProcess } from '../worker.ts';

const WORKERS = 3;
const MOST_SECONDS = 30;

/** A worker is ended at one of so many moments of the sync, counted over all of them. */
const MOST_PASSED = 4;

/** F2: workers are replaced one after another, as a deployment does; then two of three are killed at once. */
export const rollingDeploy: Experiment = {
  id: 'F2',
  fault: 'rolling SIGTERM of three workers, then kill -9 of two at once',
  async run(lab) {
    const times = lab.quick ? 3 : 10;
    const next = createSequence(lab.seed);
    const { source, all: request } = makeHistory(lab);
    const compared = await compare(lab, {
      id: 'F2',
      options: { source },
      request,
      async disturb(world) {
        let left = Infinity;
        let reached: (() => void) | undefined;
        const start = (): Promise<WorkerProcess> =>
          startWorkerProcess(lab, world, async () => {
            left -= 1;
            if (left === 0) {
              reached?.();
            }
            return true;
          });
        const workers = await Promise.all(Array.from({ length: WORKERS }, start));
        const end = outcomeOf(world, await startBackfill(world, request));
        /** At a seeded moment of the sync; at once when it is over. */
        const untilFailpoint = (): Promise<unknown> => {
          const failpoint = new Promise<void>((resolve) => {
            reached = resolve;
          });
          left = 1 + Math.floor(next() * MOST_PASSED);
          return Promise.race([failpoint, end]);
        };
        const stops: { readonly code: number | null; readonly seconds: number }[] = [];
        for (let time = 1; time <= times; time += 1) {
          lab.onProgress(`F2: ${time} of ${times} workers replaced`);
          await untilFailpoint();
          const startedAt = performance.now();
          const code = await workers.shift()?.terminate();
          stops.push({ code: code ?? null, seconds: (performance.now() - startedAt) / 1000 });
          workers.push(await start());
        }
        await untilFailpoint();
        await Promise.all(workers.splice(0, 2).map((worker) => worker.kill()));
        const outcome = await end;
        const ends = await readActivityEnds(world);
        await Promise.all(workers.map((worker) => worker.kill()));
        return { stops, outcome, ...ends };
      },
    });
    const { stops, outcome, failed } = compared.found;
    const slowest = Math.max(...stops.map(({ seconds }) => seconds));
    const codes = stops.map(({ code }) => code);
    return toVerdict(
      'same rows; no activity fails its workflow; a worker ends in order within 30 s',
      `${stops.length} workers replaced and two killed at once; slowest end ${slowest.toFixed(1)} s; outcome ${outcome}`,
      [
        ...compared.checks,
        { what: `outcome ${outcome}`, holds: outcome === 'COMPLETED' },
        { what: `${failed} activities failed`, holds: failed === 0 },
        { what: `exit codes ${codes.join(', ')}`, holds: codes.every((code) => code === 0) },
        { what: `an end took ${slowest.toFixed(1)} s`, holds: slowest <= MOST_SECONDS },
      ],
    );
  },
};

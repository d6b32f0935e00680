import {
  compare,
  toVerdict,
  makeHistory,
  SYNC_LOG_TABLES,
  runBackfill,
  type Experiment,
} from '../experiment.ts';
import { readActivityEnds } from '../activity-histories.ts';
import { createSequence } from '../lab.ts';
import { startWorkerProcess } from '../worker.ts';

/** Share of the answers that are none. */
const SHARE = 0.3;
const STATUSES = [500, 502, 503] as const;

/** How long that lasts, in seconds. */
const BURST_SECONDS = { full: 120, quick: 12 } as const;

/** Answers in a row at the start that are none, so that the waits between them are seen. */
const IN_A_ROW = 3;

/** Attempts of one activity, so requests for one thing. */
const MOST_ATTEMPTS = 5;

/** F9: GitHub answers 500, 502 and 503 now and again. */
export const serverErrors: Experiment = {
  id: 'F9',
  fault: '30 % of the answers are 500, 502 or 503',
  async run(lab) {
    const seconds = BURST_SECONDS[lab.quick ? 'quick' : 'full'];
    const { source, all: request } = makeHistory(lab);
    const next = createSequence(lab.seed);
    const compared = await compare(lab, {
      id: 'F9',
      options: { source, parallelRepositories: 1 },
      request,
      without: SYNC_LOG_TABLES,
      async disturb(world) {
        const askedAt: number[] = [];
        let made = 0;
        world.github.failBy(() => {
          askedAt.push(performance.now());
          const isFirst = askedAt.length <= IN_A_ROW;
          // The one after them is answered, or that page would be tried too often by chance.
          const beginAt = askedAt[IN_A_ROW + 1] ?? -Infinity;
          const isBurst = performance.now() - beginAt <= 1000 * seconds;
          if (!isFirst && !(isBurst && next() < SHARE)) {
            return null;
          }
          made += 1;
          // The first are of a kind that is not asked for in halves at once.
          return { status: isFirst ? 503 : (STATUSES[made % STATUSES.length] ?? 500) };
        });
        const worker = await startWorkerProcess(lab, world);
        const first = await runBackfill(world, request);
        // Where a server fails so often that a step is given up, the next sync goes on.
        world.github.clearFaults();
        const outcome = first === 'COMPLETED' ? first : await runBackfill(world, request);
        await worker.kill();
        const waits = askedAt
          .slice(1, IN_A_ROW + 1)
          .map((at, index) => at - (askedAt[index] ?? at));
        return { made, first, outcome, waits, ...(await readActivityEnds(world)) };
      },
    });
    const { made, first, outcome, waits, failed, mostAttempts } = compared.found;
    const extra = compared.requests - compared.expected.requests;
    const grows = waits.every((wait, index) => wait > (waits[index - 1] ?? 0));
    return toVerdict(
      'same rows, after the next sync at the latest; each step is tried 5 times at most, later each time',
      `${made} of ${compared.requests} answers were none; ${mostAttempts} attempts at most, waits of ${waits.map((wait) => (wait / 1000).toFixed(1)).join(', ')} s; ${failed} steps given up; outcomes ${first}, ${outcome}`,
      [
        ...compared.checks,
        { what: `outcome ${outcome}`, holds: outcome === 'COMPLETED' },
        { what: `only ${made} answers were none`, holds: made > IN_A_ROW },
        { what: `${mostAttempts} attempts`, holds: mostAttempts <= MOST_ATTEMPTS },
        // What was too much is asked for in halves, of which there may be two more.
        { what: `${extra} more requests`, holds: extra <= 3 * made },
        { what: `waits of ${waits.join(', ')} ms`, holds: grows },
      ],
    );
  },
};

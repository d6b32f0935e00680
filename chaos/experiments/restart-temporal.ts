import { setTimeout as delay } from 'node:timers/promises';
import { isDomainError } from '../../src/domain/core/errors.ts';
import {
  compare,
  toVerdict,
  makeHistory,
  SYNC_LOG_TABLES,
  outcomeOf,
  startBackfill,
  type Experiment,
} from '../experiment.ts';
import { createSequence } from '../lab.ts';
import { startWorkerProcess } from '../worker.ts';

const LATENCY_MS = 60;
const MOST_SECONDS = 5;

/** F3: Temporal's server is killed and started again on the same file. */
export const restartTemporal: Experiment = {
  id: 'F3',
  fault: 'kill -9 of the Temporal server, and its start',
  async run(lab) {
    const times = lab.quick ? 1 : 5;
    const next = createSequence(lab.seed);
    const { source, all: request } = makeHistory(lab);
    const compared = await compare(lab, {
      id: 'F3',
      options: { source, latencyMs: LATENCY_MS },
      request,
      // Later rounds sync what is new only, so what counts requests differs from one undisturbed run.
      without: SYNC_LOG_TABLES,
      async disturb(world) {
        const worker = await startWorkerProcess(lab, world);
        const refusals: { readonly code: string; readonly seconds: number }[] = [];
        let reads = 0;
        const outcomes: string[] = [];
        for (let time = 1; time <= times; time += 1) {
          lab.onProgress(`F3: ${time} of ${times} kills`);
          const workflowId = await startBackfill(world, request);
          await delay(300 + next() * 700);
          await world.temporal.kill();
          // Reads go to PostgreSQL alone.
          const rows = await world.application.$queryRaw<unknown[]>`SELECT 1`;
          reads += rows.length;
          refusals.push(await startWithoutTemporal(() => startBackfill(world, request)));
          await world.temporal.start();
          outcomes.push(await outcomeOf(world, workflowId));
        }
        await worker.kill();
        return { refusals, reads, outcomes };
      },
    });
    const { refusals, reads, outcomes } = compared.found;
    const slowest = Math.max(...refusals.map((refusal) => refusal.seconds));
    return toVerdict(
      'same rows; a start meanwhile answers TEMPORAL_UNAVAILABLE within 5 s; reads are answered; the backfill ends by itself',
      `${times} kills, outcomes ${outcomes.join(', ')}; ${reads} reads answered; slowest refusal ${slowest.toFixed(1)} s`,
      [
        ...compared.checks,
        {
          what: 'a backfill did not complete',
          holds: outcomes.every((outcome) => outcome === 'COMPLETED'),
        },
        {
          what: `a start answered ${refusals.map((refusal) => refusal.code).join(', ')}`,
          holds: refusals.every((refusal) => refusal.code === 'TEMPORAL_UNAVAILABLE'),
        },
        { what: `a refusal took ${slowest.toFixed(1)} s`, holds: slowest <= MOST_SECONDS },
        { what: 'a read was not answered', holds: reads === times },
      ],
    );
  },
};

async function startWithoutTemporal(
  start: () => Promise<unknown>,
): Promise<{ readonly code: string; readonly seconds: number }> {
  const startedAt = performance.now();
  const code = await start().then(
    () => 'started',
    (error: unknown) => (isDomainError(error) ? error.code : String(error)),
  );
  return { code, seconds: (performance.now() - startedAt) / 1000 };
}

import { setTimeout as delay } from 'node:timers/promises';
import {
  compare,
  toVerdict,
  makeHistory,
  outcomeOf,
  startBackfill,
  type Experiment,
} from '../experiment.ts';
import { createSequence, type PostgresEnd } from '../lab.ts';
import { startWorkerProcess } from '../worker.ts';

const LATENCY_MS = 60;

interface Outage {
  readonly end: PostgresEnd;
  readonly seconds: number;
}

/** F4: PostgreSQL is stopped in order, crashes, and stays away for a while. */
export const restartPostgres: Experiment = {
  id: 'F4',
  fault: 'PostgreSQL restarted fast, immediate, and down for a while',
  async run(lab) {
    const outages: readonly Outage[] = [
      { end: 'fast', seconds: 0 },
      { end: 'immediate', seconds: 0 },
      { end: 'immediate', seconds: lab.quick ? 3 : 60 },
    ];
    const next = createSequence(lab.seed);
    const { source, all: request } = makeHistory(lab);
    const compared = await compare(lab, {
      id: 'F4',
      options: { source, latencyMs: LATENCY_MS },
      request,
      async disturb(world) {
        const worker = await startWorkerProcess(lab, world);
        const state = { workerEnded: false };
        void worker.ended.then(() => {
          state.workerEnded = true;
        });
        const end = outcomeOf(world, await startBackfill(world, request));
        const recoveries: number[] = [];
        for (const outage of outages) {
          lab.onProgress(`F4: ${outage.end}, ${outage.seconds} s`);
          await delay(300 + next() * 500);
          await lab.postgres.stop(outage.end);
          await delay(outage.seconds * 1000);
          await lab.postgres.start();
          recoveries.push(await untilQueried(() => world.application.$queryRaw`SELECT 1`));
        }
        const outcome = await end;
        const idle = await world.maintenance.$queryRaw<unknown[]>`
          SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'
            AND state_change < now() - interval '5 seconds'`;
        const survived = !state.workerEnded;
        await worker.kill();
        return { recoveries, outcome, idle, survived, complaints: worker.complaints() };
      },
    });
    const { recoveries, outcome, idle, survived, complaints } = compared.found;
    const slowest = Math.max(...recoveries);
    return toVerdict(
      'same rows; the worker lives on; the pool answers within 10 s; no connection idle in a transaction',
      `${outages.length} outages, outcome ${outcome}; pool back after ${slowest.toFixed(1)} s at most`,
      [
        ...compared.checks,
        { what: `outcome ${outcome}`, holds: outcome === 'COMPLETED' },
        { what: `the worker ended: ${complaints}`, holds: survived },
        { what: `the pool took ${slowest.toFixed(1)} s`, holds: slowest <= 10 },
        { what: `${idle.length} connections idle in a transaction`, holds: idle.length === 0 },
      ],
    );
  },
};

const POLL_MS = 100;

/** Seconds until a query is answered again. */
async function untilQueried(query: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    try {
      await query();
      return (performance.now() - startedAt) / 1000;
    } catch {
      await delay(POLL_MS);
    }
  }
}

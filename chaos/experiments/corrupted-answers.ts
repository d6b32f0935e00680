import { readFile } from 'node:fs/promises';
import type { Fault } from '../../src/demo/fake-github/fake-github.ts';
import {
  compare,
  toVerdict,
  makeHistory,
  SYNC_LOG_TABLES,
  runBackfill,
  type Experiment,
} from '../experiment.ts';
import { createSequence } from '../lab.ts';
import { startWorkerProcess } from '../worker.ts';

const FAULTS: readonly Fault[] = [
  { corruption: 'TRUNCATED' },
  { corruption: 'BOMB' },
  { corruption: 'WRONG_LENGTH' },
  'reset',
  { corruption: 'STALLED' },
  { corruption: 'RESET_IN_BODY' },
];

/**
 * Requests between two faults, at least; as many more at most. An activity is tried five times in all, and the faults of
 * the full form fall in every stage: closer together they would all meet pages of pull requests, smaller each time.
 */
const BETWEEN = { full: 20, quick: 3 } as const;

/** The product's own 30 s, shorter where nobody waits for them. */
const TIMEOUT_MS = { full: 30_000, quick: 2_000 } as const;

/** Beside the timeout: Temporal tries again after a second or two, on a busy machine later. */
const SLACK_MS = 20_000;

/** A worker needs half a gigabyte as it is run here; one that unpacked the bomb would need a gigabyte more. */
const MOST_MEGABYTES = 900;

/** F12: answers that break on their way, in every form. */
export const corruptedAnswers: Experiment = {
  id: 'F12',
  fault: 'stalled, reset, truncated answers, wrong lengths, a gzip bomb of 1 GB',
  async run(lab) {
    const times = lab.quick ? 1 : 3;
    const form = lab.quick ? 'quick' : 'full';
    const timeoutMs = TIMEOUT_MS[form];
    const between = BETWEEN[form];
    const { source, all: request } = makeHistory(lab);
    const next = createSequence(lab.seed);
    const compared = await compare(lab, {
      id: 'F12',
      options: { source, parallelRepositories: 1 },
      request,
      without: SYNC_LOG_TABLES,
      async disturb(world) {
        let made = 0;
        let left = between;
        let stalledAt: number | null = null;
        let longestStall = 0;
        world.github.failBy(() => {
          if (stalledAt !== null) {
            longestStall = Math.max(longestStall, performance.now() - stalledAt);
            stalledAt = null;
          }
          left -= 1;
          if (left > 0 || made === FAULTS.length * times) {
            return null;
          }
          left = between + Math.floor(next() * between);
          const fault = FAULTS[made % FAULTS.length] ?? null;
          made += 1;
          if (typeof fault === 'object' && fault !== null && 'corruption' in fault) {
            stalledAt = fault.corruption === 'STALLED' ? performance.now() : null;
          }
          return fault;
        });
        const worker = await startWorkerProcess(lab, world, undefined, timeoutMs);
        const outcome = await runBackfill(world, request);
        const peak = await readPeakMegabytes(worker.pid);
        await worker.kill();
        return { made, outcome, longestStall, peak };
      },
    });
    const { made, outcome, longestStall, peak } = compared.found;
    const extra = compared.requests - compared.expected.requests;
    return toVerdict(
      'same rows; each is given up within its time and 20 MB, and asked for again',
      `${made} corrupted answers, ${extra} more requests than without; the stalled one was given up after ${(longestStall / 1000).toFixed(1)} s at most; ${peak ?? 'unknown'} MB at the peak; outcome ${outcome}`,
      [
        ...compared.checks,
        { what: `outcome ${outcome}`, holds: outcome === 'COMPLETED' },
        { what: `only ${made} were made`, holds: made === FAULTS.length * times },
        // What was too much is asked for in halves, of which there may be two more.
        { what: `${extra} more requests`, holds: extra <= 3 * made },
        {
          what: `a stalled answer was waited for ${longestStall.toFixed(0)} ms`,
          holds: longestStall > 0 && longestStall <= timeoutMs + SLACK_MS,
        },
        { what: `${peak} MB at the peak`, holds: (peak ?? 0) <= MOST_MEGABYTES },
      ],
    );
  },
};

/** The most memory that a process ever had; null where the system does not tell. */
async function readPeakMegabytes(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
  return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1024);
}

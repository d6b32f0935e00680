import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Experiment, Verdict } from '../../../chaos/experiment.ts';
import type { Lab } from '../../../chaos/lab.ts';
import {
  createExperimentRunner,
  type Outcome,
  type StrayErrors,
} from '../../../chaos/experiment-runner.ts';

const PASSED: Verdict = { criterion: 'it ends', measured: 'it ended', passed: true };

/** Runs one experiment where errors that reach nobody arrive at `host`. */
function stage(limitMs = 60_000) {
  const host = new EventEmitter();
  const reported: string[] = [];
  const ended: string[] = [];
  const runExperiment = createExperimentRunner(
    host as unknown as StrayErrors,
    (message) => reported.push(message),
    limitMs,
  );
  return {
    host,
    reported,
    ended,
    runExperiment(run: Experiment['run']): Promise<Outcome> {
      // Only what is ended matters here; a real lab would start PostgreSQL and Temporal.
      const lab = { quick: true, endExperiment: async () => void ended.push('ended') };
      return runExperiment({ id: 'F0', fault: 'a fault', run }, lab as unknown as Lab);
    },
  };
}

describe('an experiment', () => {
  it('ends with its verdict, and what it left is ended', async () => {
    const { runExperiment, ended } = stage();
    const outcome = await runExperiment(async () => PASSED);
    expect(outcome).toMatchObject({ id: 'F0', fault: 'a fault', ...PASSED });
    expect(ended).toEqual(['ended']);
  });

  it('that breaks down is not passed and says why', async () => {
    const { runExperiment, ended } = stage();
    const outcome = await runExperiment(() => Promise.reject(new Error('no database')));
    expect(outcome.passed).toBe(false);
    expect(outcome.measured).toContain('no database');
    expect(ended).toEqual(['ended']);
  });

  it('during which an error reaches nobody is broken off with it, and none is run after it', async () => {
    const { host, reported, runExperiment, ended } = stage();
    const outcome = await runExperiment(() => {
      host.emit('uncaughtException', new Error('Channel has been shut down'));
      return new Promise(() => undefined);
    });
    expect(outcome.passed).toBe(false);
    expect(outcome.measured).toContain('Channel has been shut down');
    expect(reported[0]).toContain('An error reached nobody: Error: Channel has been shut down');
    expect(ended).toEqual(['ended']);
    const next = await runExperiment(() => expect.unreachable('it must not be run'));
    expect(next).toMatchObject({ passed: false, measured: 'not run: F0 was broken off' });
  });

  it('that hangs is broken off', async () => {
    const { runExperiment } = stage(20);
    const outcome = await runExperiment(() => new Promise(() => undefined));
    expect(outcome).toMatchObject({ passed: false });
    expect(outcome.measured).toContain('no end after 0.02 s');
  });

  it('is not blamed for an error between two of them, which is reported all the same', async () => {
    const { host, reported, runExperiment } = stage();
    await runExperiment(async () => PASSED);
    host.emit('uncaughtException', new Error('late'));
    expect(reported[0]).toContain('late');
    expect((await runExperiment(async () => PASSED)).passed).toBe(true);
  });
});

import type { Experiment, Verdict } from './experiment.ts';
import type { Lab } from './lab.ts';

/** What one experiment found, and how long it took. */
export interface Outcome extends Verdict {
  readonly id: string;
  readonly fault: string;
  readonly seconds: number;
}

/** Only the parts of `process` that matter, so that tests can play them. */
export type StrayErrors = Pick<NodeJS.Process, 'on'>;

/** Far more than any takes, also on a busy machine; one that hangs is reported as well. */
const LIMIT_MS = { full: 1_800_000, quick: 300_000 } as const;

/**
 * Makes what runs experiments, one at a time. Each ends as a verdict. One that breaks down is not passed, and what it
 * left running is ended. One that hangs (30 minutes, a quick one 5) or during which an error reaches nobody is broken
 * off; what it still does would disturb those after it, so they are not run.
 * @param host tells of errors that reached nobody, rejections too; they do not end the process any more
 * @param report gets each such error, which may also come when no experiment runs
 */
export function createExperimentRunner(
  host: StrayErrors,
  report: (message: string) => void,
  limitMs?: number,
): (experiment: Experiment, lab: Lab) => Promise<Outcome> {
  let breakOff: (error: unknown) => void = () => undefined;
  let brokenOff: string | null = null;
  host.on('uncaughtException', (error) => {
    report(`An error reached nobody: ${describe(error)}`);
    breakOff(error);
  });
  return async (experiment, lab) => {
    const { id, fault } = experiment;
    if (brokenOff !== null) {
      return { id, fault, ...notEnded(`not run: ${brokenOff} was broken off`), seconds: 0 };
    }
    const startedAt = performance.now();
    const limit = limitMs ?? LIMIT_MS[lab.quick ? 'quick' : 'full'];
    const broken = new Promise<Verdict>((resolve) => {
      breakOff = (error) => {
        brokenOff = id;
        resolve(notEnded(describe(error)));
      };
    });
    const timer = setTimeout(() => breakOff(new Error(`no end after ${limit / 1000} s`)), limit);
    const verdict = await Promise.race([experiment.run(lab), broken]).catch((error: unknown) =>
      notEnded(describe(error)),
    );
    clearTimeout(timer);
    breakOff = () => undefined;
    const seconds = (performance.now() - startedAt) / 1000;
    await lab.endExperiment();
    return { id, fault, ...verdict, seconds };
  };
}

function notEnded(measured: string): Verdict {
  return { criterion: 'the experiment itself ends', measured, passed: false };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

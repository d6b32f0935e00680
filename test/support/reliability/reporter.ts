import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import faults from './faults.json' with { type: 'json' };

export interface Fault {
  /** What is tried. */
  readonly fault: string;
  /** Paths of the test files that try it, from the project's folder. */
  readonly files: readonly string[];
}

/** What a test tried, and how that ended. */
export interface Trial {
  readonly file: string;
  readonly inputs: number;
  readonly endedWell: boolean;
}

export const FAULTS: readonly Fault[] = faults;

/** The table of docs/reliability.md: a test that fails has ended no input well. */
export function renderTrials(trials: readonly Trial[]): string {
  const sum = (some: readonly Trial[]): number =>
    some.reduce((total, { inputs }) => total + inputs, 0);
  const rows = FAULTS.map(({ fault, files }) => {
    const tried = trials.filter(({ file }) => files.includes(file));
    return `| ${fault} | ${sum(tried)} | ${sum(tried.filter(({ endedWell }) => endedWell))} |`;
  });
  return ['| What was tried | Inputs | Ended well |', '| --- | --: | --: |', ...rows].join('\n');
}

/** Prints the table when the run has ended. */
// oxlint-disable-next-line import/no-default-export -- vitest loads a reporter that is named by its path so
export default class ReliabilityReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const trials = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => ({
        file: relative(process.cwd(), module.moduleId),
        inputs: test.meta().tried ?? 1,
        endedWell: test.result().state === 'passed',
      })),
    );
    process.stdout.write(`\n${renderTrials(trials)}\n`);
  }
}

import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node';

export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
}

/** The closing line: plain words that a script can read. */
export function formatClosingLine(counts: TestCounts): string {
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  return `${counts.passed} passed, ${counts.failed} failed${skipped}`;
}

/** What the reporter reads of a test file; vitest's TestModule is one. */
export interface CountableModule {
  readonly children: {
    allTests(): Iterable<Pick<TestCase, 'result'>>;
    allSuites(): Iterable<{ errors(): readonly unknown[] }>;
  };
  errors(): readonly unknown[];
}

/**
 * Counts tests over all files. A file or a suite that broke outside of its tests (an import, a hook) is one failure,
 * and so is each error that nobody caught: a run that cannot be trusted must not close with `0 failed`.
 */
export function countTests(
  modules: Iterable<CountableModule>,
  unhandledErrors: readonly unknown[],
): TestCounts {
  const counts: TestCounts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
  for (const testModule of modules) {
    counts.failed += testModule.errors().length > 0 ? 1 : 0;
    for (const suite of testModule.children.allSuites()) {
      counts.failed += suite.errors().length > 0 ? 1 : 0;
    }
    for (const test of testModule.children.allTests()) {
      const { state } = test.result();
      counts[state === 'passed' || state === 'failed' ? state : 'skipped'] += 1;
    }
  }
  return counts;
}

/**
 * Prints `N passed, N failed` over all projects as the very last line of the run, and fails a run without any test.
 */
export class ClosingLineReporter implements Reporter {
  #line: string | undefined;

  onTestRunEnd(
    testModules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[],
  ): void {
    const counts = countTests(testModules, unhandledErrors);
    if (counts.failed > 0 || counts.passed === 0) {
      process.exitCode = 1;
    }
    // Written on exit, so that nothing of a teardown comes after it.
    if (this.#line === undefined) {
      process.once('exit', () => process.stdout.write(`${this.#line ?? ''}\n`));
    }
    this.#line = formatClosingLine(counts);
  }
}

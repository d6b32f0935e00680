import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { ClosingLineReporter } from './test/support/reporter.ts';

interface ProjectOptions {
  /** Projects of one order run together; cheap ones come first. */
  readonly order: number;
  readonly testTimeoutMs: number;
  readonly hookTimeoutMs: number;
  readonly needs: readonly ('postgres' | 'temporal')[];
}

const GLOBAL_SETUP = {
  postgres: 'test/support/postgres/global-postgres.ts',
  temporal: 'test/support/temporal/global-temporal.ts',
};

function project(name: string, options: ProjectOptions): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      testTimeout: options.testTimeoutMs,
      hookTimeout: options.hookTimeoutMs,
      sequence: { groupOrder: options.order },
      globalSetup: options.needs.map((need) => GLOBAL_SETUP[need]),
    },
  };
}

export default defineConfig({
  // Vite would load its ES build beside the CommonJS one that packages load: two classes of each name.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    reporters: ['default', new ClosingLineReporter()],
    // Native modules (Temporal's core) do not survive worker threads.
    pool: 'forks',
    maxWorkers: 2,
    // Code that reads the machine's zone gives itself away in a zone that is not UTC.
    env: { TZ: 'America/New_York' },
    teardownTimeout: 30_000,
    projects: [
      project('unit', { order: 0, testTimeoutMs: 30_000, hookTimeoutMs: 60_000, needs: [] }),
      project('replay', { order: 1, testTimeoutMs: 60_000, hookTimeoutMs: 60_000, needs: [] }),
      project('workflow', {
        order: 2,
        testTimeoutMs: 60_000,
        hookTimeoutMs: 120_000,
        needs: ['temporal'],
      }),
      project('integration', {
        order: 3,
        testTimeoutMs: 60_000,
        hookTimeoutMs: 120_000,
        needs: ['postgres', 'temporal'],
      }),
      project('e2e', {
        order: 4,
        testTimeoutMs: 300_000,
        hookTimeoutMs: 300_000,
        needs: ['postgres', 'temporal'],
      }),
    ],
  },
});

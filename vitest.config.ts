import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { PATIENCE_MS } from './test/support/patience.ts';
import { ClosingLineReporter } from './test/support/reporter.ts';

interface ProjectOptions {
  /** Projects of one order run together; cheap ones come first. */
  readonly order: number;
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
      sequence: { groupOrder: options.order },
      globalSetup: options.needs.map((need) => GLOBAL_SETUP[need]),
    },
  };
}

/** The longest test takes two minutes on a machine that does nothing else. */
const TEST_LIMIT_MS = 600_000;

export default defineConfig({
  // Vite would load its ES build beside the CommonJS one that packages load: two classes of each name.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    reporters: ['default', new ClosingLineReporter()],
    // Native modules (Temporal's core) do not survive worker threads.
    pool: 'forks',
    maxWorkers: 2,
    // A process that has loaded our modules once is quick, and they hold no state, but for the builder of the schema: a file
    // that declares something there calls vi.resetModules() when it ends.
    isolate: false,
    // Code that reads the machine's zone gives itself away in a zone that is not UTC.
    env: { TZ: 'America/New_York' },
    // They bound what hangs. None is near what a test takes, so that a busy machine makes it later and nothing else.
    testTimeout: TEST_LIMIT_MS,
    hookTimeout: TEST_LIMIT_MS,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: PATIENCE_MS } },
    projects: [
      project('unit', { order: 0, needs: [] }),
      project('replay', { order: 1, needs: [] }),
      project('workflow', { order: 2, needs: ['temporal'] }),
      project('integration', { order: 3, needs: ['postgres', 'temporal'] }),
      project('e2e', { order: 4, needs: ['postgres', 'temporal'] }),
    ],
  },
});

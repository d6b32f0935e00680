import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countTests, formatClosingLine, type CountableModule } from '../../support/reporter.ts';
import {
  createScratchTree,
  PROJECT_DIRECTORY,
  runTool,
  type TreeFiles,
} from '../../support/sources/scratch-tree.ts';

const REPORTER = join(PROJECT_DIRECTORY, 'test/support/reporter.ts');

const CONFIG = `import { defineConfig } from 'vitest/config';
import { ClosingLineReporter } from ${JSON.stringify(REPORTER)};
export default defineConfig({ test: {
  reporters: ['default', new ClosingLineReporter()],
  projects: ['one', 'two'].map((name) => ({ extends: true, test: { name, include: [name + '/*.test.mjs'] } })),
} });
`;

const IMPORT = `import { beforeAll, describe, expect, it } from 'vitest';\n`;
const PASSING = `it('adds', () => { expect(1 + 1).toBe(2); });\n`;

/** Runs vitest over a tree of its own; answers the last line that it printed and its exit code. */
async function runVitest(files: TreeFiles): Promise<{ lastLine: string; failed: boolean }> {
  const tree = await createScratchTree({ 'vitest.config.mts': CONFIG, ...files });
  try {
    const { stdout, exitCode } = await runTool(tree.directory, 'vitest', ['run']);
    return { lastLine: stdout.trimEnd().split('\n').at(-1) ?? '', failed: exitCode !== 0 };
  } finally {
    await tree.remove();
  }
}

describe('the closing line', () => {
  it('is plain words, and names skipped tests only when there are any', () => {
    expect(formatClosingLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
    expect(formatClosingLine({ passed: 3, failed: 1, skipped: 2 })).toBe(
      '3 passed, 1 failed, 2 skipped',
    );
  });

  it('counts a broken file, a broken suite and an uncaught error as one failure each', () => {
    const broken: CountableModule = {
      errors: () => [new Error('import')],
      children: { allTests: () => [], allSuites: () => [{ errors: () => [new Error('hook')] }] },
    };
    expect(countTests([broken], [new Error('nobody caught it')])).toEqual({
      passed: 0,
      failed: 3,
      skipped: 0,
    });
  });

  it('is the last line of a run, over all projects', async () => {
    const result = await runVitest({
      'one/a.test.mjs': IMPORT + PASSING,
      'two/b.test.mjs': IMPORT + PASSING + PASSING.replace('adds', 'adds again'),
    });
    expect(result).toEqual({ lastLine: '3 passed, 0 failed', failed: false });
  });

  it('fails a run whose file, hook or test broke', async () => {
    const result = await runVitest({
      'one/import.test.mjs': `import './missing.mjs';\n${IMPORT}${PASSING}`,
      'one/hook.test.mjs': `${IMPORT}describe('x', () => { beforeAll(() => { throw new Error('no'); }); ${PASSING} });\n`,
      'two/test.test.mjs': `${IMPORT}${PASSING}it('fails', () => { expect(1).toBe(2); });\n`,
    });
    expect(result).toEqual({ lastLine: '1 passed, 3 failed, 1 skipped', failed: true });
  });

  it('fails a run without any test', async () => {
    expect(await runVitest({})).toEqual({ lastLine: '0 passed, 0 failed', failed: true });
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { createScratchTree, runTool, type TreeFiles } from '../../support/sources/scratch-tree.ts';

interface Planted {
  readonly title: string;
  readonly path: string;
  readonly text: string;
  readonly rule: string;
  /** How often the rule must speak of the file. */
  readonly times?: number;
}

const FORBIDDEN_IN_WORKFLOWS = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'fetch',
  'crypto',
  'process',
  'Buffer',
  'console',
  'performance',
];

const UNFINISHED = ['to', 'do'].join('');
const ALONE = ['it', 'only'].join('.');
const OFF = ['it', 'skip'].join('.');

const PLANTED: readonly Planted[] = [
  {
    title: 'a workflow that reaches for time, chance, the network or the process',
    path: 'src/workflows/globals.ts',
    text: `export const impure = () => [${FORBIDDEN_IN_WORKFLOWS.join(', ')}];\n`,
    rule: 'eslint(no-restricted-globals)',
    times: FORBIDDEN_IN_WORKFLOWS.length,
  },
  {
    title: 'a workflow that imports a Node built-in',
    path: 'src/workflows/files.ts',
    text: `import { readFile } from 'node:fs/promises';\nexport const read = () => readFile('x');\n`,
    rule: 'eslint(no-restricted-imports)',
  },
  ...['activities', 'db', 'github', 'llm'].map((room) => ({
    title: `a workflow that imports ${room}`,
    path: `src/workflows/imports-${room}.ts`,
    text: `import { work } from '../${room}/work.ts';\nexport const imported = work;\n`,
    rule: 'eslint(no-restricted-imports)',
  })),
  {
    title: 'a workflow that does not wait for a promise',
    path: 'src/workflows/floating.ts',
    text: `const wait = async () => 1;\nexport function start(): void {\n  wait();\n}\n`,
    rule: 'typescript(no-floating-promises)',
  },
  {
    title: 'R4: the process global in a room that also runs on the edge',
    path: 'src/api/edge.ts',
    text: `export const platform = () => process.platform;\n`,
    rule: 'eslint(no-restricted-globals)',
  },
  {
    title: 'R5: the environment read outside of where a process begins',
    path: 'src/runtime/worker.ts',
    text: `export const port = () => process.env['PORT'];\n`,
    rule: 'node(no-process-env)',
  },
  {
    title: 'a promise where a condition is expected',
    path: 'src/domain/misused.ts',
    text: `const isReady = async () => true;\nexport const check = () => (isReady() ? 1 : 2);\n`,
    rule: 'typescript(no-misused-promises)',
  },
  {
    title: 'a switch that forgets a member of a union',
    path: 'src/domain/switch.ts',
    text: `export function rank(size: 'S' | 'L'): number | undefined {\n  switch (size) {\n    case 'S':\n      return 1;\n  }\n  return undefined;\n}\n`,
    rule: 'typescript(switch-exhaustiveness-check)',
  },
  {
    title: 'any',
    path: 'src/domain/any.ts',
    text: `export const loose: any = 1;\n`,
    rule: 'typescript(no-explicit-any)',
  },
  {
    title: 'a non-null assertion',
    path: 'src/domain/non-null.ts',
    text: `export const first = (list: string[]) => list[0]!;\n`,
    rule: 'typescript(no-non-null-assertion)',
  },
  {
    title: 'a type that is imported as a value',
    path: 'src/domain/type-import.ts',
    text: `import { Size } from './size.ts';\nexport const size: Size = 'S';\n`,
    rule: 'typescript(consistent-type-imports)',
  },
  {
    title: 'the console',
    path: 'src/cli/console.ts',
    text: `export const greet = () => console.log('hello');\n`,
    rule: 'eslint(no-console)',
  },
  {
    title: 'a default export',
    path: 'src/domain/default.ts',
    text: `const value = 1;\nexport default value;\n`,
    rule: 'import(no-default-export)',
  },
  {
    title: 'work that is left open in a comment',
    path: 'src/domain/open.ts',
    text: `// ${UNFINISHED}: later\nexport const open = 1;\n`,
    rule: 'eslint(no-warning-comments)',
  },
  {
    title: 'a file of more than 300 lines',
    path: 'src/domain/long.ts',
    text: Array.from({ length: 301 }, (_, line) => `export const c${line} = ${line};\n`).join(''),
    rule: 'eslint(max-lines)',
  },
  {
    title: 'a test that only runs alone',
    path: 'test/unit/only.test.ts',
    text: `import { expect, it } from 'vitest';\n${ALONE}('adds', () => {\n  expect(1 + 1).toBe(2);\n});\n`,
    rule: 'vitest(no-focused-tests)',
  },
  {
    title: 'a test that is switched off',
    path: 'test/unit/off.test.ts',
    text: `import { expect, it } from 'vitest';\n${OFF}('adds', () => {\n  expect(1 + 1).toBe(2);\n});\n`,
    rule: 'vitest(no-disabled-tests)',
  },
  {
    title: 'a test that asserts nothing',
    path: 'test/unit/nothing.test.ts',
    text: `import { it } from 'vitest';\nit('adds', () => {\n  Math.max(1, 2);\n});\n`,
    rule: 'vitest(expect-expect)',
  },
];

const CLEAN: TreeFiles = {
  'src/domain/size.ts': `export type Size = 'S' | 'L';\n`,
  'src/workflows/work.ts': `import { sleep } from '@temporalio/workflow';\nexport async function work(): Promise<number> {\n  await sleep('1s');\n  return Date.now();\n}\n`,
  'src/cli/core/run-command.ts': `process.stdout.write(process.env['HOME'] ?? '');\n`,
  'src/runtime/embedded/files.ts': `import { readFile } from 'node:fs/promises';\nexport const pid = () => [process.pid, readFile];\n`,
  'test/unit/adds.test.ts': `import { expect, it } from 'vitest';\nit('adds', () => {\n  expect(1 + 1).toBe(2);\n});\n`,
};

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
  readonly severity: string;
}

async function lint(files: TreeFiles): Promise<{ diagnostics: Diagnostic[]; exitCode: number }> {
  const tree = await createScratchTree(files);
  try {
    const options = '--type-aware --deny-warnings --format json src test';
    const { stdout, exitCode } = await runTool(tree.directory, 'oxlint', options.split(' '));
    const report: { diagnostics: Diagnostic[] } = JSON.parse(stdout);
    return { diagnostics: report.diagnostics, exitCode };
  } finally {
    await tree.remove();
  }
}

describe('the linter', () => {
  let diagnostics: Diagnostic[];

  beforeAll(async () => {
    const planted = Object.fromEntries(PLANTED.map(({ path, text }) => [path, text]));
    ({ diagnostics } = await lint({ ...CLEAN, ...planted }));
  });

  it('lets clean code pass', async () => {
    expect(await lint(CLEAN)).toEqual({ diagnostics: [], exitCode: 0 });
  });

  it('knows errors only, no warnings', () => {
    expect(diagnostics.filter(({ severity }) => severity !== 'error')).toEqual([]);
  });

  it.each(PLANTED)('catches $title', ({ path, rule, times = 1 }) => {
    const found = diagnostics.filter(({ filename, code }) => filename === path && code === rule);
    expect(found.length).toBe(times);
  });
});

import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_DIRECTORY } from '../../support/sources/scratch-tree.ts';

interface Outcome {
  readonly lastLine: string;
  readonly exitCode: number | null;
}

interface Scripts {
  readonly install?: string;
  readonly verify?: string;
  readonly imageNode?: string;
  readonly test?: string;
}

/** A shell command that prints a line and ends with a code. */
function says(line: string, exitCode: number): string {
  return `echo "${line}" && exit ${exitCode}`;
}

/** Runs .ci/run in a project of its own whose commands do what they are told. */
async function runIn(scripts: Scripts): Promise<Outcome> {
  const directory = await mkdtemp(join(tmpdir(), 'throughline-ci-'));
  try {
    await mkdir(join(directory, 'scripts'));
    await cp(join(PROJECT_DIRECTORY, '.ci'), join(directory, '.ci'), { recursive: true });
    await writeFile(join(directory, 'scripts/bootstrap.mjs'), scripts.install ?? '');
    const { verify = 'exit 0', test = says('2 passed, 0 failed', 0) } = scripts;
    const { imageNode = says('9 passed, 0 failed', 0) } = scripts;
    const commands = { verify, test, 'test:image-node': imageNode };
    await writeFile(join(directory, 'package.json'), JSON.stringify({ scripts: commands }));
    const { stdout, status } = spawnSync('bash', ['.ci/run'], {
      cwd: directory,
      encoding: 'utf8',
    });
    return { lastLine: stdout.split('\n').at(-2) ?? '', exitCode: status };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

describe('.ci/run', () => {
  it.each<[string, Scripts, Outcome]>([
    ['all is well', {}, { lastLine: '2 passed, 0 failed', exitCode: 0 }],
    [
      'some tests were skipped',
      { test: says('2 passed, 0 failed, 3 skipped', 0) },
      { lastLine: '2 passed, 0 failed', exitCode: 0 },
    ],
    ['a check fails', { verify: 'exit 1' }, { lastLine: '2 passed, 1 failed', exitCode: 1 }],
    [
      'the Node of the image fails',
      { imageNode: says('8 passed, 1 failed', 1) },
      { lastLine: '2 passed, 1 failed', exitCode: 1 },
    ],
    [
      'a check and the Node of the image fail',
      { verify: 'exit 1', imageNode: 'exit 1' },
      { lastLine: '2 passed, 2 failed', exitCode: 1 },
    ],
    [
      'a test fails',
      { test: says('2 passed, 3 failed', 1) },
      { lastLine: '2 passed, 3 failed', exitCode: 1 },
    ],
    [
      'a check and a test fail',
      { verify: 'exit 1', test: says('2 passed, 3 failed', 1) },
      { lastLine: '2 passed, 4 failed', exitCode: 1 },
    ],
    [
      'the run of the tests breaks after them',
      { test: says('2 passed, 0 failed', 1) },
      { lastLine: '2 passed, 1 failed', exitCode: 1 },
    ],
    [
      'no test ran',
      { test: says('0 passed, 0 failed', 0) },
      { lastLine: '0 passed, 1 failed', exitCode: 1 },
    ],
    ['the tests say nothing', { test: 'exit 0' }, { lastLine: '0 passed, 1 failed', exitCode: 1 }],
    [
      'nothing can be installed',
      { install: 'process.exit(1)' },
      { lastLine: '0 passed, 1 failed', exitCode: 1 },
    ],
  ])('closes with a plain line when %s', async (_, scripts, expected) => {
    expect(await runIn(scripts)).toEqual(expected);
  });
});

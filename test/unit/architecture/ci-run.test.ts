import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { access, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

/** Holds the project, what lies beside it, and an own folder for temporary files. */
let directory: string;
let project: string;
let temporary: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'throughline-ci-'));
  project = join(directory, 'project');
  temporary = join(directory, 'tmp');
  await mkdir(join(project, 'scripts'), { recursive: true });
  await mkdir(join(directory, 'shared'));
  await mkdir(temporary);
});

afterEach(() => rm(directory, { recursive: true, force: true }));

/** A shell command that prints a line and ends with a code. */
function says(line: string, exitCode: number): string {
  return `echo "${line}" && exit ${exitCode}`;
}

/** Writes a project of its own whose commands do what they are told. */
async function writeProject(scripts: Scripts): Promise<void> {
  await cp(join(PROJECT_DIRECTORY, '.ci'), join(project, '.ci'), { recursive: true });
  await writeFile(join(project, 'scripts/bootstrap.mjs'), scripts.install ?? '');
  const { verify = 'exit 0', test = says('2 passed, 0 failed', 0) } = scripts;
  const { imageNode = says('9 passed, 0 failed', 0) } = scripts;
  const commands = { verify, test, 'test:image-node': imageNode };
  await writeFile(join(project, 'package.json'), JSON.stringify({ scripts: commands }));
}

function commitAll(): void {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
  for (const args of [
    ['init', '--quiet'],
    ['add', '--all'],
    [...identity, 'commit', '-qm', 'All'],
  ]) {
    const { status, stderr } = spawnSync('git', args, { cwd: project, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
  }
}

function environment(): NodeJS.ProcessEnv {
  // On Node 24 npm keeps its compile cache in the folder for temporary files; that is none of ours.
  return { ...process.env, TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1' };
}

/** Runs .ci/run of the project as it is now. */
function runProject(): Outcome {
  const { stdout, status } = spawnSync('bash', ['.ci/run'], {
    cwd: project,
    encoding: 'utf8',
    env: environment(),
  });
  return { lastLine: stdout.split('\n').at(-2) ?? '', exitCode: status };
}

async function runIn(scripts: Scripts): Promise<Outcome> {
  await writeProject(scripts);
  commitAll();
  return runProject();
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

  it('tests a clone of the commit alone, away from what lies beside the project, and removes it', async () => {
    const seen = join(directory, 'seen.json');
    const look = `
      const { readdirSync, statSync, writeFileSync } = require('node:fs');
      writeFileSync(${JSON.stringify(seen)}, JSON.stringify({
        cwd: process.cwd(),
        files: readdirSync('.'),
        beside: readdirSync('..'),
        mode: (statSync('..').mode & 0o777).toString(8),
        ci: process.env.CI,
      }));
      console.log('2 passed, 0 failed');`;
    await writeProject({ test: 'node look.cjs' });
    await writeFile(join(project, 'look.cjs'), look);
    commitAll();
    await writeFile(join(project, 'not-committed.txt'), '');
    expect(runProject()).toEqual({ lastLine: '2 passed, 0 failed', exitCode: 0 });
    const found = JSON.parse(await readFile(seen, 'utf8')) as Record<string, unknown> & {
      readonly cwd: string;
      readonly files: readonly string[];
      readonly beside: readonly string[];
    };
    expect(found).toMatchObject({ mode: '755', ci: 'true' });
    expect(found.files.toSorted()).toEqual(['.ci', '.git', 'look.cjs', 'package.json', 'scripts']);
    expect(found.beside.toSorted()).toEqual([basename(found.cwd), 'gitconfig', 'test.log']);
    await expect(access(found.cwd)).rejects.toThrow('ENOENT');
    expect(await readdir(temporary)).toEqual([]);
  });

  it('fails where there is no commit to clone', async () => {
    await writeProject({});
    expect(runProject()).toEqual({ lastLine: '0 passed, 1 failed', exitCode: 1 });
    expect(await readdir(temporary)).toEqual([]);
  });

  it('that is told to end passes it on, fails, and removes the clone', async () => {
    await writeProject({ test: 'echo begun; exec node -e "setInterval(() => 0, 1000)"' });
    commitAll();
    const running = spawn('bash', ['.ci/run'], { cwd: project, env: environment() });
    let output = '';
    running.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    await expect.poll(() => output).toMatch(/^begun$/m);
    running.kill('SIGTERM');
    const [code] = (await once(running, 'close')) as [number | null];
    expect({ code, lastLine: output.split('\n').at(-2) }).toEqual({
      code: 1,
      lastLine: '0 passed, 1 failed',
    });
    expect(await readdir(temporary)).toEqual([]);
  });
});

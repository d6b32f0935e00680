import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readProcessTable } from '../support/processes/process-list.ts';
import { PROJECT_DIRECTORY } from '../support/sources/scratch-tree.ts';

/** It starts PostgreSQL and Temporal by a command of its own, beside those of the run, and takes half a minute. */
const LONG_TEST = 'test/e2e/start.test.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'throughline-interrupted-'));
  await chmod(directory, 0o755);
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function processes(): Promise<readonly string[]> {
  return (await readProcessTable()).filter((line) => line.includes(directory));
}

function isServer(program: string, of: string): (line: string) => boolean {
  return (line) => line.split(' ')[0]?.endsWith(program) === true && line.includes(of);
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  'npm test that %s ends leaves no PostgreSQL, no Temporal and no file behind',
  async (signal) => {
    const { PATH, HOME, XDG_CACHE_HOME, TEMPORAL_CLI_PATH } = process.env;
    const running = spawn(
      process.execPath,
      ['scripts/bootstrap.mjs', 'test', '--project', 'e2e', LONG_TEST],
      {
        cwd: PROJECT_DIRECTORY,
        env: { PATH, HOME, XDG_CACHE_HOME, TEMPORAL_CLI_PATH, TMPDIR: directory, CI: 'true' },
        stdio: 'ignore',
      },
    );
    const ended = once(running, 'exit');
    // The servers of the run, and those of a command that a test of it has started.
    for (const [program, of] of [
      ['/postgres', 'throughline-test-postgres-'],
      ['/postgres', 'throughline-start-'],
      ['/temporal', 'throughline-start-'],
    ] as const) {
      await expect.poll(async () => (await processes()).some(isServer(program, of))).toBe(true);
    }
    running.kill(signal);
    const [code] = (await ended) as [number | null];
    expect(code).toBe(signal === 'SIGTERM' ? 143 : 130);
    expect(await processes()).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  },
);

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withDirectConnection } from '../../src/db/core/direct-connection.ts';
import { eventually } from '../support/eventually.ts';
import { startOwnCluster, type OwnCluster } from '../support/postgres/own-cluster.ts';
import { startCommand, type RunningCommand } from '../support/processes/command.ts';
import { readProcessTable } from '../support/processes/process-list.ts';

/** Throws what nobody catches when it is told to. */
const CRASH_ON_SIGNAL = `data:text/javascript,process.on('SIGUSR2',()=>{throw%20new%20Error('a%20planted%20defect')})`;

let directory: string;
const running: RunningCommand[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'throughline-outage-'));
  // As the folder of a clone is: PostgreSQL's own user can enter it.
  await chmod(directory, 0o755);
});

afterAll(async () => {
  // Only a test that failed leaves one behind.
  await Promise.all(running.map((command) => command.stop('SIGKILL')));
  await rm(directory, { recursive: true, force: true });
});

function begin(
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): RunningCommand {
  const command = startCommand(['start', ...args], {
    THROUGHLINE_DATA_DIRECTORY: directory,
    PORT: '0',
    ...settings,
  });
  running.push(command);
  return command;
}

async function leftovers(): Promise<readonly string[]> {
  return (await readProcessTable()).filter((line) => line.includes(directory));
}

describe('a PostgreSQL that is restarted under a start', () => {
  let cluster: OwnCluster;

  beforeAll(async () => {
    cluster = await startOwnCluster();
  });

  afterAll(async () => {
    await cluster?.drop();
  });

  test('does not end its first backfill, which goes on and completes', async () => {
    const command = begin(['--exit'], {
      DATABASE_URL: cluster.applicationUrl,
      DATABASE_DIRECT_URL: cluster.maintenanceUrl,
      THROUGHLINE_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    });
    const exited = once(command.process, 'exit');
    await command.line(/Access token/);
    const readStates = () =>
      withDirectConnection(cluster.superuserUrl, async (connection) => {
        const text = 'SELECT status, pages FROM sync_run WHERE parent_id IS NOT NULL';
        return (await connection.query<{ status: string; pages: number }>(text)).rows;
      });
    await eventually(async () =>
      expect((await readStates()).some(({ pages }) => pages > 0)).toBe(true),
    );
    await cluster.stop();
    await cluster.start();
    expect((await readStates()).map(({ status }) => status)).toContain('RUNNING');
    await command.line(/cycle time/);
    expect(await exited).toEqual([0, null]);
    expect(new Set((await readStates()).map(({ status }) => status))).toEqual(
      new Set(['COMPLETED']),
    );
    expect(await leftovers()).toEqual([]);
  });
});

describe('a start that comes to a bad end', () => {
  test.each([
    ['PostgreSQL', 'postgres/postmaster.pid'],
    ["Temporal's dev server", 'temporal/pid'],
  ])('names %s where that has died, and ends with everything else', async (part, pidFile) => {
    const command = begin([]);
    const exited = once(command.process, 'exit');
    await command.line(/Everything keeps running/);
    const pid = Number((await readFile(join(directory, pidFile), 'utf8')).split('\n')[0]);
    const told = command.line(
      new RegExp(
        `${part} \\(process ${pid}\\) has ended; .* Everything is stopped: run the command again`,
      ),
    );
    process.kill(pid, 'SIGKILL');
    await told;
    expect(await exited).toEqual([1, null]);
    await eventually(async () => expect(await leftovers()).toEqual([]));
  });

  test('ends what it started when something throws that nobody catches', async () => {
    const command = begin([], { NODE_OPTIONS: `--import ${CRASH_ON_SIGNAL}` });
    const exited = once(command.process, 'exit');
    await command.line(/Access token/);
    expect((await leftovers()).length).toBeGreaterThan(1);
    const told = command.line(/a planted defect/);
    command.process.kill('SIGUSR2');
    await told;
    expect(await exited).toEqual([1, null]);
    expect(await leftovers()).toEqual([]);
  });

  test('leaves nothing running when it is killed', async () => {
    const command = begin([]);
    await command.line(/Access token/);
    expect((await leftovers()).length).toBeGreaterThan(1);
    await command.stop('SIGKILL');
    await eventually(async () => expect(await leftovers()).toEqual([]));
  });
});

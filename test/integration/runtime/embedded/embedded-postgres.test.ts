import { spawn } from 'node:child_process';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findFreePort, rememberPort } from '../../../../src/runtime/embedded/free-port.ts';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../../../src/runtime/embedded/postgres.ts';
import { processIdentity } from '../../../../src/runtime/embedded/process-identity.mjs';
import { gatherProgress } from '../support/progress.ts';
import { createDirectory, readServerPid } from '../support/data-directory.ts';
import { query } from '../support/query.ts';
import { runScript, waitFor, waitForEnd } from '../support/script.ts';

/** Starts in this process; stopped when the test is over. */
async function start(
  options: Omit<EmbeddedPostgresOptions, 'onProgress'>,
): Promise<EmbeddedPostgres & { progress: string[] }> {
  const { onProgress, progress } = gatherProgress();
  const postgres = await startEmbeddedPostgres({
    ...options,
    onProgress,
  });
  onTestFinished(() => postgres.stop());
  return { ...postgres, progress };
}

describe('the embedded PostgreSQL', () => {
  it('serves on loopback with a password, in UTC, UTF-8 and the same collation everywhere', async () => {
    const directory = await createDirectory();
    const postgres = await start({ dataDirectory: join(directory, 'data') });
    const [row] = await query(
      postgres.superuserUrl,
      `SELECT current_setting('server_version_num')::int / 10000 AS major,
              current_setting('TimeZone') AS zone,
              current_setting('server_encoding') AS encoding,
              current_setting('listen_addresses') AS addresses,
              current_setting('unix_socket_directories') AS sockets,
              current_setting('shared_preload_libraries') AS libraries,
              (SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'template0') AS locale`,
    );
    expect(row).toStrictEqual({
      major: 18,
      zone: 'UTC',
      encoding: 'UTF8',
      addresses: '127.0.0.1',
      sockets: '',
      libraries: 'pg_stat_statements',
      locale: 'bC.UTF-8',
    });
    const guess = new URL(postgres.superuserUrl);
    guess.password = 'guess';
    await expect(query(guess.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
    const { mode } = await stat(join(directory, 'data', 'postgres.password'));
    expect((mode & 0o777).toString(8)).toBe('600');
  });

  it('keeps its data and its port over a restart, and leaves nothing running when stopped', async () => {
    const dataDirectory = join(await createDirectory(), 'data');
    const first = await start({ dataDirectory });
    await query(first.superuserUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const pid = await readServerPid(first.dataDirectory);
    await first.stop();
    await first.stop();
    expect(await processIdentity(pid)).toBeUndefined();
    const second = await start({ dataDirectory });
    expect(second.superuserUrl).toBe(first.superuserUrl);
    expect(await query(second.superuserUrl, 'SELECT answer FROM kept')).toStrictEqual([
      { answer: 42 },
    ]);
  });

  it('takes another port when the remembered one is taken', async () => {
    const dataDirectory = join(await createDirectory(), 'data');
    const taken = createServer();
    const port = await findFreePort();
    await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));
    onTestFinished(() => {
      taken.close();
    });
    await rememberPort(dataDirectory, 'postgres', port);
    const postgres = await start({ dataDirectory });
    expect(postgres.port).not.toBe(port);
    expect(await query(postgres.superuserUrl, 'SELECT 1 AS one')).toStrictEqual([{ one: 1 }]);
  });

  it('says what the log says when the server does not start', async () => {
    const dataDirectory = join(await createDirectory(), 'data');
    await expect(
      start({ dataDirectory, extraSettings: { shared_buffers: 'plenty' } }),
    ).rejects.toThrow('invalid value for parameter "shared_buffers": "plenty"');
    const postgres = await start({ dataDirectory });
    expect(await query(postgres.superuserUrl, 'SELECT 1 AS one')).toStrictEqual([{ one: 1 }]);
  });

  it('refuses data of another major version and a directory that is not its own', async () => {
    const dataDirectory = join(await createDirectory(), 'data');
    const postgres = await start({ dataDirectory });
    await postgres.stop();
    await writeFile(join(postgres.dataDirectory, 'PG_VERSION'), '17\n');
    await expect(start({ dataDirectory })).rejects.toThrow(
      'were written by PostgreSQL 17, and this is PostgreSQL 18; move the directory away',
    );
    await rm(join(postgres.dataDirectory, 'PG_VERSION'));
    await expect(start({ dataDirectory })).rejects.toThrow(
      `${postgres.dataDirectory} holds something that is not PostgreSQL's; move it away.`,
    );
  });

  it('is refused to a second start while the first lives, and only to it', async () => {
    const dataDirectory = join(await createDirectory(), 'data');
    const first = runScript('start-postgres.ts', { dataDirectory });
    const second = runScript('start-postgres.ts', { dataDirectory });
    const codes = [first.exited, second.exited];
    const loser = (await Promise.race(codes.map((code, index) => code.then(() => index)))) ?? 0;
    const [winner, other] = loser === 0 ? [second, first] : [first, second];
    expect(await other.exited).toBe(1);
    expect(other.output()).toContain(
      `failed The PostgreSQL data in ${dataDirectory} are in use by process ${winner.pid}; stop it first.`,
    );
    const url = await winner.line('ready ');
    expect(await query(url, 'SELECT 1 AS one')).toStrictEqual([{ one: 1 }]);
    winner.child.kill('SIGTERM');
    expect(await winner.exited).toBe(0);
    const third = await start({ dataDirectory });
    expect(third.superuserUrl).toBe(url);
  });
});

describe('the embedded PostgreSQL after a kill -9', () => {
  it('stops the server that was left running and starts over the same data', async () => {
    const dataDirectory = join(await createDirectory(), 'data');
    const script = runScript('start-postgres.ts', { dataDirectory });
    const url = await script.line('ready ');
    await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const pid = await readServerPid(join(dataDirectory, 'postgres'));
    script.child.kill('SIGKILL');
    await script.exited;
    expect(await query(url, 'SELECT answer FROM kept')).toStrictEqual([{ answer: 42 }]);
    const postgres = await start({ dataDirectory });
    expect(postgres.progress).toStrictEqual([
      `stopping PostgreSQL (process ${pid}), which a killed start left running`,
    ]);
    expect(await processIdentity(pid)).toBeUndefined();
    expect(postgres.superuserUrl).toBe(url);
    expect(await query(url, 'SELECT answer FROM kept')).toStrictEqual([{ answer: 42 }]);
  });

  it('recovers what was committed when the server was killed too', async () => {
    const dataDirectory = join(await createDirectory(), 'data');
    const script = runScript('start-postgres.ts', { dataDirectory });
    const url = await script.line('ready ');
    await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    script.child.kill('SIGKILL');
    await script.exited;
    const pid = await readServerPid(join(dataDirectory, 'postgres'));
    process.kill(pid, 'SIGKILL');
    await waitForEnd(pid);
    const postgres = await start({ dataDirectory });
    expect(await query(postgres.superuserUrl, 'SELECT answer FROM kept')).toStrictEqual([
      { answer: 42 },
    ]);
  });

  it('does not touch a program that now has the process number of the killed server', async () => {
    const dataDirectory = join(await createDirectory(), 'data');
    const postgres = await start({ dataDirectory });
    await postgres.stop();
    const { uid, gid } = await stat(postgres.dataDirectory);
    const bystander = spawn('sleep', ['60'], { cwd: '/', uid, gid, stdio: 'ignore' });
    onTestFinished(() => {
      bystander.kill('SIGKILL');
    });
    const lockFile = join(postgres.dataDirectory, 'postmaster.pid');
    await writeFile(
      lockFile,
      `${bystander.pid}\n${postgres.dataDirectory}\n1\n5432\n\n127.0.0.1\n\nready   \n`,
    );
    const again = await start({ dataDirectory });
    expect(await query(again.superuserUrl, 'SELECT 1 AS one')).toStrictEqual([{ one: 1 }]);
    expect(bystander.exitCode).toBeNull();
    expect(await processIdentity(bystander.pid ?? 0)).toStrictEqual(expect.any(String));
  });

  it('makes the database again when it was killed while making it', async () => {
    const dataDirectory = join(await createDirectory(), 'data');
    const script = runScript('start-postgres.ts', { dataDirectory });
    const isStaging = (name: string) => name.startsWith('postgres.init-');
    await waitFor('initdb to begin', async () => {
      const names = await readdir(dataDirectory).catch(() => []);
      const staging = names.find(isStaging);
      const made = staging === undefined ? '' : join(dataDirectory, staging, 'cluster', 'base');
      return made !== '' && (await readdir(made).catch(() => [])).length > 0;
    });
    script.child.kill('SIGKILL');
    await script.exited;
    expect(await readdir(dataDirectory)).not.toContain('postgres');
    const postgres = await start({ dataDirectory });
    expect(await query(postgres.superuserUrl, 'SELECT 1 AS one')).toStrictEqual([{ one: 1 }]);
    expect((await readdir(dataDirectory)).filter(isStaging)).toStrictEqual([]);
    const log = await readFile(join(dataDirectory, 'postgres.log'), 'utf8');
    expect(log).not.toContain('was interrupted');
  });
});

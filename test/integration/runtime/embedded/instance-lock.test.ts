import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { acquireInstanceLock } from '../../../../src/runtime/embedded/instance-lock.ts';
import { findLockHolder, tryProcessLock } from '../../../../src/runtime/embedded/process-lock.mjs';
import { processIdentity } from '../../../../src/runtime/embedded/process-identity.mjs';
import { writeRunFile } from '../../../../src/runtime/embedded/run-file.ts';
import { createDirectory } from '../support/data-directory.ts';
import { runScript, waitFor } from '../support/script.ts';

const RIVALS = 5;
const ROUNDS = 20;

async function createLockPaths() {
  const directory = await createDirectory();
  return { directory, path: join(directory, 'instance.lock'), go: join(directory, 'go') };
}

function ignore(): void {}

describe('the lock of a process', () => {
  it('is given to one of many who ask for the lock of a dead process at the same time', async () => {
    const { directory, path, go } = await createLockPaths();
    const dead = runScript('hold-lock.ts', { path, go });
    await writeFile(go, '');
    await dead.line('taken');
    dead.child.kill('SIGKILL');
    await dead.exited;
    expect(await findLockHolder(path)).toBeUndefined();

    const go2 = join(directory, 'go2');
    const rivals = Array.from({ length: RIVALS }, () =>
      runScript('hold-lock.ts', { path, go: go2 }),
    );
    await Promise.all(rivals.map((rival) => rival.line('waiting')));
    await writeFile(go2, '');
    await Promise.all(
      rivals.map((rival) => waitFor('an answer', () => /taken|held by/.test(rival.output()))),
    );
    const winners = rivals.filter((rival) => rival.output().includes('taken'));
    expect(winners).toHaveLength(1);
    const held = `held by ${winners[0]?.pid}`;
    expect(rivals.filter((rival) => rival.output().includes(held))).toHaveLength(RIVALS - 1);
    expect(await findLockHolder(path)).toMatchObject({ pid: winners[0]?.pid });
    expect(await readdir(directory)).toStrictEqual(['go', 'go2', 'instance.lock']);
  });

  it('is given to one only, round after round, also when one died while taking it over', async () => {
    const { directory, path } = await createLockPaths();
    const dead = JSON.stringify({ pid: 0, identity: 'none', nonce: 'dead' });
    for (let round = 0; round < ROUNDS; round += 1) {
      await writeFile(path, dead);
      await writeFile(`${path}.takeover`, dead);
      const attempts = await Promise.all(
        Array.from({ length: RIVALS }, () => tryProcessLock(path)),
      );
      const locks = attempts.flatMap(({ lock }) => lock ?? []);
      expect(locks).toHaveLength(1);
      await locks[0]?.release();
      expect(await readdir(directory)).toStrictEqual([]);
    }
  });

  it('is not that of another process to which its number was given again', async () => {
    const { path } = await createLockPaths();
    const identity = await processIdentity(process.pid);
    await writeFile(path, JSON.stringify({ pid: process.pid, identity: 'earlier', nonce: 'x' }));
    expect(await findLockHolder(path)).toBeUndefined();
    const { lock } = await tryProcessLock(path);
    expect(await findLockHolder(path)).toMatchObject({ pid: process.pid, identity });
    await lock?.release();
    expect(await findLockHolder(path)).toBeUndefined();
  });

  it('is taken over from a file that is damaged', async () => {
    const { path } = await createLockPaths();
    await writeFile(path, '{"pid": 1');
    const { lock } = await tryProcessLock(path);
    expect(lock).not.toBeUndefined();
    expect(await findLockHolder(path)).toMatchObject({ pid: process.pid });
  });

  it('is not given back by one who no longer has it', async () => {
    const { path } = await createLockPaths();
    const { lock } = await tryProcessLock(path);
    await lock?.release();
    const { lock: second } = await tryProcessLock(path);
    await lock?.release();
    expect(await findLockHolder(path)).toMatchObject({ pid: process.pid });
    await second?.release();
  });
});

describe('a second start on the same data directory', () => {
  it('is refused with the process and the addresses of the first', async () => {
    const { directory, path, go } = await createLockPaths();
    const first = runScript('hold-lock.ts', { path, go });
    await writeFile(go, '');
    await first.line('taken');
    await writeRunFile(directory, {
      graphqlUrl: 'http://127.0.0.1:4000/graphql',
      temporalUiUrl: 'http://127.0.0.1:8233',
      temporalAddress: '127.0.0.1:7233',
      token: 'secret',
      pid: first.pid,
      startedAt: '2026-01-02T03:04:05.000Z',
    });
    await expect(
      acquireInstanceLock({ dataDirectory: directory, progress: ignore, graceMs: 0 }),
    ).rejects.toThrow(
      `Throughline already runs on ${directory} (process ${first.pid}: GraphQL http://127.0.0.1:4000/graphql, ` +
        `Temporal UI http://127.0.0.1:8233); stop it first, or set THROUGHLINE_DATA_DIRECTORY to another directory.`,
    );
  });

  it('waits for a first one that is shutting down, and says so', async () => {
    const { directory } = await createLockPaths();
    const first = await acquireInstanceLock({ dataDirectory: directory, progress: ignore });
    await first.markStopping();
    const progress: string[] = [];
    const second = acquireInstanceLock({
      dataDirectory: directory,
      progress: (message) => progress.push(message),
      graceMs: 0,
    });
    await waitFor('the second to say that it waits', () => progress.length > 0);
    await first.release();
    await (await second).release();
    expect(progress).toStrictEqual([`waiting for process ${process.pid}, which is shutting down`]);
  });

  it('waits a little for one that may be about to notice that it should stop', async () => {
    const { directory } = await createLockPaths();
    const first = await acquireInstanceLock({ dataDirectory: directory, progress: ignore });
    const second = acquireInstanceLock({ dataDirectory: directory, progress: ignore });
    await first.release();
    await (await second).release();
    expect(await readdir(directory)).toStrictEqual([]);
  });

  it('takes the place of a first one that was killed', async () => {
    const { directory, path, go } = await createLockPaths();
    const first = runScript('hold-lock.ts', { path, go });
    await writeFile(go, '');
    await first.line('taken');
    first.child.kill('SIGKILL');
    await first.exited;
    const lock = await acquireInstanceLock({
      dataDirectory: directory,
      progress: ignore,
      graceMs: 0,
    });
    expect(await findLockHolder(path)).toMatchObject({ pid: process.pid });
    await lock.release();
  });
});

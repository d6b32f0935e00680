import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { watchProcess } from '../../../../src/runtime/embedded/watch-process.ts';

function start(): ChildProcess & { readonly pid: number } {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child as ChildProcess & { readonly pid: number };
}

it('tells once that a process has ended', async () => {
  const child = start();
  let told = 0;
  watchProcess(child.pid, () => (told += 1), 5);
  child.kill('SIGKILL');
  await expect.poll(() => told).toBe(1);
  // A second look would have come before that of a process which ends later.
  const later = start();
  let toldOfLater = 0;
  watchProcess(later.pid, () => (toldOfLater += 1), 50);
  later.kill('SIGKILL');
  await expect.poll(() => toldOfLater).toBe(1);
  expect(told).toBe(1);
});

it('tells nothing where the process was stopped on purpose', async () => {
  const [stopped, other] = [start(), start()];
  let told = 0;
  let toldOfOther = 0;
  const forget = watchProcess(stopped.pid, () => (told += 1), 5);
  watchProcess(other.pid, () => (toldOfOther += 1), 5);
  forget();
  stopped.kill('SIGKILL');
  await once(stopped, 'exit');
  other.kill('SIGKILL');
  await expect.poll(() => toldOfOther).toBe(1);
  expect(told).toBe(0);
});

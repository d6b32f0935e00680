import { expect, it } from 'vitest';
import { runCommand } from '../../../../src/runtime/embedded/run-command.ts';

const timers = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

it('leaves no timer behind that would hold the process, also when the program cannot be run', async () => {
  const before = timers();
  const missing = await runCommand('/nowhere/program', []);
  expect(missing.exitCode).toBeUndefined();
  expect(missing.output).toContain('ENOENT');
  expect(await runCommand('true', [])).toEqual({ exitCode: 0, output: '' });
  expect(timers()).toBe(before);
});

it('ends a program that takes longer than it may', async () => {
  const { exitCode, output } = await runCommand('sleep', ['60'], { timeoutMs: 50 });
  expect({ exitCode, output }).toEqual({ exitCode: undefined, output: 'ended by SIGKILL' });
});

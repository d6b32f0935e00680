import { afterEach, expect, it, vi } from 'vitest';
import { runCommand } from '../../../../src/runtime/embedded/run-command.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

it('leaves no timer behind that would hold the process, also when the program cannot be run', async () => {
  const [set, clear] = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'clearTimeout')];
  const missing = await runCommand('/nowhere/program', []);
  expect(missing.exitCode).toBeUndefined();
  expect(missing.output).toContain('ENOENT');
  expect(await runCommand('true', [])).toEqual({ exitCode: 0, output: '' });
  const [made, cleared] = [
    set.mock.results.map(({ value }) => value as NodeJS.Timeout),
    new Set(clear.mock.calls.map(([timer]) => timer)),
  ];
  expect(made.length).toBeGreaterThan(0);
  expect(made.filter((timer) => timer.hasRef() && !cleared.has(timer))).toEqual([]);
});

it('ends a program that takes longer than it may', async () => {
  const { exitCode, output } = await runCommand('sleep', ['60'], { timeoutMs: 50 });
  expect({ exitCode, output }).toEqual({ exitCode: undefined, output: 'ended by SIGKILL' });
});

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { BenchResult } from '../../bench/figures.ts';
import { PROJECT_DIRECTORY } from '../support/scratch-tree.ts';

/** The short form of the fault experiments; all of them are run by `npm run chaos -- sync`. */
const SHORT = ['F1', 'F19', 'F33'];

async function runChaos(args: readonly string[]): Promise<{
  readonly code: number | null;
  readonly said: string;
  readonly complained: string;
}> {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, ['scripts/bootstrap.mjs', 'chaos', ...args], {
    cwd: PROJECT_DIRECTORY,
    env: { PATH, HOME },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [said, complained, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ]);
  return { code, said, complained };
}

describe('faults that are made on purpose', () => {
  it('leave the same rows as an undisturbed run', async () => {
    const options = ['--quick', '--json', '--seed', '11', '--only', SHORT.join(',')];
    const { code, said, complained } = await runChaos(['sync', ...options]);
    const result = JSON.parse(said) as BenchResult & { readonly outcomes: readonly object[] };
    expect(
      result.figures.filter(({ met }) => met !== true),
      JSON.stringify(result.outcomes, null, 2),
    ).toEqual([]);
    expect(result.figures.map(({ key }) => key)).toEqual(SHORT);
    expect(code, complained).toBe(0);
  });

  it('that do not exist are told with those that do', async () => {
    const { code, complained } = await runChaos(['sync', '--only', 'F99']);
    expect(code).toBe(2);
    expect(complained).toMatch(/There is no experiment F99; there are F1, F3/);
  });
});

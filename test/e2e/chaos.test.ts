import { describe, expect, it } from 'vitest';
import type { BenchResult } from '../../bench/figures.ts';
import { readPrintedJson, runNpmScript } from '../support/processes/command.ts';

/** The short form of the fault experiments; all of them are run by `npm run chaos -- sync`. */
const SHORT = ['F1', 'F19', 'F33'];

/** A minute and a half alone; beside other tests on two cores three times that. One that hangs tells so after five. */
const SHORT_TIMEOUT_MS = 600_000;

describe('faults that are made on purpose', () => {
  it(
    'leave the same rows as an undisturbed run',
    async () => {
      const options = ['--quick', '--json', '--seed', '11', '--only', SHORT.join(',')];
      const ended = await runNpmScript('chaos', ['sync', ...options]);
      const result = readPrintedJson(ended) as BenchResult & {
        readonly outcomes: readonly object[];
      };
      expect(
        result.figures.filter(({ met }) => met !== true),
        `${JSON.stringify(result.outcomes, null, 2)}\n${ended.stderr}`,
      ).toEqual([]);
      expect(result.figures.map(({ key }) => key)).toEqual(SHORT);
      expect(ended.code, ended.stderr).toBe(0);
    },
    SHORT_TIMEOUT_MS,
  );

  it('that do not exist are told with those that do', async () => {
    const { code, stderr } = await runNpmScript('chaos', ['sync', '--only', 'F99']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/There is no experiment F99; there are F1, F/);
  });
});

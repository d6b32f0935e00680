import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAULTS, renderTrials } from '../../support/reliability/reporter.ts';
import { PROJECT_DIRECTORY } from '../../support/sources/scratch-tree.ts';

describe('the table of docs/reliability.md', () => {
  const lines = readFileSync(join(PROJECT_DIRECTORY, 'docs/reliability.md'), 'utf8').split('\n');
  const rows = lines
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.split('|').map((cell) => cell.trim()));

  it('has a row for each fault that is tried, and all of its inputs ended well', () => {
    expect(rows.map(([, fault]) => fault)).toEqual(FAULTS.map(({ fault }) => fault));
    for (const [, fault, tried, endedWell] of rows) {
      expect([fault, endedWell]).toEqual([fault, tried]);
      expect(Number(tried)).toBeGreaterThan(0);
    }
  });

  it('names faults by files that exist', () => {
    const missing = FAULTS.flatMap(({ files }) => files).filter(
      (file) => !existsSync(join(PROJECT_DIRECTORY, file)),
    );
    expect(missing).toEqual([]);
  });

  it('counts the inputs of a test that fails as tried, and as not ended well', () => {
    const [{ fault, files } = { fault: '', files: [] }] = FAULTS;
    const file = files[0] ?? '';
    const table = renderTrials([
      { file, inputs: 3, endedWell: true },
      { file, inputs: 2, endedWell: false },
      { file: 'test/unit/another.test.ts', inputs: 9, endedWell: true },
    ]);
    expect(table.split('\n')[2]).toBe(`| ${fault} | 5 | 3 |`);
  });
});

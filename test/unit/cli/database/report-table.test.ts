import { expect, it } from 'vitest';
import { renderReport } from '../../../../src/cli/database/report-table.ts';
import type { InstallationReport } from '../../../../src/runtime/database/database-report.ts';

const REPORT: InstallationReport = {
  measuredAt: new Date('2026-03-12T12:00:00Z'),
  sections: [
    {
      key: 'sizes',
      title: 'Tables',
      columns: [
        { name: 'table', title: 'table', unit: 'text' },
        { name: 'rows', title: 'rows', unit: 'count' },
        { name: 'bytes', title: 'total', unit: 'bytes' },
      ],
      rows: [{ table: 'commit', rows: 203_000, bytes: 100 * 1024 ** 2 }],
      total: 27,
      findings: [{ severity: 'OK', measured: 'Small.', advice: 'Nothing to do.' }],
    },
    {
      key: 'orphans',
      title: 'Orphans',
      columns: [],
      rows: [],
      total: 0,
      findings: [{ severity: 'ACT', measured: 'Two rows are lost.', advice: 'Find them.' }],
    },
  ],
};

it('begins with what wants something, then shows each section with its unit-bearing table', () => {
  expect(renderReport(REPORT).split('\n')).toEqual([
    'Database report of 2026-03-12T12:00:00.000Z: 1 to act on, 0 to look at, 1 in order.',
    'ACT   Orphans: Two rows are lost. Find them.',
    '',
    'Tables',
    '┌────────┬─────────┬────────┐',
    '│ table  │    rows │  total │',
    '│ commit │ 203,000 │ 100 MB │',
    '└────────┴─────────┴────────┘',
    '1 of 27; --top shows more.',
    'OK    Small.',
    '',
    'Orphans',
    'ACT   Two rows are lost. Find them.',
    '',
  ]);
});

import { describe, expect, it } from 'vitest';
import { evaluateCache } from '../../../../src/db/report/cache.ts';
import { evaluateConnections } from '../../../../src/db/report/connections.ts';
import { evaluateBloat, packedIndexBytes } from '../../../../src/db/report/index-bloat.ts';
import { evaluateIndexes, type IndexUse } from '../../../../src/db/report/indexes.ts';
import { evaluateDrift } from '../../../../src/db/report/migrations.ts';
import { evaluateOrphans } from '../../../../src/db/report/orphans.ts';
import { evaluatePartitions } from '../../../../src/db/report/partitions.ts';
import { evaluateReplication } from '../../../../src/db/report/replication.ts';
import { evaluateScans } from '../../../../src/db/report/scans.ts';
import type { Finding } from '../../../../src/db/report/section.ts';
import { evaluateSizes } from '../../../../src/db/report/sizes.ts';
import { evaluateStatements } from '../../../../src/db/report/statements.ts';
import { evaluateTransactions } from '../../../../src/db/report/transactions.ts';
import { evaluateVacuum, type VacuumState } from '../../../../src/db/report/vacuum.ts';

const GIB = 1024 ** 3;

/** Severity and measurement of each finding, as one line. */
const lines = (findings: readonly Finding[]): string[] =>
  findings.map(({ severity, measured }) => `${severity} ${measured}`);

describe('sizes', () => {
  const table = { partitions: null, rows: 1, heapBytes: 0, indexBytes: 0 };

  it('name a table that outgrows one plain server', () => {
    const findings = evaluateSizes([
      { ...table, table: 'commit', totalBytes: 21 * GIB },
      { ...table, table: 'review', totalBytes: 20 * GIB },
    ]);
    expect(lines(findings)).toEqual([
      'OK 2 tables take 41.0 GB with their indexes.',
      'LOOK commit takes 21.0 GB.',
    ]);
  });
});

describe('indexes', () => {
  const now = new Date('2026-03-12T00:00:00Z');
  const weekOld = { now, statisticsSince: new Date('2026-03-05T00:00:00Z') };
  const index: IndexUse = {
    index: 'a_idx',
    table: 'a',
    bytes: 13 * 1024 ** 2,
    scans: 0,
    isKey: false,
    isValid: true,
  };

  it('are unused when nothing read them in a week', () => {
    expect(
      lines(evaluateIndexes([index, { ...index, index: 'b_idx', scans: 1 }], weekOld)),
    ).toEqual(['LOOK Index a_idx (13.0 MB) was not read in 7 d.']);
  });

  it('are not judged by statistics that are younger, or of an unknown age', () => {
    for (const statisticsSince of [new Date('2026-03-05T00:00:01Z'), null]) {
      const [finding] = evaluateIndexes([index], { now, statisticsSince });
      expect(finding).toMatchObject({
        severity: 'OK',
        measured: expect.stringMatching(/too little to tell/),
      });
    }
  });

  it('that are keys are never unused', () => {
    expect(evaluateIndexes([{ ...index, isKey: true }], weekOld)).toMatchObject([
      { severity: 'OK' },
    ]);
  });

  it('that are broken are to be built again', () => {
    expect(evaluateIndexes([{ ...index, scans: 9, isValid: false }], weekOld)[0]).toMatchObject({
      severity: 'ACT',
      advice: 'Run REINDEX INDEX CONCURRENTLY a_idx, or drop it.',
    });
  });

  it('are estimated as PostgreSQL packs them: 8,152 bytes a page, nine tenths filled', () => {
    // 24 bytes of key and 12 of overhead: 203 entries a page.
    expect(packedIndexBytes(100_000, 24)).toBe((491 + 1) * 8192);
    expect(packedIndexBytes(0, 24)).toBe(2 * 8192);
  });

  it('are bloated when they are large and mostly empty', () => {
    const bytes = 11 * 1024 ** 2;
    const findings = evaluateBloat([
      { index: 'a_idx', bytes, packedBytes: 1, bloatShare: 0.61 },
      { index: 'b_idx', bytes, packedBytes: 1, bloatShare: 0.6 },
      { index: 'c_idx', bytes: 10 * 1024 ** 2, packedBytes: 1, bloatShare: 0.9 },
      { index: 'd_idx', bytes, packedBytes: null, bloatShare: null },
    ]);
    expect(lines(findings)).toEqual(['LOOK By estimate 61 % of index a_idx (11.0 MB) is empty.']);
  });
});

describe('sequential scans', () => {
  const scans = { table: 'team', sequentialScans: 1_001, indexScans: 100, rows: 10_001 };

  it('are suspect on more than 10,000 rows, ten times as often as by an index', () => {
    expect(lines(evaluateScans([scans]))).toEqual([
      'LOOK team (10,001 rows) was read whole 1,001 times, by an index 100 times.',
    ]);
    expect(evaluateScans([{ ...scans, sequentialScans: 1_000 }])).toMatchObject([
      { severity: 'OK' },
    ]);
    expect(evaluateScans([{ ...scans, rows: 10_000 }])).toMatchObject([{ severity: 'OK' }]);
  });
});

describe('the cache', () => {
  const use = (hits: number, reads: number) => [
    { what: 'tables', hits, reads, ratio: hits + reads === 0 ? null : hits / (hits + reads) },
  ];

  it('should answer more than 99 %', () => {
    expect(evaluateCache(use(990_001, 9_999))).toMatchObject([{ severity: 'OK' }]);
    expect(lines(evaluateCache(use(990_000, 10_000)))).toEqual([
      'LOOK 99 % of the blocks of tables came from the cache.',
    ]);
  });

  it('is not judged by the first reads, or by none', () => {
    expect(evaluateCache(use(10, 90_000))).toMatchObject([{ severity: 'OK' }]);
    expect(evaluateCache(use(0, 0))).toMatchObject([
      { severity: 'OK', measured: expect.stringMatching(/too little/) },
    ]);
  });
});

describe('vacuum', () => {
  const state: VacuumState = {
    table: 'review',
    rows: 100_000,
    dead: 0,
    deadShare: 0,
    vacuumAt: 5_050,
    analyzeAt: 2_050,
    changedSinceAnalyze: 0,
    vacuumedAgo: null,
    analyzedAgo: null,
    isAutovacuumOn: true,
    settings: '',
  };

  it('is late at twice the dead rows at which it should come', () => {
    expect(evaluateVacuum([{ ...state, dead: 10_100 }])).toMatchObject([{ severity: 'OK' }]);
    expect(lines(evaluateVacuum([{ ...state, dead: 10_101, deadShare: 0.09 }]))).toEqual([
      'LOOK review has 10,101 dead rows (9 %), autovacuum should come at 5,050.',
    ]);
  });

  it('misses an ANALYZE after many changes', () => {
    expect(lines(evaluateVacuum([{ ...state, changedSinceAnalyze: 10_001 }]))).toEqual([
      'LOOK 10,001 rows of review changed since it was analysed.',
    ]);
  });

  it('must not be off', () => {
    expect(evaluateVacuum([{ ...state, isAutovacuumOn: false }])).toMatchObject([
      { severity: 'ACT', measured: 'Autovacuum is switched off for review.' },
    ]);
  });
});

describe('partitions ahead', () => {
  it('are named when they are missing', () => {
    const month = (name: string, isThere: boolean) => ({ month: name, isThere, state: '' });
    expect(evaluatePartitions([month('2026-03', true)])).toMatchObject([{ severity: 'OK' }]);
    expect(lines(evaluatePartitions([month('2026-03', true), month('2026-04', false)]))).toEqual([
      'LOOK Partitions of AI usage are missing for 2026-04; each is made when its first row is written.',
    ]);
  });
});

describe('statements', () => {
  const cost = { statement: 'SELECT $1', calls: 5, totalMs: 0, meanMs: 1_001, rows: 0 };

  it('are slow from a second on the mean of five calls', () => {
    expect(lines(evaluateStatements([cost]))).toEqual([
      'LOOK 1001 ms on the mean of 5 calls: SELECT $1',
    ]);
    expect(evaluateStatements([{ ...cost, meanMs: 1_000 }])).toMatchObject([{ severity: 'OK' }]);
    expect(evaluateStatements([{ ...cost, calls: 4 }])).toMatchObject([{ severity: 'OK' }]);
  });

  it.each([
    ['NOT_CREATED', /CREATE EXTENSION pg_stat_statements in this database/],
    ['NOT_LOADED', /^Set shared_preload_libraries = 'pg_stat_statements'/],
  ] as const)('that are not recorded (%s) can be', (unavailable, advice) => {
    expect(evaluateStatements([{ ...cost, statement: null, unavailable }])).toMatchObject([
      { severity: 'LOOK', advice: expect.stringMatching(advice) },
    ]);
  });
});

describe('connections', () => {
  const group = { application: 'a', role: 'r', state: 'idle', connections: 1, serverLimit: 100 };

  it('are too many above four fifths of what the server takes', () => {
    const severity = (serverUsed: number) =>
      evaluateConnections([{ ...group, serverUsed }], { seesOthers: true }).map((f) => f.severity);
    expect([60, 61, 80, 81].map(severity)).toEqual([['OK'], ['LOOK'], ['LOOK'], ['ACT']]);
  });

  it('are not all shown to a role without the right', () => {
    expect(evaluateConnections([], { seesOthers: false })).toMatchObject([
      { severity: 'OK' },
      { severity: 'LOOK', advice: expect.stringMatching(/grants pg_read_all_stats/) },
    ]);
  });
});

describe('open transactions', () => {
  const open = { pid: 7, application: 'worker', state: 'active', idleSeconds: null, statement: '' };

  it('are long after five minutes and to be ended after an hour', () => {
    const severity = (openSeconds: number) => evaluateTransactions([{ ...open, openSeconds }])[0];
    expect(severity(300)?.severity).toBe('OK');
    expect(severity(301)).toMatchObject({
      severity: 'LOOK',
      measured: expect.stringMatching(/open for 5 m/),
    });
    expect(severity(3_601)).toMatchObject({
      severity: 'ACT',
      advice: expect.stringMatching(/SELECT pg_terminate_backend\(7\)/),
    });
  });

  it('must not be idle for more than a minute', () => {
    expect(evaluateTransactions([{ ...open, openSeconds: 70, idleSeconds: 61 }])).toMatchObject([
      { severity: 'LOOK', measured: expect.stringMatching(/idle in a transaction for 1 m/) },
    ]);
  });
});

describe('replication', () => {
  const slot = { name: 's', kind: 'SLOT', lagBytes: 5 * GIB, lagSeconds: null } as const;

  it('fills the disk through a slot that nobody reads', () => {
    expect(evaluateReplication([{ ...slot, state: 'active' }])).toMatchObject([{ severity: 'OK' }]);
    expect(evaluateReplication([{ ...slot, state: 'inactive' }])).toMatchObject([
      { severity: 'ACT', measured: expect.stringMatching(/keeps 5\.0 GB of WAL/) },
    ]);
  });

  it('is behind by a minute or 256 MB', () => {
    const replica = { name: 'r', kind: 'REPLICA', state: 'streaming' } as const;
    const evaluate = (lagBytes: number, lagSeconds: number) =>
      evaluateReplication([{ ...replica, lagBytes, lagSeconds }])[0]?.severity;
    expect([evaluate(GIB / 4, 60), evaluate(GIB / 4 + 1, 0), evaluate(0, 61)]).toEqual([
      'OK',
      'LOOK',
      'LOOK',
    ]);
    expect(evaluateReplication([])).toMatchObject([{ measured: 'There is no replica.' }]);
  });
});

describe('integrity', () => {
  it('is broken by orphans and by drift', () => {
    const orphans = { constraint: 'c', table: 'review' };
    expect(evaluateOrphans([{ ...orphans, orphans: 0 }])).toMatchObject([{ severity: 'OK' }]);
    expect(lines(evaluateOrphans([{ ...orphans, orphans: 2 }]))).toEqual([
      'ACT 2 rows of review name a row that is not there (c).',
    ]);
    expect(evaluateDrift([])).toMatchObject([{ severity: 'OK' }]);
    expect(lines(evaluateDrift(['a', 'b', 'c', 'd', 'e']))).toEqual([
      'ACT The tables differ from the migrations: a; b; c; and 2 more.',
    ]);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bulkUpsert, type BulkUpsertResult } from '../../../../src/db/bulk/bulk-upsert.ts';
import type { TableDescriptor } from '../../../../src/db/bulk/table-descriptor.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { createProbe, PROBE, probe, readProbes, type Probe } from './probe-table.ts';
import { addTeam, countStatements, openScene, readNumber, type Scene } from '../scene.ts';

let scene: Scene;
let teamId: bigint;
let otherTeamId: bigint;

beforeAll(async () => {
  scene = await openScene();
  ({ teamId } = await addTeam(scene.sql, 'ours'));
  ({ teamId: otherTeamId } = await addTeam(scene.sql, 'theirs'));
  await createProbe(scene.sql);
});

afterAll(() => scene.close());

beforeEach(async () => {
  await scene.sql.query('TRUNCATE probe');
});

function write(
  rows: readonly Probe[],
  descriptor: TableDescriptor<Probe> = PROBE,
): Promise<BulkUpsertResult> {
  return withTeam(scene.db, teamId, (tx) => bulkUpsert(tx, descriptor, teamId, rows));
}

function countsOf({ inserted, updated, unchanged }: BulkUpsertResult) {
  return { inserted, updated, unchanged };
}

const ROWS = ['a', 'b', 'c', 'd'].map((name) => probe({ name, n: 1 }));

describe('a bulk write', () => {
  it('tells inserted, updated and unchanged apart, and names the rows that changed', async () => {
    const first = await write(ROWS);
    expect(countsOf(first)).toEqual({ inserted: 4, updated: 0, unchanged: 0 });
    const second = await write([
      ...ROWS.slice(0, 2),
      probe({ name: 'c', n: 2 }),
      probe({ name: 'e' }),
    ]);
    expect(countsOf(second)).toEqual({ inserted: 1, updated: 1, unchanged: 2 });
    const rows = await readProbes(scene.sql, teamId);
    expect(rows.map(({ name, n }) => [name, n])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 2],
      ['d', 1],
      ['e', 0],
    ]);
    const changed = rows.filter(({ name }) => name === 'c' || name === 'e');
    expect(second.changed.toSorted(byName)).toEqual(
      changed.map(({ name, id }) => ({ name, day: '2026-03-04', id })),
    );
  });

  it('of nothing writes nothing', async () => {
    await withTeam(scene.db, teamId, async (tx) => {
      const counted = countStatements(tx);
      const result = await bulkUpsert(counted.tx, PROBE, teamId, []);
      expect(result).toEqual({
        inserted: 0,
        updated: 0,
        unchanged: 0,
        duplicates: 0,
        changed: [],
      });
      expect(counted.count()).toBe(0);
    });
  });

  it('takes the last of rows with one key', async () => {
    const rows = [1, 2, 3].map((n) => probe({ name: 'a', n }));
    expect(countsOf(await write(rows))).toEqual({ inserted: 1, updated: 0, unchanged: 0 });
    expect(await readProbes(scene.sql, teamId)).toMatchObject([{ name: 'a', n: 3 }]);
  });

  it('tells keys apart by every column, also by milliseconds of an instant', async () => {
    const byInstant: TableDescriptor<Probe> = { ...PROBE, key: ['seen_at', 'name'] };
    const rows = ['1', '2'].map((digit) =>
      probe({ day: `2026-01-0${digit}`, seenAt: new Date(`2026-03-04T12:00:00.00${digit}Z`) }),
    );
    expect(countsOf(await write(rows, byInstant))).toMatchObject({ inserted: 2 });
    const days = ['2026-03-04', '2026-03-05'].map((day) =>
      probe({ name: 'x', day, seenAt: new Date(day) }),
    );
    expect(countsOf(await write(days))).toMatchObject({ inserted: 2 });
  });

  it("does not touch another team's row of the same key", async () => {
    await scene.sql.query(
      `INSERT INTO probe (team_id, name, day, n) VALUES ($1, 'a', '2026-03-04', 7)`,
      [otherTeamId],
    );
    expect(countsOf(await write([probe({ name: 'a', n: 1 })]))).toMatchObject({ inserted: 1 });
    expect(await readProbes(scene.sql, otherTeamId)).toMatchObject([{ name: 'a', n: 7 }]);
  });

  it('is all or nothing', async () => {
    const broken = [probe({ name: 'a' }), probe({ name: 'b', n: -1 })];
    await expect(write(broken)).rejects.toThrow(/probe_n_check/);
    expect(await readProbes(scene.sql, teamId)).toEqual([]);
  });
});

describe('unchanged rows', () => {
  it('are not touched: no new version, no lock, no dead row, no number taken', async () => {
    await write(ROWS);
    const physical = `SELECT name, ctid, xmin, xmax FROM probe ORDER BY name`;
    const before = await scene.sql.query(physical);
    const sequence = `SELECT last_value FROM probe_id_seq`;
    const taken = await readNumber(scene.sql, sequence);
    await withTeam(scene.db, teamId, async (tx) => {
      // Counted by the backend itself, at once; what it did before counts too.
      const work = () => tx.$queryRaw`
        SELECT pg_stat_get_xact_tuples_inserted(c) AS inserted, pg_stat_get_xact_tuples_updated(c) AS updated,
          pg_stat_get_xact_tuples_deleted(c) AS deleted
        FROM (SELECT 'probe'::regclass::oid) AS t(c)`;
      const worked = await work();
      const later = ROWS.map((row) => ({ ...row, syncedAt: new Date('2026-04-01T00:00:00Z') }));
      const result = await bulkUpsert(tx, PROBE, teamId, later);
      expect(countsOf(result)).toEqual({ inserted: 0, updated: 0, unchanged: 4 });
      expect(await work()).toEqual(worked);
    });
    expect((await scene.sql.query(physical)).rows).toEqual(before.rows);
    expect(await readNumber(scene.sql, sequence)).toBe(taken);
    expect(before.rows.map(({ xmax }: { xmax: string }) => xmax)).toEqual(['0', '0', '0', '0']);
  });

  it('are those with a difference only in a column that is not compared', async () => {
    await write(ROWS);
    const later = new Date('2026-04-01T00:00:00Z');
    const changed = ROWS.map((row, index) => ({ ...row, n: index === 0 ? 9 : 1, syncedAt: later }));
    expect(countsOf(await write(changed))).toEqual({ inserted: 0, updated: 1, unchanged: 3 });
    const rows = await readProbes(scene.sql, teamId);
    expect(rows.map(({ syncedAt }) => syncedAt.getUTCMonth())).toEqual([3, 2, 2, 2]);
  });
});

describe('the newest row', () => {
  const at = (minute: number, n: number): Probe =>
    probe({ name: 'a', n, seenAt: new Date(Date.UTC(2026, 2, 4, 12, minute)) });

  it('stays when an older one comes, and yields to one that is as new', async () => {
    await write([at(5, 1)]);
    expect(countsOf(await write([at(4, 2)]))).toEqual({ inserted: 0, updated: 0, unchanged: 1 });
    expect(await readProbes(scene.sql, teamId)).toMatchObject([{ n: 1 }]);
    expect(countsOf(await write([at(5, 3)]))).toMatchObject({ updated: 1 });
    expect(countsOf(await write([at(6, 4)]))).toMatchObject({ updated: 1 });
    expect(await readProbes(scene.sql, teamId)).toMatchObject([{ n: 4 }]);
  });
});

describe('a column that stays false', () => {
  it('is never made true again, and a true in it alone is no change', async () => {
    const isOpen = (value: boolean) => [probe({ name: 'a', isOpen: value })];
    await write(isOpen(true));
    expect(countsOf(await write(isOpen(false)))).toMatchObject({ updated: 1 });
    expect(countsOf(await write(isOpen(true)))).toMatchObject({ unchanged: 1 });
    const both = [probe({ name: 'a', isOpen: true, n: 5 })];
    expect(countsOf(await write(both))).toMatchObject({ updated: 1 });
    expect(await readProbes(scene.sql, teamId)).toMatchObject([{ isOpen: false, n: 5 }]);
  });
});

describe('chunks', () => {
  async function statementsOf(rows: readonly Probe[]): Promise<[BulkUpsertResult, number]> {
    return withTeam(scene.db, teamId, async (tx) => {
      const counted = countStatements(tx);
      const result = await bulkUpsert(counted.tx, PROBE, teamId, rows);
      return [result, counted.count()] as const;
    });
  }

  it('hold 5,000 rows: 12,000 rows are three statements', async () => {
    const rows = Array.from({ length: 12_000 }, (_, index) => probe({ name: `row ${index}` }));
    const [first, statements] = await statementsOf(rows);
    expect(countsOf(first)).toEqual({ inserted: 12_000, updated: 0, unchanged: 0 });
    expect(first.changed).toHaveLength(12_000);
    expect(statements).toBe(3);
    expect(countsOf((await statementsOf(rows))[0])).toMatchObject({ unchanged: 12_000 });
    expect((await statementsOf(rows.slice(0, 5_000)))[1]).toBe(1);
    expect((await statementsOf(rows.slice(0, 5_001)))[1]).toBe(2);
  });

  it('are bounded by characters too, and a row that is longer goes alone', async () => {
    const long = (length: number) => (_: unknown, index: number) =>
      probe({ name: `row ${index}`, note: 'x'.repeat(length) });
    const [first, statements] = await statementsOf(Array.from({ length: 10 }, long(1_000_000)));
    expect(countsOf(first)).toMatchObject({ inserted: 10 });
    expect(statements).toBe(2);
    const [, alone] = await statementsOf([9_000_000, 9].map((n, index) => long(n)(n, index)));
    expect(alone).toBe(2);
    const length = `SELECT length(note) FROM probe WHERE name = 'row 0'`;
    expect(await readNumber(scene.sql, length)).toBe(9_000_000);
  });
});

function byName(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): number {
  return (a['name'] ?? '') < (b['name'] ?? '') ? -1 : 1;
}

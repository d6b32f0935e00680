import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createBulkConnection,
  type OpenBulkConnection,
} from '../../../../src/db/bulk/bulk-connection.ts';
import { bulkUpsert, type BulkCounts } from '../../../../src/db/bulk/bulk-upsert.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { anyProbe } from './any-probe.ts';
import { createProbe, PROBE, probe, readProbes, type Probe } from './probe-table.ts';
import { addTeam, openScene, type Scene } from '../scene.ts';
import { NEVER_MS } from '../../../support/patience.ts';

/** So many other rows come with each batch that a chunk is large enough for COPY. */
const FILLERS = Array.from({ length: 5_001 }, (_, index) => probe({ name: `~${index}` }));

let scene: Scene;
let bulk: OpenBulkConnection;
let teamOfArrays: bigint;
let teamOfCopy: bigint;

beforeAll(async () => {
  scene = await openScene();
  ({ teamId: teamOfArrays } = await addTeam(scene.sql, 'arrays'));
  ({ teamId: teamOfCopy } = await addTeam(scene.sql, 'copy'));
  await createProbe(scene.sql);
  // Rows of several days may share an instant here.
  await scene.sql.query('ALTER TABLE probe DROP CONSTRAINT probe_team_id_seen_at_name_key');
  bulk = createBulkConnection({
    connectionString: scene.database.applicationUrl,
    poolSize: 1,
    applicationName: 'throughline-test bulk',
    onConnectionError: () => undefined,
    connectMs: NEVER_MS,
  });
});

afterAll(async () => {
  await bulk.close();
  await scene.close();
});

/** What the table should hold, and what a write should answer. */
function createModel() {
  const stored = new Map<string, Probe>();
  const valuesOf = (row: Probe): string =>
    JSON.stringify({ ...row, syncedAt: null }, (_key, value: unknown) =>
      typeof value === 'bigint' ? `${value}n` : value,
    );
  return {
    write(rows: readonly Probe[]): BulkCounts {
      const last = new Map(rows.map((row) => [`${row.name}\0${row.day}`, row]));
      let [inserted, updated] = [0, 0];
      for (const [key, row] of last) {
        const old = stored.get(key);
        const merged = { ...row, isOpen: row.isOpen && (old?.isOpen ?? true) };
        if (old === undefined) {
          inserted += 1;
          stored.set(key, merged);
        } else if (row.seenAt >= old.seenAt && valuesOf(merged) !== valuesOf(old)) {
          updated += 1;
          stored.set(key, merged);
        }
      }
      const unchanged = last.size - inserted - updated;
      return { inserted, updated, unchanged, duplicates: rows.length - last.size };
    },
    rows: () =>
      [...stored.values()].toSorted(
        (a, b) =>
          Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)) || (a.day < b.day ? -1 : 1),
      ),
  };
}

/** Few keys and few versions, so that rows meet each other; their other values are any. */
const anyBatch = fc.array(
  fc
    .record({
      row: anyProbe,
      name: fc.constantFrom('a', 'b"', '\\c', 'd,{', '\uFFFD', '\u{1F600}'),
      second: fc.constantFrom(0, 1, 2, null),
    })
    .map(({ row, name, second }) => ({
      ...row,
      name,
      amount: row.amount === '1e3' ? '1000' : row.amount,
      seenAt: second === null ? row.seenAt : new Date(Date.UTC(2026, 0, 1, 0, 0, second)),
    })),
  { maxLength: 30 },
);

function countsOf({ inserted, updated, unchanged, duplicates }: BulkCounts): BulkCounts {
  return { inserted, updated, unchanged, duplicates };
}

async function readRows(teamId: bigint): Promise<Omit<Probe, 'id'>[]> {
  const rows = await readProbes(scene.sql, teamId);
  return rows.filter(({ name }) => !name.startsWith('~')).map(({ id: _id, ...row }) => row);
}

describe('both write paths', () => {
  it('do with any rows what the model does, and leave the same table', async () => {
    await bulkUpsert(bulk, PROBE, teamOfCopy, FILLERS);
    await fc.assert(
      fc.asyncProperty(fc.array(anyBatch, { minLength: 2, maxLength: 3 }), async (batches) => {
        await scene.sql.query(`DELETE FROM probe WHERE NOT starts_with(name, '~')`);
        const model = createModel();
        for (const batch of batches) {
          const expected = model.write(batch);
          const byArrays = await withTeam(scene.db, teamOfArrays, (tx) =>
            bulkUpsert(tx, PROBE, teamOfArrays, batch),
          );
          expect(countsOf(byArrays)).toEqual(expected);
          const byCopy = await bulkUpsert(bulk, PROBE, teamOfCopy, [...batch, ...FILLERS]);
          const unchanged = expected.unchanged + FILLERS.length;
          expect(countsOf(byCopy)).toEqual({ ...expected, unchanged });
          expect(byCopy.changed).toHaveLength(expected.inserted + expected.updated);
        }
        const rows = model.rows();
        expect(await readRows(teamOfArrays)).toEqual(rows);
        expect(await readRows(teamOfCopy)).toEqual(rows);
      }),
      { numRuns: 20 },
    );
  });

  const refused: [what: string, row: Partial<Record<keyof Probe, unknown>>, reason: RegExp][] = [
    ['NaN for a bigint', { big: Number.NaN }, /NaN/],
    ['infinity for a bigint', { big: Number.POSITIVE_INFINITY }, /Infinity/],
    ['a fraction for a bigint', { big: 0.5 }, /0\.5/],
    ['a bigint of 65 bits', { big: 2n ** 63n }, /out of range/],
    ['NaN for an integer', { n: Number.NaN }, /NaN/],
    ['a fraction for an integer', { n: 1.5 }, /1\.5/],
    ['an integer of 33 bits', { n: 2 ** 31 }, /out of range/],
    ['a number that a CHECK forbids', { n: -1 }, /probe_n_check/],
    ['a day that is none', { day: '2026-02-30' }, /2026-02-30/],
    ['an instant that is none', { seenAt: new Date(Number.NaN) }, /Invalid time value|NaN/],
    ['a NUL in a text', { note: 'a\0b' }, /0x00/],
    ['a NUL in a list', { tags: ['a\0b'] }, /0x00/],
    ['a decimal number that is none', { amount: '1,5' }, /numeric/],
  ];

  it.each(refused)('refuse %s, and write nothing', async (_, given, reason) => {
    await scene.sql.query('TRUNCATE probe');
    const rows = [probe({ name: 'a' }), { ...probe({ name: 'b' }), ...given } as Probe];
    const byArrays = withTeam(scene.db, teamOfArrays, (tx) =>
      bulkUpsert(tx, PROBE, teamOfArrays, rows),
    );
    await expect(byArrays).rejects.toThrow(reason);
    await expect(bulkUpsert(bulk, PROBE, teamOfArrays, rows)).rejects.toThrow(reason);
    await expect(bulkUpsert(bulk, PROBE, teamOfCopy, [...rows, ...FILLERS])).rejects.toThrow(
      reason,
    );
    expect(await readProbes(scene.sql, teamOfArrays)).toEqual([]);
    expect(await readProbes(scene.sql, teamOfCopy)).toEqual([]);
    // The connection that was refused is whole, and not in a transaction.
    const good = await bulkUpsert(bulk, PROBE, teamOfCopy, [probe()]);
    expect(countsOf(good)).toMatchObject({ inserted: 1 });
  });
});

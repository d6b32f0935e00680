import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bulkUpsert } from '../../../../src/db/bulk/bulk-upsert.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { anyProbe, TRICKY } from './any-probe.ts';
import {
  createProbe,
  PROBE,
  probe,
  readProbes,
  type Probe,
  type StoredProbe,
} from './probe-table.ts';
import { addTeam, openScene, type Scene } from '../scene.ts';

let scene: Scene;
let teamId: bigint;

beforeAll(async () => {
  scene = await openScene();
  ({ teamId } = await addTeam(scene.sql, 'ours'));
  await createProbe(scene.sql);
});

afterAll(() => scene.close());

beforeEach(async () => {
  await scene.sql.query('TRUNCATE probe');
});

async function roundTrip(rows: readonly Probe[]): Promise<StoredProbe[]> {
  const result = await withTeam(scene.db, teamId, (tx) => bulkUpsert(tx, PROBE, teamId, rows));
  expect(result.inserted + result.updated + result.unchanged).toBe(rows.length);
  return readProbes(scene.sql, teamId);
}

describe('values written in bulk', () => {
  it.each(TRICKY)('text %j is read back as it is, alone and in a list', async (text) => {
    const [row] = await roundTrip([probe({ name: text, note: text, tags: [text, text] })]);
    expect(row).toMatchObject({ name: text, note: text, tags: [text, text] });
  });

  it('NULL stays NULL, and empty stays empty', async () => {
    const [row] = await roundTrip([probe({ note: null, big: null, amount: null, tags: [] })]);
    expect(row).toMatchObject({ note: null, big: null, amount: null, tags: [] });
  });

  it('NULL and the empty text are different values', async () => {
    await roundTrip([probe({ note: null })]);
    expect(await roundTrip([probe({ note: '' })])).toMatchObject([{ note: '' }]);
    expect(await roundTrip([probe({ note: null })])).toMatchObject([{ note: null }]);
  });

  it.each([2n ** 31n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -1n])(
    'bigint %d is exact',
    async (big) => {
      expect(await roundTrip([probe({ big })])).toMatchObject([{ big }]);
    },
  );

  it('any rows are read back as they were written, and written again are unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyProbe, { minLength: 1, maxLength: 40 }), async (given) => {
        await scene.sql.query('TRUNCATE probe');
        const rows = given.map((row, index) => ({ ...row, name: `${index} ${row.note ?? ''}` }));
        const stored = await roundTrip(rows);
        const byName = new Map(stored.map((row) => [row.name, row]));
        for (const row of rows) {
          const amount = row.amount === '1e3' ? '1000' : row.amount;
          expect(byName.get(row.name)).toMatchObject({ ...row, amount });
        }
        const again = await withTeam(scene.db, teamId, (tx) => bulkUpsert(tx, PROBE, teamId, rows));
        expect(again.unchanged).toBe(rows.length);
      }),
      { numRuns: 25 },
    );
  });
});

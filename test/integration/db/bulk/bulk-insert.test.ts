import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bulkInsert,
  bulkInsertReturning,
  bulkUpsert,
} from '../../../../src/db/bulk/bulk-upsert.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { addTeam, countStatements, openScene, type Scene } from '../scene.ts';
import { anyProbe } from './any-probe.ts';
import { createProbe, PROBE, probe, readProbes, type Probe } from './probe-table.ts';

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

function insert(rows: readonly Probe[]) {
  return withTeam(scene.db, teamId, (tx) => bulkInsert(tx, PROBE, teamId, rows));
}

function upsert(team: bigint, rows: readonly Probe[]) {
  return withTeam(scene.db, team, (tx) => bulkUpsert(tx, PROBE, team, rows));
}

async function readRows(team: bigint): Promise<Probe[]> {
  const rows = await readProbes(scene.sql, team);
  return rows.map((row) => ({ ...row, id: '' }));
}

const SEEN = new Date('2026-03-04T12:00:00Z');
/** The key and `seenAt` are unique together: rows of one name have one time each. */
const anyRow = fc
  .tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 0, max: 3 }), anyProbe)
  .map(([name, day, row]) => ({
    ...row,
    name,
    day: `2026-03-0${day + 1}`,
    seenAt: new Date(SEEN.getTime() + day),
  }));
const anyRows = fc.array(anyRow, { maxLength: 8 });

describe('rows that are not looked for first', () => {
  it('come to what a bulk upsert of them comes to, whatever is stored', async () => {
    await fc.assert(
      fc.asyncProperty(anyRows, anyRows, async (stored, rows) => {
        await scene.sql.query('TRUNCATE probe');
        await upsert(teamId, stored);
        await upsert(otherTeamId, stored);
        const { distinct, written } = await insert(rows);
        const expected = await upsert(otherTeamId, rows);
        expect(await readRows(teamId)).toEqual(await readRows(otherTeamId));
        expect(written).toBe(expected.inserted + expected.updated);
        expect(distinct).toBe(rows.length - expected.duplicates);
      }),
      { numRuns: 60 },
    );
  });

  it('are answered as a bulk upsert answers them, whatever is stored', async () => {
    const returning = { ...PROBE, returning: PROBE.key };
    await fc.assert(
      fc.asyncProperty(anyRows, anyRows, async (stored, rows) => {
        await scene.sql.query('TRUNCATE probe');
        await upsert(teamId, stored);
        await upsert(otherTeamId, stored);
        const [answer, expected] = [
          await withTeam(scene.db, teamId, (tx) =>
            bulkInsertReturning(tx, returning, teamId, rows),
          ),
          await withTeam(scene.db, otherTeamId, (tx) =>
            bulkUpsert(tx, returning, otherTeamId, rows),
          ),
        ];
        expect(await readRows(teamId)).toEqual(await readRows(otherTeamId));
        const byText = (row: Readonly<Record<string, string>>) =>
          PROBE.key.map((name) => row[name] ?? '').join(' ');
        const sorted = (changed: readonly Readonly<Record<string, string>>[]) =>
          changed.map(byText).toSorted();
        expect({ ...answer, changed: sorted(answer.changed) }).toEqual({
          ...expected,
          changed: sorted(expected.changed),
        });
      }),
      { numRuns: 60 },
    );
  });

  it('take one statement, and none where there are none', async () => {
    await scene.sql.query('TRUNCATE probe');
    await withTeam(scene.db, teamId, async (tx) => {
      const counted = countStatements(tx);
      await bulkInsert(counted.tx, PROBE, teamId, []);
      expect(counted.count()).toBe(0);
      await bulkInsert(counted.tx, PROBE, teamId, [probe(), probe({ name: 'b' })]);
      expect(counted.count()).toBe(1);
    });
  });
});

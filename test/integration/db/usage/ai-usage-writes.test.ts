import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AI_USAGE, type AiUsageRow } from '../../../../src/db/usage/ai-usage-table.ts';
import {
  createBulkConnection,
  type OpenBulkConnection,
} from '../../../../src/db/bulk/bulk-connection.ts';
import { bulkUpsert, type BulkUpsertResult } from '../../../../src/db/bulk/bulk-upsert.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { addTeam, openScene, readNumber, type Scene } from '../scene.ts';
import { NEVER_MS } from '../../../support/patience.ts';

const MEMBERS = 60;

let scene: Scene;
let bulk: OpenBulkConnection;
let monday: bigint;
let sunday: bigint;
/** Ids of members of the team whose weeks begin on Monday, of the other one, and of a third team. */
let members: Record<'monday' | 'sunday' | 'other', bigint[]>;

beforeAll(async () => {
  scene = await openScene();
  const other = await addTeam(scene.sql, 'other');
  ({ teamId: monday } = await addTeam(scene.sql, 'monday', { timeZone: 'Asia/Tokyo' }));
  ({ teamId: sunday } = await addTeam(scene.sql, 'sunday', { weekStart: 'SUNDAY' }));
  members = {
    other: await addMembers(other.teamId),
    monday: await addMembers(monday),
    sunday: await addMembers(sunday),
  };
  bulk = createBulkConnection({
    connectionString: scene.database.applicationUrl,
    poolSize: 2,
    applicationName: 'throughline-test bulk',
    onConnectionError: () => undefined,
    connectMs: NEVER_MS,
  });
});

afterAll(async () => {
  await bulk.close();
  await scene.close();
});

beforeEach(async () => {
  await scene.sql.query('DELETE FROM ai_usage_daily; DELETE FROM rollup_dirty');
});

async function addMembers(teamId: bigint): Promise<bigint[]> {
  const { rows } = await scene.sql.query<{ id: string }>(
    `INSERT INTO member (team_id, github_id, login, kind, kind_rule, is_external)
    SELECT $1, n, 'member ' || n, 'HUMAN', 'USER', false FROM generate_series(1, $2) AS n RETURNING id`,
    [teamId, MEMBERS],
  );
  return rows.map(({ id }) => BigInt(id));
}

function usage(memberId: bigint, date: string, given: Partial<AiUsageRow> = {}): AiUsageRow {
  return {
    memberId,
    date,
    source: 'COPILOT',
    suggestionsShown: 10,
    suggestionsAccepted: 5,
    linesSuggested: 20,
    linesAccepted: 8,
    interactions: 3,
    activeHours: 1.25,
    credits: null,
    syncedAt: new Date('2026-05-01T00:00:00Z'),
    ...given,
  };
}

type WritePath = (teamId: bigint, rows: readonly AiUsageRow[]) => Promise<BulkUpsertResult>;

const WRITE_PATHS: [name: string, write: WritePath][] = [
  [
    'a transaction',
    (teamId, rows) => withTeam(scene.db, teamId, (tx) => bulkUpsert(tx, AI_USAGE, teamId, rows)),
  ],
  ['a connection of its own', (teamId, rows) => bulkUpsert(bulk, AI_USAGE, teamId, rows)],
  ['COPY', (teamId, rows) => bulkUpsert(bulk, AI_USAGE, teamId, [...fillers(teamId), ...rows])],
];

/** Rows that make a chunk large enough for COPY, in a year that no test looks at. */
function fillers(teamId: bigint): AiUsageRow[] {
  const ids = teamId === monday ? members.monday : members.sunday;
  return ids.flatMap((id) =>
    Array.from({ length: 90 }, (_, day) => {
      const date = new Date(Date.UTC(2020, 0, 1 + day)).toISOString().slice(0, 10);
      return usage(id, date);
    }),
  );
}

async function readDirtyMarks(): Promise<string[]> {
  const { rows } = await scene.sql.query<{ dirtyMark: string }>(
    `SELECT concat_ws(' ', team_id, week_start::text, member_id) AS "dirtyMark" FROM rollup_dirty
    WHERE week_start > '2025-01-01' ORDER BY seq`,
  );
  return rows.map(({ dirtyMark }) => dirtyMark).toSorted();
}

function countUsage(): Promise<number> {
  return readNumber(scene.sql, `SELECT count(*) FROM ai_usage_daily WHERE date > '2025-01-01'`);
}

describe.each(WRITE_PATHS)('usage written by %s', (_, write) => {
  it("marks the member weeks dirty, where the team's weeks begin, and by which settings", async () => {
    const [a = 0n, b = 0n] = members.monday;
    // Sunday and Monday; a day of usage is never moved into the team's zone.
    const days = ['2026-03-08', '2026-03-09'];
    await write(monday, [...days.map((day) => usage(a, day)), usage(b, '2026-03-15')]);
    expect(await readDirtyMarks()).toEqual([
      `${monday} 2026-03-02 ${a}`,
      `${monday} 2026-03-09 ${a}`,
      `${monday} 2026-03-09 ${b}`,
    ]);
    const [c = 0n] = members.sunday;
    await scene.sql.query('DELETE FROM rollup_dirty');
    await write(
      sunday,
      ['2026-03-07', ...days].map((day) => usage(c, day)),
    );
    expect(await readDirtyMarks()).toEqual([
      `${sunday} 2026-03-01 ${c}`,
      `${sunday} 2026-03-08 ${c}`,
    ]);
    const strange = `SELECT count(*) FROM rollup_dirty d JOIN team t ON t.id = d.team_id
      WHERE d.generation IS DISTINCT FROM t.rollup_generation`;
    expect(await readNumber(scene.sql, strange)).toBe(0);
  });

  it('marks nothing dirty where nothing changed', async () => {
    const rows = members.monday.slice(0, 3).map((id) => usage(id, '2026-03-08'));
    await write(monday, rows);
    await scene.sql.query('DELETE FROM rollup_dirty');
    const later = new Date('2026-05-02T00:00:00Z');
    const again = rows.map((row) => ({ ...row, syncedAt: later }));
    expect(await write(monday, again)).toMatchObject({ inserted: 0, updated: 0 });
    expect(await readNumber(scene.sql, 'SELECT count(*) FROM rollup_dirty')).toBe(0);
    const [first] = again;
    expect(first).toBeDefined();
    const changed = again.map((row) => (row === first ? { ...row, interactions: 4 } : row));
    expect(await write(monday, changed)).toMatchObject({ updated: 1 });
    expect(await readDirtyMarks()).toEqual([`${monday} 2026-03-02 ${members.monday[0]}`]);
  });

  it('marks a whole week dirty when more than 50 members changed in it', async () => {
    const rows = members.monday.slice(0, 51).map((id) => usage(id, '2026-03-04'));
    const fewer = members.monday.slice(0, 50).map((id) => usage(id, '2026-03-11'));
    await write(monday, [...rows, ...fewer]);
    const all = await readDirtyMarks();
    expect(all).toHaveLength(51);
    expect(all.filter((dirtyMark) => dirtyMark.includes('2026-03-02'))).toEqual([
      `${monday} 2026-03-02`,
    ]);
  });

  it('of a member that is not there, or is of another team, is refused whole and named', async () => {
    const [stranger = 0n] = members.other;
    const rows = [...members.monday, stranger, 987_654_321n].map((id) => usage(id, '2026-03-04'));
    await expect(write(monday, rows)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(`member_id=${stranger}, member_id=987654321`),
    });
    expect(await countUsage()).toBe(0);
    expect(await readDirtyMarks()).toEqual([]);
  });

  it('that was asked earlier does not overwrite what was asked later', async () => {
    const [a = 0n] = members.monday;
    const at = (day: number, interactions: number) =>
      usage(a, '2026-03-04', { interactions, syncedAt: new Date(Date.UTC(2026, 4, day)) });
    await write(monday, [at(2, 7)]);
    expect(await write(monday, [at(1, 99)])).toMatchObject({ updated: 0 });
    const stored = `SELECT interactions FROM ai_usage_daily WHERE date = '2026-03-04'`;
    expect(await readNumber(scene.sql, stored)).toBe(7);
    expect(await write(monday, [at(3, 8)])).toMatchObject({ updated: 1 });
    expect(await readNumber(scene.sql, stored)).toBe(8);
  });

  it('keeps every value to its last digit', async () => {
    const [a = 0n] = members.monday;
    const row = usage(a, '2026-03-04', {
      source: 'CLAUDE_CODE',
      suggestionsShown: Number.MAX_SAFE_INTEGER,
      suggestionsAccepted: 0,
      activeHours: 23.99,
      credits: 12_345_678.0001,
    });
    await write(monday, [row]);
    const { rows } = await scene.sql.query(
      `SELECT suggestions_shown::text, active_hours::text, credits::text FROM ai_usage_daily
      WHERE date = '2026-03-04'`,
    );
    expect(rows).toEqual([
      { suggestions_shown: '9007199254740991', active_hours: '23.99', credits: '12345678.0001' },
    ]);
    expect(await write(monday, [row])).toMatchObject({ inserted: 0, updated: 0 });
  });

  it('makes the partition of a month that has none, and again when it was dropped since', async () => {
    const [a = 0n] = members.monday;
    const drop = 'DROP TABLE IF EXISTS partitions.ai_usage_daily_2025_06';
    await scene.sql.query(drop);
    expect(await write(monday, [usage(a, '2025-06-30')])).toMatchObject({ updated: 0 });
    await scene.sql.query(drop);
    await write(monday, [usage(a, '2025-06-30'), usage(a, '2025-07-01')]);
    expect(await countUsage()).toBe(2);
    const bounds = `SELECT count(*) FROM pg_inherits WHERE inhparent = 'ai_usage_daily'::regclass
      AND inhrelid = to_regclass('partitions.ai_usage_daily_2025_06')`;
    expect(await readNumber(scene.sql, bounds)).toBe(1);
  });

  it('of a day that can have no partition is refused whole', async () => {
    const [a = 0n] = members.monday;
    for (const day of ['1999-12-31', '2190-01-01']) {
      await expect(write(monday, [usage(a, '2026-03-04'), usage(a, day)])).rejects.toThrow(
        /usage days lie between 2000-01-01 and a year ahead/,
      );
    }
    expect(await countUsage()).toBe(0);
  });
});

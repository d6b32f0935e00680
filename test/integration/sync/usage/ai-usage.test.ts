import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MONDAY, NOW, openUsageWorld, type UsageWorld } from './usage-world.ts';

const TABLES = [
  'member',
  'ai_usage_daily',
  'ai_usage_total_daily',
  'ai_usage_report',
  'ai_usage_source',
  'ai_seat',
  'ai_seat_daily',
  'rollup_dirty',
] as const;

let world: UsageWorld;

beforeEach(async () => {
  world = await openUsageWorld();
});

afterEach(async () => {
  await world.close();
});

const sync = (...days: string[]) => world.activities.syncAiUsageDays({ ...world.source, days });

it('is not begun for one organisation more than a team may have', async () => {
  await world.rows(`INSERT INTO ai_usage_source (team_id, source, organization, connection_id)
    SELECT s.team_id, s.source, 'org-' || n, s.connection_id FROM ai_usage_source s, generate_series(1, 49) AS n`);
  const { openAiUsageSync } = world.activities;
  const open = (organization: string) => openAiUsageSync({ ...world.source, organization });
  await expect(open('one-more')).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  expect((await open('ORG-49')).days).not.toEqual([]);
  expect(await world.rows('SELECT count(*)::int AS n FROM ai_usage_source')).toEqual([{ n: 50 }]);
});

interface Report {
  readonly kind: string;
  readonly state: string;
  readonly reason: string | null;
  readonly rows_in: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly refused: number;
}

const readReports = () =>
  world.rows<Report>(`SELECT kind, state, reason, rows_in, rows_inserted AS inserted,
    rows_updated AS updated, rows_unchanged AS unchanged, rows_refused AS refused
    FROM ai_usage_report ORDER BY day, kind DESC`);

const readStatus = async () =>
  (
    await world.rows<{ status: string; status_reason: string | null; latest_day: string | null }>(
      'SELECT status, status_reason, latest_day::text FROM ai_usage_source',
    )
  )[0];

const count = async (table: string) =>
  (await world.rows<{ n: number }>(`SELECT count(*)::integer AS n FROM ${table}`))[0]?.n;

async function dumpAll(): Promise<Record<string, string[]>> {
  const dumps: Record<string, string[]> = {};
  for (const table of TABLES) {
    dumps[table] = await world.dump(table);
  }
  return dumps;
}

describe('a day of Copilot', () => {
  it('is a row for each user, who become external members; totals land on no person', async () => {
    const result = await sync(MONDAY);
    const [users, organization] = await readReports();
    expect(result).toMatchObject({ daysDone: 1, daysLeft: [], wait: null, stop: null });
    expect(users).toMatchObject({ kind: 'USERS', state: 'STORED', reason: null, refused: 0 });
    expect(users?.inserted).toBeGreaterThanOrEqual(5);
    expect(users?.rows_in).toBe(users?.inserted);
    expect(await count('ai_usage_daily')).toBe(users?.inserted);
    expect(await count('ai_usage_total_daily')).toBe(organization?.inserted);
    expect(result.rowsWritten).toBe((users?.inserted ?? 0) + (organization?.inserted ?? 0));
    expect(await world.rows('SELECT DISTINCT kind, kind_rule, is_external FROM member')).toEqual([
      { kind: 'HUMAN', kind_rule: 'seen in a Copilot report', is_external: true },
    ]);
    // No person has what the organisation has.
    expect(
      await world.rows(`SELECT t.active_users::integer AS users, sum(u.suggestions_shown) = t.suggestions_shown AS shown,
          sum(u.suggestions_accepted) = t.suggestions_accepted AS accepted,
          max(u.suggestions_shown) < t.suggestions_shown AS spread
        FROM ai_usage_total_daily t JOIN ai_usage_daily u ON u.date = t.date
        WHERE t.dimension = 'TOTAL' GROUP BY t.active_users, t.suggestions_shown, t.suggestions_accepted`),
    ).toEqual([{ users: users?.inserted, shown: true, accepted: true, spread: true }]);
    expect(await world.rows('SELECT DISTINCT date::text FROM ai_usage_daily')).toEqual([
      { date: MONDAY },
    ]);
    expect(await readStatus()).toEqual({
      status: 'ACTIVE',
      status_reason: null,
      latest_day: MONDAY,
    });
    expect(world.fake.stats().brokenRules).toEqual([]);
  });

  it('changes nothing when it is read a second time: no row, no dirty mark, no count', async () => {
    await sync(MONDAY, '2026-06-09');
    await world.activities.syncAiSeats(world.source);
    const before = await dumpAll();
    const again = await sync(MONDAY, '2026-06-09');
    await world.activities.syncAiSeats(world.source);
    expect(again).toMatchObject({ rowsWritten: 0, rowsRefused: 0 });
    const after = await dumpAll();
    // The source says when it was last asked; nothing else moves.
    for (const table of TABLES.filter((name) => name !== 'ai_usage_source')) {
      expect(after[table], table).toEqual(before[table]);
    }
    expect(before['rollup_dirty']?.length).toBeGreaterThan(0);
  });

  it('is read again: rows that changed are updated, with their dirty marks, and never by an older report', async () => {
    await sync(MONDAY);
    await world.scene.sql.query('DELETE FROM rollup_dirty');
    world.setClock(new Date('2026-06-12T12:00:00Z'));
    const settled = await sync(MONDAY);
    expect(settled.rowsWritten).toBeGreaterThan(5);
    const [users] = await readReports();
    expect(users).toMatchObject({ state: 'STORED', inserted: 0, refused: 0 });
    expect(users?.updated).toBeGreaterThan(0);
    expect(await count('rollup_dirty')).toBe(users?.updated);
    const after = await world.dump('ai_usage_daily');
    world.setClock(NOW);
    await sync(MONDAY);
    expect(await world.dump('ai_usage_daily')).toEqual(after);
  });

  it('never changes a member that is known already', async () => {
    const { databaseId } = { databaseId: 91_400_100 };
    await world.scene.sql.query(
      `INSERT INTO member (team_id, github_id, login, name, kind, kind_rule, is_external)
      VALUES ($1, $2, 'old-login', 'Mara', 'HUMAN', 'GitHub says it is a user', false)`,
      [world.teamId, databaseId],
    );
    const [before] = await world.dump('member');
    await sync(MONDAY, '2026-06-09');
    expect(await world.dump('member')).toContain(before);
  });

  it('loses parts of the organisation that a later reading does not name', async () => {
    await sync(MONDAY);
    await world.scene.sql.query(
      `UPDATE ai_usage_total_daily SET name = 'gone' WHERE dimension = 'EDITOR' AND name = 'vscode'`,
    );
    await sync(MONDAY);
    expect(
      await world.rows(
        `SELECT name FROM ai_usage_total_daily WHERE dimension = 'EDITOR' AND name IN ('gone', 'vscode')`,
      ),
    ).toEqual([{ name: 'vscode' }]);
  });
});

describe('days without a report', () => {
  it('are asked for again while they are recent, and settled when they are old', async () => {
    // A Sunday two weeks ago, the Sunday before, and a day that is not over.
    await sync('2026-05-24', '2026-06-07', '2026-06-10');
    expect(
      await world.rows(`SELECT DISTINCT day::text, state FROM ai_usage_report ORDER BY day`),
    ).toEqual([
      { day: '2026-05-24', state: 'BELOW_THRESHOLD' },
      { day: '2026-06-07', state: 'NO_REPORT_YET' },
      { day: '2026-06-10', state: 'NO_REPORT_YET' },
    ]);
    expect(await count('ai_usage_daily')).toBe(0);
    expect((await readStatus())?.status).toBe('ACTIVE');
  });

  it('are planned for a year, newest first, until they are final; the last three always', async () => {
    const plan = async () => (await world.activities.openAiUsageSync(world.source)).days;
    const first = await plan();
    expect([first[0], first.at(-1), first.length]).toEqual(['2026-06-09', '2025-10-10', 243]);
    await sync(...first.slice(0, 10));
    const second = await plan();
    expect(second.slice(0, 5)).toEqual([
      '2026-06-09',
      '2026-06-08',
      // A Sunday on which too few worked: it is not settled yet.
      '2026-06-07',
      '2026-05-30',
      '2026-05-29',
    ]);
    await world.scene.sql.query('UPDATE team SET ai_usage_retention_days = 30');
    expect((await plan()).at(-1)).toBe('2026-05-11');
    await world.scene.sql.query(`UPDATE team SET ai_usage_retained_from = '2026-05-20'`);
    expect((await plan()).at(-1)).toBe('2026-05-20');
  });
});

describe('a report that breaks off', () => {
  it.each(['expired', 'cut', 'truncated'] as const)(
    'because it was %s is asked for again with fresh links and counted once',
    async (fault) => {
      await sync(MONDAY);
      const whole = await world.dump('ai_usage_daily');
      world.fake.failNextDownload(fault, 2);
      expect(await sync(MONDAY)).toMatchObject({ rowsWritten: 0, stop: null });
      expect(await world.dump('ai_usage_daily')).toEqual(whole);
      expect(world.fake.stats().brokenRules).toEqual([]);
    },
  );

  it('each time is refused with the reason, stores nothing of it, and is planned again', async () => {
    world.fake.failNextDownload('truncated', 3);
    const day = '2026-05-20';
    expect(await sync(day)).toMatchObject({ daysDone: 1, stop: null });
    const [users, organization] = await readReports();
    expect(users).toMatchObject({ kind: 'USERS', state: 'REFUSED', rows_in: 0 });
    expect(users?.reason).toContain('File 1 of the report ends within its line');
    expect(organization).toMatchObject({ kind: 'ORGANIZATION', state: 'STORED' });
    expect(await count('ai_usage_daily')).toBe(0);
    expect((await world.activities.openAiUsageSync(world.source)).days).toContain(day);
    expect(await sync(day)).toMatchObject({ rowsRefused: 0 });
    expect((await readReports())[0]).toMatchObject({ state: 'STORED', reason: null });
  });

  it('with rows that cannot be used keeps the good rest, and says where the others are', async () => {
    const good = (id: number) =>
      JSON.stringify({ day: MONDAY, user_id: id, user_login: `user-${id}`, loc_added_sum: id });
    const bad = JSON.stringify({
      day: MONDAY,
      user_id: 3,
      user_login: 'user-3',
      code_generation_activity_count: -1,
    });
    world.fake.failNextDownload({ body: `${good(1)}\n${bad}\n\u0000\n${good(2)}\n${good(1)}\n` });
    expect(await sync(MONDAY)).toMatchObject({ rowsRefused: 3 });
    expect((await readReports())[0]).toMatchObject({
      state: 'STORED',
      rows_in: 5,
      inserted: 2,
      refused: 3,
      reason: expect.stringMatching(
        /^3 rows could not be used and were left out: file 1 line 2: BAD_COUNT, .*; file 1 line 3: BAD_TEXT, .*; file 1 line 5: DUPLICATE, /,
      ) as string,
    });
    expect(await count('member')).toBe(2);
  });

  it('with blocks that nobody here knows is stored, and says what they are and in how many rows', async () => {
    const row = (id: number, more: object) =>
      JSON.stringify({ day: MONDAY, user_id: id, user_login: `user-${id}`, ...more });
    const rows = [
      row(1, { totals_by_robot: [{ beep_count: 1 }] }),
      row(2, { totals_by_robot: [{ beep_count: 1 }], shiny_count: 2, used_cli: true }),
      row(3, { loc_added_sum: 1 }),
    ];
    world.fake.failNextDownload({ body: `${rows.join('\n')}\n` });
    await sync(MONDAY);
    expect((await readReports())[0]).toMatchObject({
      state: 'STORED',
      rows_in: 3,
      refused: 0,
      reason:
        '2 rows hold what this version does not know and does not count: shiny_count, totals_by_robot.',
    });
    expect(await world.rows('SELECT rows_unknown FROM ai_usage_report ORDER BY kind DESC')).toEqual(
      [{ rows_unknown: 2 }, { rows_unknown: 0 }],
    );
  });

  it('that was read in an earlier way is asked for once more, or left where GitHub has it no more', async () => {
    const plan = async () => (await world.activities.openAiUsageSync(world.source)).days;
    const [kept, gone] = ['2026-05-20', '2026-05-21'];
    await sync(kept, gone);
    expect(await plan()).not.toContain(kept);
    await world.scene.sql.query(
      `UPDATE ai_usage_report SET reader_version = 1; UPDATE ai_usage_daily SET marked_used = true`,
    );
    expect(await plan()).toEqual(expect.arrayContaining([kept, gone]));
    await sync(kept);
    world.fake.failNext({ status: 404, body: { message: 'Not Found' } });
    await sync(gone);
    expect(await plan()).not.toContain(kept);
    expect(await plan()).not.toContain(gone);
    expect(
      await world.rows(
        `SELECT DISTINCT date::text FROM ai_usage_daily WHERE marked_used ORDER BY 1`,
      ),
    ).toEqual([{ date: gone }]);
    expect(
      await world.rows(`SELECT DISTINCT state FROM ai_usage_report WHERE kind = 'USERS'`),
    ).toEqual([{ state: 'STORED' }]);
  });

  it('into nothing but unusable rows is refused, whatever it is', async () => {
    world.fake.failNextDownload({ body: '<html>\n<body>Sorry</body>\n</html>\n' });
    await sync(MONDAY);
    expect((await readReports())[0]).toMatchObject({ state: 'REFUSED', rows_in: 3, refused: 3 });
  });
});

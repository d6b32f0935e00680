import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  deleteExpiredBatch,
  planRetention,
  RETENTION_BATCH,
  type ExpiringTableName,
} from '../../../../src/db/retention/retention.ts';
import { eachTeam, listTeams } from '../../../../src/db/core/teams.ts';
import { addTeam, openScene, readNumber, until, type Scene } from '../scene.ts';
import { addUsage, addWeek, readAudit } from '../usage/usage-rows.ts';

const NOW = new Date('2026-06-30T23:59:59Z');

/** Days before NOW's, as retention counts them. */
const AGO = { 30: '2026-05-31', 31: '2026-05-30', 365: '2025-06-30', 366: '2025-06-29' } as const;

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(async () => {
  await scene.close();
});

/** Deletes batch after batch, as the activity does. */
async function deleteAll(
  teamId: bigint,
  table: ExpiringTableName,
  cutoff: string,
): Promise<number> {
  let deleted = 0;
  for (let more = true; more;) {
    const batch = await deleteExpiredBatch(scene.db, {
      teamId,
      table,
      cutoff,
      now: NOW,
      actorId: null,
    });
    deleted += batch.rows;
    more = batch.more;
  }
  return deleted;
}

describe('a plan of retention', () => {
  it('counts what is older than the setting, names the five oldest rows and changes nothing', async () => {
    const { teamId } = await addTeam(scene.sql, 'plan');
    await addUsage(scene.sql, teamId, { from: '2025-06-20', to: AGO[365], members: 2 });
    await addWeek(scene.sql, teamId, { generation: 1, week: '2024-06-24' });
    await addWeek(scene.sql, teamId, { generation: 2, week: '2024-06-24' });
    await addWeek(scene.sql, teamId, { generation: 2, week: '2024-07-01' });
    const plan = await planRetention(scene.db, teamId, { now: NOW, days: null, kind: null });
    expect(plan?.slug).toBe('plan');
    const [usage, ...others] = plan?.tables ?? [];
    expect(usage).toEqual({
      table: 'ai_usage_daily',
      kind: 'AI_USAGE',
      days: 365,
      cutoff: AGO[365],
      rows: 20,
      oldest: '2025-06-20',
      newest: AGO[366],
      examples: [
        { member_id: '1', date: '2025-06-20', source: 'COPILOT' },
        { member_id: '2', date: '2025-06-20', source: 'COPILOT' },
        { member_id: '1', date: '2025-06-21', source: 'COPILOT' },
        { member_id: '2', date: '2025-06-21', source: 'COPILOT' },
        { member_id: '1', date: '2025-06-22', source: 'COPILOT' },
      ],
    });
    expect(others.map(({ table, rows, days }) => [table, rows, days])).toEqual([
      ['ai_usage_report', 0, 366],
      ['ai_usage_total_daily', 0, 365],
      ['ai_seat_daily', 0, 365],
      ['weekly_metrics', 2, 730],
    ]);
    expect(
      await readNumber(scene.sql, 'SELECT count(*) FROM ai_usage_daily WHERE team_id = $1', [
        teamId,
      ]),
    ).toBe(22);
    expect(await readAudit(scene.sql, teamId)).toEqual([]);
  });

  it('takes other days when they are given, for one kind alone, and refuses less than 30', async () => {
    const { teamId } = await addTeam(scene.sql, 'plan-days');
    await addUsage(scene.sql, teamId, { from: '2026-05-29', to: AGO[30], members: 1 });
    const request = { now: NOW, days: 30, kind: 'AI_USAGE' } as const;
    const plan = await planRetention(scene.db, teamId, request);
    expect(plan?.tables.map(({ table, rows }) => [table, rows])).toEqual([
      ['ai_usage_daily', 2],
      ['ai_usage_report', 0],
      ['ai_usage_total_daily', 0],
      ['ai_seat_daily', 0],
    ]);
    await expect(planRetention(scene.db, teamId, { ...request, days: 29 })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    expect(await planRetention(scene.db, -1n, request)).toBeNull();
  });
});

describe('deleting what is expired', () => {
  it('keeps the row that is exactly as old as the setting, and every row of other teams', async () => {
    const { teamId } = await addTeam(scene.sql, 'exact');
    const { teamId: other } = await addTeam(scene.sql, 'exact-other');
    for (const team of [teamId, other]) {
      await addUsage(scene.sql, team, { from: AGO[366], to: AGO[365], members: 3 });
    }
    expect(await deleteAll(teamId, 'ai_usage_daily', AGO[365])).toBe(3);
    const { rows } = await scene.sql.query(
      `SELECT team_id::text AS team, date::text, count(*)::integer AS rows FROM ai_usage_daily
      WHERE team_id IN ($1, $2) GROUP BY 1, 2 ORDER BY 1, 2`,
      [teamId, other],
    );
    expect(rows).toEqual([
      { team: String(teamId), date: AGO[365], rows: 3 },
      { team: String(other), date: AGO[366], rows: 3 },
      { team: String(other), date: AGO[365], rows: 3 },
    ]);
    // A rollup of that week knows that days are gone.
    const kept = await scene.sql.query(
      'SELECT ai_usage_retained_from::text AS usage, weekly_metrics_retained_from AS weeks FROM team WHERE id IN ($1, $2) ORDER BY id',
      [teamId, other],
    );
    expect(kept.rows).toEqual([
      { usage: AGO[365], weeks: null },
      { usage: null, weeks: null },
    ]);
  });

  it('goes in batches whose audit adds up to what is gone; doing it again changes nothing', async () => {
    const { teamId } = await addTeam(scene.sql, 'batches');
    await addUsage(scene.sql, teamId, { from: '2025-03-01', to: '2025-03-21', members: 500 });
    expect(await deleteAll(teamId, 'ai_usage_daily', AGO[365])).toBe(10_500);
    const audit = [
      { table: 'ai_usage_daily', cutoff: AGO[365], rows: RETENTION_BATCH },
      { table: 'ai_usage_daily', cutoff: AGO[365], rows: 500 },
    ];
    expect(await readAudit(scene.sql, teamId)).toEqual(audit);
    expect(await deleteAll(teamId, 'ai_usage_daily', AGO[365])).toBe(0);
    expect(await readAudit(scene.sql, teamId)).toEqual(audit);
  });

  it('removes old weeks of every generation, and old days of totals, seats and reports', async () => {
    const { teamId } = await addTeam(scene.sql, 'side-tables');
    for (const generation of [1, 2]) {
      await addWeek(scene.sql, teamId, { generation, week: '2024-01-01' });
      await addWeek(scene.sql, teamId, { generation, week: '2026-01-05' });
    }
    await scene.sql.query(
      `INSERT INTO ai_seat_daily (team_id, source, organization, date, total, active_this_cycle, inactive_this_cycle,
        pending_cancellation, synced_at)
      SELECT $1, 'COPILOT', 'octo', day, 0, 0, 0, 0, now() FROM unnest('{2024-01-01,2026-06-01}'::date[]) AS day`,
      [teamId],
    );
    await scene.sql.query(
      `INSERT INTO ai_usage_total_daily (team_id, source, organization, date, dimension, name, synced_at)
      SELECT $1, 'COPILOT', 'octo', day, 'TOTAL', '', now() FROM unnest('{2024-01-01,2026-06-01}'::date[]) AS day`,
      [teamId],
    );
    await scene.sql.query(
      `INSERT INTO ai_usage_report (team_id, source, organization, kind, day, state, fetched_at)
      SELECT $1, 'COPILOT', 'octo', 'USERS', day, 'STORED', now() FROM unnest('{2024-01-01,2026-06-01}'::date[]) AS day`,
      [teamId],
    );
    expect(await deleteAll(teamId, 'weekly_metrics', AGO[365])).toBe(2);
    for (const table of ['ai_seat_daily', 'ai_usage_total_daily', 'ai_usage_report'] as const) {
      expect(await deleteAll(teamId, table, AGO[365])).toBe(1);
      expect(
        await readNumber(scene.sql, `SELECT count(*) FROM ${table} WHERE team_id = $1`, [teamId]),
      ).toBe(1);
    }
    expect(
      await readNumber(
        scene.sql,
        `SELECT count(*) FROM weekly_metrics WHERE team_id = $1 AND week_start = '2026-01-05'`,
        [teamId],
      ),
    ).toBe(2);
  });

  it('refuses a cutoff that lies less than 30 days back', async () => {
    const { teamId } = await addTeam(scene.sql, 'too-late');
    await addUsage(scene.sql, teamId, { from: AGO[30], to: AGO[30], members: 1 });
    const input = { teamId, table: 'ai_usage_daily', now: NOW, actorId: null } as const;
    await expect(
      deleteExpiredBatch(scene.db, { ...input, cutoff: '2026-06-01' }),
    ).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(await deleteExpiredBatch(scene.db, { ...input, cutoff: AGO[30] })).toEqual({
      rows: 0,
      more: false,
      isWaiting: false,
    });
  });

  it('and the writer of the same rows wait for each other without a deadlock', async () => {
    const { teamId } = await addTeam(scene.sql, 'with-writer');
    await addUsage(scene.sql, teamId, { from: '2025-01-01', to: '2025-01-10', members: 200 });
    let deleted = 0;
    let isOver = false;
    const writer = scene.anotherDb();
    const rewrite = async (): Promise<number> => {
      let written = 0;
      while (!isOver) {
        // In key order, as the bulk writer takes them.
        await writer.$transaction(async (tx) => {
          await tx.$queryRaw`SELECT set_config('app.team_ids', ${`{${teamId}}`}, true)`;
          written += await tx.$executeRaw`
            UPDATE ai_usage_daily u SET interactions = interactions + 1 FROM (
              SELECT member_id, date, source FROM ai_usage_daily WHERE team_id = ${teamId} AND date < '2025-02-01'
              ORDER BY member_id, date, source FOR UPDATE) AS k
            WHERE u.team_id = ${teamId} AND (u.member_id, u.date, u.source) = (k.member_id, k.date, k.source)`;
        });
      }
      return written;
    };
    const writing = rewrite();
    await until(
      async () =>
        (await readNumber(
          scene.sql,
          'SELECT max(interactions) FROM ai_usage_daily WHERE team_id = $1',
          [teamId],
        )) > 2,
    );
    deleted = await deleteAll(teamId, 'ai_usage_daily', AGO[365]);
    isOver = true;
    expect(await writing).toBeGreaterThan(0);
    expect(deleted).toBe(2000);
  });
});

describe('the list of teams', () => {
  it('comes in pages to a worker that knows no team yet', async () => {
    const all = (await scene.sql.query<{ id: string }>('SELECT id FROM team ORDER BY id')).rows.map(
      ({ id }) => BigInt(id),
    );
    expect(all.length).toBeGreaterThan(3);
    const first = await listTeams(scene.db, 0n, 2);
    expect([...first, ...(await listTeams(scene.db, first[1] ?? 0n, 1000))]).toEqual(all);
    const seen: bigint[] = [];
    for await (const teamId of eachTeam(scene.db)) {
      seen.push(teamId);
    }
    expect(seen).toEqual(all);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRetentionActivities } from '../../../../src/activities/retention/retention.ts';
import type { RetentionActivities } from '../../../../src/contracts/retention.ts';
import { renderRetention } from '../../../../src/cli/retention/retention.ts';
import { createWriteSource } from '../../../../src/db/core/write-source.ts';
import { importAiUsage } from '../../../../src/db/usage/ai-usage-import.ts';
import {
  retainInstallation,
  type RetentionOptions,
} from '../../../../src/runtime/retention/retention.ts';
import { addTeam, openScene, readNumber, type Scene } from '../../db/scene.ts';
import { addUsage, addWeek, readAudit } from '../../db/usage/usage-rows.ts';

/** 365 days before: 2025-07-15; 60 days before: 2026-05-16. */
const NOW = new Date('2026-07-15T12:00:00Z');

let scene: Scene;
let alpha: bigint;
let beta: bigint;

beforeEach(async () => {
  scene = await openScene();
  alpha = (await addTeam(scene.sql, 'alpha')).teamId;
  beta = (await addTeam(scene.sql, 'beta')).teamId;
  for (const teamId of [alpha, beta]) {
    await addUsage(scene.sql, teamId, { from: '2025-06-01', to: '2025-07-20', members: 2 });
    await addWeek(scene.sql, teamId, { generation: 1, week: '2024-01-01' });
  }
});

afterEach(async () => {
  await scene.close();
});

function retain(options: Partial<RetentionOptions> = {}, hasOwner = true) {
  const { applicationUrl, maintenanceUrl } = scene.database;
  return retainInstallation(
    { database: { url: applicationUrl, directUrl: hasOwner ? maintenanceUrl : undefined } },
    {
      dryRun: false,
      days: null,
      kind: null,
      teamSlug: null,
      now: NOW,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...options,
    },
  );
}

const countUsage = (): Promise<number> =>
  readNumber(scene.sql, 'SELECT count(*) FROM ai_usage_daily');

describe('throughline retention', () => {
  it('with --dry-run shows months and rows of every team, and removes nothing', async () => {
    const summary = await retain({ dryRun: true });
    expect(summary.partitions).toMatchObject([
      { name: 'ai_usage_daily_2025_06', rows: 120, outcome: 'EXPIRED' },
    ]);
    expect(
      summary.teams.map(({ slug, tables }) => [
        slug,
        ...tables
          .filter(({ rows }) => rows > 0)
          .map(({ table, rows, deleted }) => [table, rows, deleted]),
      ]),
    ).toEqual([
      ['alpha', ['ai_usage_daily', 88, 0], ['weekly_metrics', 1, 0]],
      ['beta', ['ai_usage_daily', 88, 0], ['weekly_metrics', 1, 0]],
    ]);
    expect(await countUsage()).toBe(200);
    expect(await readAudit(scene.sql, alpha)).toEqual([]);
    const text = renderRetention(summary);
    expect(text).toContain('ai_usage_daily_2025_06');
    expect(text).toMatch(/alpha +│ ai_usage_daily +│ 2025-07-15 +│ 88 +│ 2025-06-01 +│ 2025-07-14/);
    expect(text).toContain('1 2025-06-01 COPILOT');
    expect(text).toContain('Nothing was removed: this was a dry run.');
  });

  it('drops the months and deletes the rest; a second run finds nothing', async () => {
    const summary = await retain();
    expect(summary.partitions).toMatchObject([{ rows: 120, outcome: 'DROPPED' }]);
    expect(summary.teams.flatMap(({ tables }) => tables.map(({ deleted }) => deleted))).toEqual([
      28, 0, 0, 0, 1, 28, 0, 0, 0, 1,
    ]);
    expect(await countUsage()).toBe(24);
    const again = await retain();
    expect(renderRetention(again)).toBe('Nothing is older than the teams keep it.\n');
    expect(await readAudit(scene.sql, beta)).toHaveLength(3);
  });

  it('for one team leaves the months and the other teams alone', async () => {
    const summary = await retain({ teamSlug: 'beta', days: 30, kind: 'AI_USAGE' });
    expect(summary.partitions).toEqual([]);
    expect(summary.teams.map(({ slug }) => slug)).toEqual(['beta']);
    expect(await countUsage()).toBe(100);
    await expect(retain({ teamSlug: 'gamma' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(retain({ teamSlug: 'beta' }, false)).rejects.toThrow(/DATABASE_DIRECT_URL/);
  });

  it('without the owner’s connection deletes the rows of whole months and says so', async () => {
    const summary = await retain({}, false);
    expect(summary.skipped).toEqual([expect.stringMatching(/DATABASE_DIRECT_URL/)]);
    expect(await countUsage()).toBe(24);
  });

  it('refuses days out of bounds before it removes anything, and stops when it is interrupted', async () => {
    await expect(retain({ days: 29 })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(retain({ signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    expect(await countUsage()).toBe(200);
  });

  it('tells when VACUUM pays', async () => {
    await scene.sql.query('DELETE FROM ai_usage_daily');
    await addUsage(scene.sql, alpha, { from: '2025-07-01', to: '2025-07-14', members: 800 });
    const text = renderRetention(await retain());
    expect(text).toContain('11,200 rows went from ai_usage_daily');
    expect(text).toContain('VACUUM (ANALYZE) ai_usage_daily');
    expect(
      await readNumber(
        scene.sql,
        `SELECT reltuples FROM pg_class WHERE relname = 'ai_usage_daily'`,
      ),
    ).toBe(0);
  });
});

describe('usage that no rollup has counted yet', () => {
  const request = { days: null, kind: null, requestedBy: null };
  const member = 900n;

  beforeEach(async () => {
    await scene.sql.query(
      `INSERT INTO member (team_id, id, github_id, login, kind, kind_rule, is_external)
      VALUES ($1, $2, 900, 'ana', 'HUMAN', 'test', false)`,
      [alpha, member],
    );
    const rows = ['2025-06-03', '2025-06-30', '2025-07-05'].map((date, index) => ({
      login: 'ana',
      date,
      suggestionsShown: 7 + index,
    }));
    await createWriteSource(scene.db).inTeam(alpha, 1n, (tx) =>
      importAiUsage(tx, {
        teamId: alpha,
        source: 'CLAUDE_CODE',
        rows,
        dryRun: false,
        skipBad: false,
        now: NOW,
      }),
    );
  });

  async function counted(): Promise<unknown[]> {
    const { rows } = await scene.sql.query<{ week: string; shown: number }>(
      `SELECT week_start::text AS week, ai_suggestions_shown::integer AS shown FROM weekly_metrics
      WHERE team_id = $1 AND member_id = $2 ORDER BY 1`,
      [alpha, member],
    );
    return rows.map(({ week, shown }) => [week, shown]);
  }

  const WEEKS = [
    ['2025-06-02', 7],
    ['2025-06-30', 17],
  ];

  const activities = () =>
    createRetentionActivities({
      db: scene.db,
      directUrl: scene.database.maintenanceUrl,
      now: () => NOW,
    });

  const deleteUsage = () =>
    activities().deleteExpiredRows({
      teamId: String(alpha),
      table: 'ai_usage_daily',
      cutoff: '2025-07-15',
      requestedBy: null,
    });

  it('is counted by the command before it goes', async () => {
    await retain();
    expect(await countUsage()).toBe(24);
    expect(await counted()).toEqual(WEEKS);
  });

  it('is counted by the activities before it goes, also when only rows are deleted', async () => {
    expect(await activities().rollUpTeams({ after: '0' })).toEqual({ next: null });
    expect(await counted()).toEqual(WEEKS);
    await scene.sql.query('DELETE FROM weekly_metrics WHERE member_id = $1', [member]);
    await scene.sql.query(
      `INSERT INTO rollup_dirty (team_id, week_start, member_id, generation)
      SELECT id, week::date, $2, rollup_generation FROM team, unnest(ARRAY['2025-06-02', '2025-06-30']) AS week
      WHERE id = $1`,
      [alpha, member],
    );
    expect(await deleteUsage()).toEqual({ rows: 91, more: false, isWaiting: false });
    expect(await counted()).toEqual(WEEKS);
  });

  it('stays while its weeks wait for a rebuild: the month, and the rows of that team alone', async () => {
    await scene.sql.query(`UPDATE team SET rollup_definition = 'v0' WHERE id = $1`, [alpha]);
    expect(await activities().dropExpiredPartitions(request)).toMatchObject({
      dropped: [],
      skipped: expect.stringContaining('ai_usage_daily_2025_06') as string,
    });
    expect(await deleteUsage()).toEqual({ rows: 0, more: false, isWaiting: true });
    const summary = await retain();
    expect(summary.partitions).toMatchObject([{ outcome: 'WAITING' }]);
    expect(summary.skipped).toEqual([
      expect.stringMatching(/^ai_usage_daily_2025_06 stays/) as string,
      expect.stringMatching(/^AI usage of alpha stays/) as string,
    ]);
    // All of alpha's, and what beta keeps.
    expect(await countUsage()).toBe(103 + 12);
    const kept = await scene.sql.query(
      'SELECT ai_usage_retained_from AS "from" FROM team WHERE id = $1',
      [alpha],
    );
    expect(kept.rows).toEqual([{ from: null }]);
    await scene.sql.query(`UPDATE team SET rollup_definition = 'v1' WHERE id = $1`, [alpha]);
    expect((await retain()).skipped).toEqual([]);
    expect(await countUsage()).toBe(24);
    expect(await counted()).toEqual(WEEKS);
  });
});

describe('every activity of retention', () => {
  /** All that the activities may change. */
  async function dump(): Promise<unknown> {
    const { rows } = await scene.sql.query(
      `SELECT (SELECT json_agg(u ORDER BY u.team_id, u.date, u.member_id) FROM ai_usage_daily u) AS usage,
        (SELECT json_agg(w ORDER BY w.team_id) FROM weekly_metrics w) AS weeks,
        (SELECT json_agg(a ORDER BY a.id) FROM admin_audit a) AS audit,
        (SELECT json_agg(t ORDER BY t.id) FROM team t) AS teams,
        (SELECT json_agg(i.inhrelid::regclass ORDER BY i.inhrelid) FROM pg_inherits i) AS partitions`,
    );
    return rows;
  }

  it('leaves the same when it runs twice', async () => {
    const activities = createRetentionActivities({
      db: scene.db,
      directUrl: scene.database.maintenanceUrl,
      now: () => NOW,
    });
    const request = { days: null, kind: null, requestedBy: null };
    const cutoff = '2025-07-15';
    const runs: { [Name in keyof RetentionActivities]: () => Promise<unknown> } = {
      rollUpTeams: () => activities.rollUpTeams({ after: '0' }),
      planRetention: () => activities.planRetention({ ...request, teamId: null, after: '0' }),
      dropExpiredPartitions: () => activities.dropExpiredPartitions(request),
      deleteExpiredRows: () =>
        activities.deleteExpiredRows({
          teamId: String(alpha),
          table: 'ai_usage_daily',
          cutoff,
          requestedBy: null,
        }),
      refreshStatistics: () => activities.refreshStatistics({ tables: ['ai_usage_daily'] }),
      ensureUsagePartitions: () => activities.ensureUsagePartitions({}),
      deleteOldWebhooks: () => activities.deleteOldWebhooks({ after: '0' }),
      countOrphans: () => activities.countOrphans({}),
    };
    let changed = 0;
    let before = JSON.stringify(await dump());
    for (const run of Object.values(runs)) {
      await run();
      const once = JSON.stringify(await dump());
      await run();
      expect(JSON.stringify(await dump())).toBe(once);
      changed += once === before ? 0 : 1;
      before = once;
    }
    // Dropping, deleting and making partitions change something; the rest only looks.
    expect(changed).toBe(3);
    await expect(
      activities.deleteExpiredRows({
        teamId: String(alpha),
        table: 'pull_request',
        cutoff,
        requestedBy: null,
      }),
    ).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});

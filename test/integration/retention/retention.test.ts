import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFINITION_VERSION } from '../../../src/domain/rollups/definition-version.ts';
import { createRetentionActivities } from '../../../src/activities/retention/retention.ts';
import { renderResult } from '../../../src/cli/retention/retention-table.ts';
import {
  toRetentionStart,
  type ApplyRetentionResult,
  type RetentionActivities,
} from '../../../src/contracts/retention.ts';
import { createWriteSource } from '../../../src/db/core/write-source.ts';
import { importAiUsage } from '../../../src/db/usage/ai-usage-import.ts';
import { runToEnd } from '../../../src/runtime/temporal/run-workflow.ts';
import { PATIENT } from '../../support/patience.ts';
import { createStubActivities } from '../../support/stubs/stub-workers.ts';
import { askTemporal, openWorkflowWorld } from '../../support/worlds/workflow-world.ts';
import { addTeam, openScene, readNumber, type Scene } from '../db/scene.ts';
import { addUsage, addWeek, readAudit } from '../db/usage/usage-rows.ts';

/** 365 days before: 2025-07-15; 60 days before: 2026-05-16. */
const NOW = new Date('2026-07-15T12:00:00Z');

const world = openWorkflowWorld();

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

const activities = (hasOwner = true): RetentionActivities =>
  createRetentionActivities({
    db: scene.db,
    directUrl: hasOwner ? scene.database.maintenanceUrl : null,
    now: () => NOW,
  });

const EVERYTHING = { teamId: null, days: null, kind: null, requestedBy: null };

/** Runs retention as the command does, on a worker with the real activities. */
async function retain(
  request: Partial<Parameters<typeof toRetentionStart>[0]> = {},
): Promise<ApplyRetentionResult> {
  const start = toRetentionStart({ ...EVERYTHING, ...request });
  const { result, joined } = await runToEnd<ApplyRetentionResult>(
    askTemporal(world.temporal),
    null,
    start,
    {
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...PATIENT.temporal,
    },
  );
  expect(joined).toBe(false);
  return result;
}

const work = (hasOwner = true): Promise<void> =>
  world.work({ sync: createStubActivities().sync, compute: activities(hasOwner) });

const countUsage = (): Promise<number> =>
  readNumber(scene.sql, 'SELECT count(*) FROM ai_usage_daily');

describe('throughline retention', () => {
  it('drops the months and deletes the rest; a second run finds nothing', async () => {
    await work();
    const result = await retain();
    expect(result).toEqual({
      teams: 2,
      rowsDeleted: 120 + 56 + 2,
      rowsByTable: { ai_usage_daily: 56, weekly_metrics: 2 },
      partitionsDropped: ['ai_usage_daily_2025_06'],
      partitionsBusy: [],
      teamsWaiting: 0,
      skipped: [],
    });
    expect(renderResult(result, false)).toMatch(
      /^Months of AI usage that were dropped: ai_usage_daily_2025_06\.\n[^]*ai_usage_daily +│ 56 [^]*weekly_metrics +│ 2 /,
    );
    expect(await countUsage()).toBe(24);
    expect(renderResult(await retain(), false)).toBe('Nothing is older than the teams keep it.\n');
    for (const teamId of [alpha, beta]) {
      expect(await readAudit(scene.sql, teamId)).toMatchObject([
        { table: 'ai_usage_daily', partition: 'ai_usage_daily_2025_06', rows: 60 },
        { table: 'ai_usage_daily', rows: 28 },
        { table: 'weekly_metrics', rows: 1 },
      ]);
    }
  });

  it('for one team leaves the months and the other teams alone', async () => {
    await work();
    const result = await retain({ teamId: String(beta), days: 30, kind: 'AI_USAGE' });
    expect(result).toMatchObject({ teams: 1, partitionsDropped: [] });
    expect(result.rowsByTable).toEqual({ ai_usage_daily: 100 });
    expect(await countUsage()).toBe(100);
  });

  it('without the owner’s connection deletes the rows of whole months and says so', async () => {
    await work(false);
    const result = await retain();
    expect(result.skipped).toEqual([expect.stringMatching(/DATABASE_DIRECT_URL/)]);
    expect(renderResult(result, false)).toContain('DATABASE_DIRECT_URL');
    expect(await countUsage()).toBe(24);
  });

  it('tells when VACUUM pays', async () => {
    await scene.sql.query('DELETE FROM ai_usage_daily');
    await addUsage(scene.sql, alpha, { from: '2025-07-01', to: '2025-07-14', members: 800 });
    await work();
    const text = renderResult(await retain(), false);
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

  const deleteUsage = () =>
    activities().deleteExpiredRows({
      teamId: String(alpha),
      table: 'ai_usage_daily',
      cutoff: '2025-07-15',
      requestedBy: null,
    });

  it('is counted by the workflow before it goes', async () => {
    await work();
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
    await work();
    const result = await retain();
    expect(result).toMatchObject({ partitionsDropped: [], teamsWaiting: 1 });
    expect(result.skipped).toEqual([
      expect.stringMatching(/^ai_usage_daily_2025_06: .* stays until the next run/) as string,
    ]);
    expect(renderResult(result, false)).toMatch(/^AI usage of 1 team\(s\) stays: /m);
    // All of alpha's, and what beta keeps.
    expect(await countUsage()).toBe(103 + 12);
    const kept = await scene.sql.query(
      'SELECT ai_usage_retained_from AS "from" FROM team WHERE id = $1',
      [alpha],
    );
    expect(kept.rows).toEqual([{ from: null }]);
    await scene.sql.query(`UPDATE team SET rollup_definition = $2 WHERE id = $1`, [
      alpha,
      DEFINITION_VERSION,
    ]);
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
    const retention = activities();
    const request = { days: null, kind: null, requestedBy: null };
    const cutoff = '2025-07-15';
    const runs: { [Name in keyof RetentionActivities]: () => Promise<unknown> } = {
      rollUpTeams: () => retention.rollUpTeams({ after: '0' }),
      planRetention: () => retention.planRetention({ ...request, teamId: null, after: '0' }),
      dropExpiredPartitions: () => retention.dropExpiredPartitions(request),
      deleteExpiredRows: () =>
        retention.deleteExpiredRows({
          teamId: String(alpha),
          table: 'ai_usage_daily',
          cutoff,
          requestedBy: null,
        }),
      refreshStatistics: () => retention.refreshStatistics({ tables: ['ai_usage_daily'] }),
      ensureUsagePartitions: () => retention.ensureUsagePartitions({}),
      deleteOldLogs: () => retention.deleteOldLogs({ after: '0' }),
      countOrphans: () => retention.countOrphans({}),
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
      retention.deleteExpiredRows({
        teamId: String(alpha),
        table: 'pull_request',
        cutoff,
        requestedBy: null,
      }),
    ).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});

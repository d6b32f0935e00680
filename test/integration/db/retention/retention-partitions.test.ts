import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withDirectConnection } from '../../../../src/db/core/direct-connection.ts';
import {
  dropExpiredPartitions,
  planPartitionDrops,
  type DroppedPartition,
} from '../../../../src/db/retention/retention-partitions.ts';
import { ensureUsagePartitions } from '../../../../src/db/usage/usage-partitions.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { addTeam, beginWork, openScene, readNumber, until, type Scene } from '../scene.ts';
import { addUsage, readAudit } from '../usage/usage-rows.ts';
import { NEVER_MS } from '../../../support/patience.ts';

/** 90 days before: 2026-03-02. 60 days before: 2026-04-01. */
const NOW = new Date('2026-05-31T12:00:00Z');

let scene: Scene;
let short: bigint;
let long: bigint;

/** February and March, of a team that keeps 60 days and of one that keeps 90. */
beforeEach(async () => {
  scene = await openScene();
  short = (await addTeam(scene.sql, 'short')).teamId;
  long = (await addTeam(scene.sql, 'long')).teamId;
  await scene.sql.query(
    `UPDATE team SET ai_usage_retention_days = CASE slug WHEN 'short' THEN 60 ELSE 90 END`,
  );
  await addUsage(scene.sql, short, { from: '2026-02-01', to: '2026-03-31', members: 2 });
  await addUsage(scene.sql, long, { from: '2026-02-01', to: '2026-03-31', members: 3 });
});

afterEach(async () => {
  await scene.close();
});

function drop(
  options: { now?: Date; days?: number; lockTimeoutMs?: number; signal?: AbortSignal } = {},
): Promise<readonly DroppedPartition[]> {
  return dropExpiredPartitions(scene.database.maintenanceUrl, {
    now: NOW,
    days: null,
    lockTimeoutMs: NEVER_MS,
    actorId: null,
    ...options,
  });
}

function plan(days: number | null = null) {
  return planPartitionDrops(scene.database.maintenanceUrl, { now: NOW, days });
}

/** Names of the partitions that belong to the table, and of those that stand apart. */
async function partitions(): Promise<Record<string, string>> {
  const { rows } = await scene.sql.query<{ name: string; state: string }>(
    `SELECT right(c.relname, 7) AS name, CASE WHEN i.inhrelid IS NULL THEN 'apart'
      WHEN i.inhdetachpending THEN 'leaving' ELSE 'attached' END AS state
    FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
    WHERE c.relnamespace = 'partitions'::regnamespace AND c.relkind = 'r' ORDER BY 1`,
  );
  return Object.fromEntries(rows.map(({ name, state }) => [name, state]));
}

function countUsage(teamId: bigint): Promise<number> {
  return withTeam(scene.db, teamId, (tx) => tx.aiUsageDaily.count());
}

const FEBRUARY = {
  partition: 'ai_usage_daily_2026_02',
  table: 'ai_usage_daily',
  cutoff: '2026-03-01',
};

describe('a month of AI usage', () => {
  it('is dropped once it is older than the longest setting of all teams, each team’s rows audited once', async () => {
    expect(await plan()).toEqual([
      {
        name: 'ai_usage_daily_2026_02',
        from: '2026-02-01',
        until: '2026-03-01',
        rows: 140,
        bytes: expect.any(Number) as number,
        state: 'ATTACHED',
      },
    ]);
    expect(await drop()).toMatchObject([
      { name: 'ai_usage_daily_2026_02', rows: 140, outcome: 'DROPPED' },
    ]);
    expect(await partitions()).toEqual({ '2026_03': 'attached' });
    // March is older than what the first team keeps, but not than what the second does.
    expect([await countUsage(short), await countUsage(long)]).toEqual([62, 93]);
    expect(await drop()).toEqual([]);
    expect(await readAudit(scene.sql, short)).toEqual([{ ...FEBRUARY, rows: 56 }]);
    expect(await readAudit(scene.sql, long)).toEqual([{ ...FEBRUARY, rows: 84 }]);
    const kept = await scene.sql.query(`SELECT ai_usage_retained_from::text AS "from" FROM team`);
    expect(kept.rows).toEqual([{ from: '2026-03-01' }, { from: '2026-03-01' }]);
  });

  it('stays whole while a week of it is not rolled up, and tells no rollup that its days are gone', async () => {
    await scene.sql.query(
      `INSERT INTO rollup_dirty (team_id, week_start, generation) VALUES ($1, '2026-02-23', 1)`,
      [short],
    );
    expect(await drop()).toMatchObject([{ name: 'ai_usage_daily_2026_02', outcome: 'WAITING' }]);
    expect(await countUsage(short)).toBe(118);
    const kept = await scene.sql.query('SELECT FROM team WHERE ai_usage_retained_from IS NOT NULL');
    expect(kept.rows).toEqual([]);
    await scene.sql.query(`UPDATE rollup_dirty SET week_start = '2026-03-02'`);
    expect(await drop()).toMatchObject([{ outcome: 'DROPPED' }]);
  });

  it('stays while its last day is exactly as old as the setting', async () => {
    expect(await drop({ now: new Date('2026-05-29T23:59:59Z') })).toEqual([]);
    expect(await drop({ now: new Date('2026-05-30T00:00:00Z') })).toMatchObject([
      { outcome: 'DROPPED' },
    ]);
  });

  it('goes with other days when they are given, and never with less than 30', async () => {
    await expect(drop({ days: 29 })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect((await plan(60)).map(({ rows }) => rows)).toEqual([140, 155]);
    expect(await drop({ days: 60 })).toHaveLength(2);
    expect(await partitions()).toEqual({});
  });

  it('is left alone when the run is cancelled before it', async () => {
    expect(await drop({ signal: AbortSignal.abort() })).toEqual([]);
    expect(await partitions()).toEqual({ '2026_02': 'attached', '2026_03': 'attached' });
  });

  it('is not taken by two runs at once', async () => {
    await withDirectConnection(scene.database.maintenanceUrl, async (other) => {
      await other.query(`SELECT pg_advisory_lock(hashtextextended('throughline:retention', 0))`);
      await expect(drop({ lockTimeoutMs: 200 })).rejects.toMatchObject({ code: 'OVERLOADED' });
    });
    expect(await drop()).toHaveLength(1);
  });
});

describe('a reader with a long transaction', () => {
  it('is not disturbed: the month is left half removed, and the next run removes it', async () => {
    const reader = await beginWork(scene.db, long, (tx) => tx.aiUsageDaily.count());
    expect(await drop({ days: 60, lockTimeoutMs: 200 })).toMatchObject([
      { name: 'ai_usage_daily_2026_02', outcome: 'BUSY' },
      { name: 'ai_usage_daily_2026_03', outcome: 'BUSY' },
    ]);
    expect(await partitions()).toEqual({ '2026_02': 'leaving', '2026_03': 'attached' });
    expect((await plan(60)).map(({ state }) => state)).toEqual(['LEAVING', 'ATTACHED']);
    // Still held: it waits, gives up and has lost nothing.
    expect(await drop({ days: 60, lockTimeoutMs: 200 })).toMatchObject([
      { outcome: 'BUSY' },
      { outcome: 'BUSY' },
    ]);
    expect(await readAudit(scene.sql, long)).toEqual([]);
    await reader.commit();
    expect(await drop({ days: 60 })).toMatchObject([
      { name: 'ai_usage_daily_2026_02', rows: 140, outcome: 'DROPPED' },
      { name: 'ai_usage_daily_2026_03', rows: 155, outcome: 'DROPPED' },
    ]);
    expect(await readAudit(scene.sql, long)).toHaveLength(2);
  });
});

describe('a run that is killed', () => {
  /** Kills the backend that removes partitions, once it waits for the reader. */
  async function killDetach(): Promise<void> {
    const reader = await beginWork(scene.db, long, (tx) => tx.aiUsageDaily.count());
    const run = drop().catch((error: unknown) => error);
    await until(async () => {
      const { rows } = await scene.sql.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE '%DETACH PARTITION%CONCURRENTLY%'
          AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()`,
      );
      return rows.length === 1;
    });
    expect(await run).toBeInstanceOf(Error);
    await reader.commit();
  }

  it('while it detaches is finished by the next one', async () => {
    await killDetach();
    expect(await partitions()).toEqual({ '2026_02': 'leaving', '2026_03': 'attached' });
    expect(await drop()).toMatchObject([{ rows: 140, outcome: 'DROPPED' }]);
    expect(await partitions()).toEqual({ '2026_03': 'attached' });
    expect(await readAudit(scene.sql, short)).toEqual([{ ...FEBRUARY, rows: 56 }]);
  });

  it('while it detaches gives the month back when a team now keeps it longer', async () => {
    await killDetach();
    await scene.sql.query('UPDATE team SET ai_usage_retention_days = 365');
    expect(await drop()).toMatchObject([{ name: 'ai_usage_daily_2026_02', outcome: 'RETAINED' }]);
    expect(await partitions()).toEqual({ '2026_02': 'attached', '2026_03': 'attached' });
    expect(await countUsage(long)).toBe(177);
    expect(await readAudit(scene.sql, long)).toEqual([]);
  });

  it('between detach and drop is finished by the next one, and a writer can take the month back', async () => {
    const detach = () =>
      withDirectConnection(scene.database.maintenanceUrl, (connection) =>
        connection.query(
          'ALTER TABLE ai_usage_daily DETACH PARTITION partitions.ai_usage_daily_2026_02 CONCURRENTLY',
        ),
      );
    await detach();
    expect(await countUsage(short)).toBe(62);
    await ensureUsagePartitions(scene.db, ['2026-02-10']);
    expect(await countUsage(short)).toBe(118);
    await detach();
    expect(await partitions()).toEqual({ '2026_02': 'apart', '2026_03': 'attached' });
    expect(await drop()).toMatchObject([{ rows: 140, outcome: 'DROPPED' }]);
    expect(await readAudit(scene.sql, short)).toEqual([{ ...FEBRUARY, rows: 56 }]);
    // A day that old may still be written: its month is made anew.
    await ensureUsagePartitions(scene.db, ['2026-02-10']);
    expect(await partitions()).toEqual({ '2026_02': 'attached', '2026_03': 'attached' });
  });
});

describe('partitions of days', () => {
  it('are made once, together, and none for a day that is absurd', async () => {
    await Promise.all(
      Array.from({ length: 4 }, () =>
        ensureUsagePartitions(scene.db, ['2026-06-30', '2026-07-01', '2026-06-01']),
      ),
    );
    expect(Object.keys(await partitions())).toEqual(['2026_02', '2026_03', '2026_06', '2026_07']);
    for (const day of ['1999-12-31', '2999-01-01', '2026-02-31', 'never']) {
      await expect(ensureUsagePartitions(scene.db, ['2026-08-01', day])).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      });
    }
    expect(Object.keys(await partitions())).toHaveLength(4);
    await ensureUsagePartitions(scene.db, []);
  });

  it('are refused for a moment while retention removes them', async () => {
    const reader = await beginWork(scene.db, long, (tx) => tx.aiUsageDaily.count());
    await drop({ lockTimeoutMs: 200 });
    await expect(ensureUsagePartitions(scene.db, ['2026-02-10'])).rejects.toThrow(
      /is being removed/,
    );
    await reader.commit();
    expect(await readNumber(scene.sql, 'SELECT count(*) FROM ai_usage_daily')).toBe(155);
  });
});

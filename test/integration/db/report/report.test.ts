import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { dumpCatalogue } from '../../../../src/db/schema/catalogue.ts';
import { findDrift } from '../../../../src/db/schema/drift.ts';
import { readDatabaseReport } from '../../../../src/db/report/database-report.ts';
import type { ReportSection } from '../../../../src/db/report/section.ts';
import { addTeam, openScene, type Scene } from '../scene.ts';

const source = { prismaDirectory: join(import.meta.dirname, '../../../../prisma') };
const DAY_MS = 24 * 60 * 60 * 1000;
const NOW = new Date();

let scene: Scene;
let teamId: bigint;

beforeAll(async () => {
  scene = await openScene();
  ({ teamId } = await addTeam(scene.sql, 'alpha'));
  await scene.sql.query(
    `INSERT INTO member (team_id, github_id, login, kind, kind_rule, is_external)
     SELECT $1, g, 'dev-' || g, 'HUMAN', 'seeded', false FROM generate_series(1, 20) g`,
    [teamId],
  );
  await scene.sql.query(
    `SELECT throughline_ensure_usage_partition(day::date) FROM unnest(ARRAY[now(), now() - interval '1 month']) AS day`,
  );
  await scene.sql.query(
    `INSERT INTO ai_usage_daily (team_id, member_id, date, source, synced_at)
     SELECT m.team_id, m.id, current_date - day, 'COPILOT', now() FROM member m CROSS JOIN generate_series(0, 27) day
     WHERE m.team_id = $1`,
    [teamId],
  );
  // Counts of the inserts that come to the statistics after those of ANALYZE would be added to them.
  await scene.sql.query('SELECT pg_stat_force_next_flush()');
  await scene.sql.query('VACUUM (ANALYZE)');
});

afterAll(async () => {
  await scene?.close();
});

async function readSections(
  options: { readonly now?: Date; readonly thorough?: boolean } = {},
): Promise<Record<string, ReportSection>> {
  const report = await readDatabaseReport(scene.database.maintenanceUrl, {
    now: options.now ?? NOW,
    top: 100,
    source: options.thorough === true ? source : null,
  });
  return Object.fromEntries(report.sections.map((section) => [section.key, section]));
}

function findRow(section: ReportSection | undefined, name: string, value: unknown) {
  return section?.rows.find((row) => row[name] === value);
}

describe('the report of the owner of the tables', () => {
  it('sums partitions under their parent, data and indexes', async () => {
    const { sizes, indexes } = await readSections();
    expect(findRow(sizes, 'table', 'ai_usage_daily')).toMatchObject({ partitions: 2, rows: 560 });
    expect(findRow(sizes, 'table', 'member')).toMatchObject({ partitions: null, rows: 20 });
    const { rows } = await scene.sql.query<{ bytes: string }>(
      `SELECT sum(pg_total_relation_size(relid)) AS bytes FROM pg_partition_tree('ai_usage_daily')`,
    );
    const { totalBytes, heapBytes, indexBytes } = findRow(sizes, 'table', 'ai_usage_daily') ?? {};
    expect(totalBytes).toBe(Number(rows[0]?.bytes));
    expect(Number(heapBytes) + Number(indexBytes)).toBe(totalBytes);
    expect(sizes?.rows.some((row) => String(row['table']).includes('20'))).toBe(false);
    expect(findRow(indexes, 'index', 'ai_usage_daily_pkey')?.['bytes']).toBe(indexBytes);
    expect(findRow(indexes, 'table', 'ai_usage_daily')?.['index']).toBe('ai_usage_daily_pkey');
  });

  it('shows the autovacuum settings in force, those of partitions too', async () => {
    const { vacuum } = await readSections();
    const month = `ai_usage_daily_${NOW.toISOString().slice(0, 7).replace('-', '_')}`;
    const usage = findRow(vacuum, 'table', month);
    expect(usage?.['settings']).toBe(
      'analyze_scale_factor 0.005, vacuum_scale_factor 0.01, fillfactor 50',
    );
    // PostgreSQL's threshold of 50, and a hundredth of the rows.
    expect(usage?.['vacuumAt']).toBeCloseTo(50 + Number(usage?.['rows']) * 0.01, 6);
    expect(findRow(vacuum, 'table', 'rollup_dirty')).toMatchObject({ vacuumAt: 1000 });
    expect(findRow(vacuum, 'table', 'member')).toMatchObject({ vacuumAt: 51, dead: 0 });
    expect(findRow(vacuum, 'table', 'sync_run')).toMatchObject({ settings: '', vacuumAt: 50 });
  });

  it('calls an index unused once the statistics are a week old, never a key', async () => {
    const young = await readSections();
    expect(young['indexes']?.findings).toMatchObject([{ severity: 'OK' }]);
    const { indexes } = await readSections({ now: new Date(NOW.getTime() + 8 * DAY_MS) });
    const names = indexes?.findings.map(({ measured }) => measured.split(' ')[1]);
    expect(names).toContain('commit_team_id_authored_at_idx');
    expect(names).not.toContain('commit_pkey');
    expect(names).not.toContain('team_slug_key');
  });

  it('estimates the bloat of indexes although row-level security hides the planner statistics', async () => {
    await scene.sql.query(`INSERT INTO app_user (email, name) VALUES ('a@example.test', 'A')`);
    await scene.sql.query('SELECT pg_stat_force_next_flush()');
    const { indexBloat } = await readSections();
    // Its rows came after the last ANALYZE: nothing is known of them.
    expect(findRow(indexBloat, 'index', 'app_user_email_key')).toMatchObject({ packedBytes: null });
    const login = findRow(indexBloat, 'index', 'member_team_id_login_id_idx');
    expect(login).toMatchObject({ bytes: 16_384, packedBytes: 16_384, bloatShare: 0 });
  });

  it('lays growth beside the plan', async () => {
    const { growth } = await readSections();
    // 20 members with 28 rows each in 30 days.
    expect(growth?.rows[0]).toEqual({
      what: 'AI usage, rows a year',
      measured: '6,813',
      planned: '14,600',
    });
    const measured = growth?.findings.map((finding) => finding.measured).join('\n');
    expect(measured).toContain('Server tier 1 is meant for 1 team(s) and 0 pull requests');
    expect(measured).toContain('The scaling tier of 1 team(s) is MVP');
  });

  it('says which partitions are missing ahead of time, until they are there', async () => {
    const before = await readSections();
    expect(before['partitions']?.rows.map((row) => row['state'])).toEqual([
      'there',
      'missing',
      'missing',
      'missing',
    ]);
    await scene.sql.query(
      `SELECT throughline_ensure_usage_partition((date_trunc('month', now()) + n * interval '1 month')::date)
       FROM generate_series(1, 3) n`,
    );
    const { partitions } = await readSections();
    expect(partitions?.findings).toMatchObject([{ severity: 'OK' }]);
  });

  it('sees what sessions of other roles do', async () => {
    const session = new pg.Client({
      connectionString: scene.database.applicationUrl,
      application_name: 'a worker',
    });
    await session.connect();
    onTestFinished(() => session.end());
    await session.query(`BEGIN; SELECT 'who\n holds' AS this`);
    const { connections, transactions } = await readSections();
    expect(findRow(connections, 'application', 'a worker')).toMatchObject({
      role: 'throughline_application',
      state: 'idle in transaction',
      connections: 1,
    });
    expect(findRow(transactions, 'application', 'a worker')).toMatchObject({
      statement: `BEGIN; SELECT 'who holds' AS this`,
    });
    expect(connections?.findings).toHaveLength(1);
  });

  it('looks for orphans and drift when it is asked to', async () => {
    const before = await readSections({ thorough: true });
    expect(before['orphans']?.findings).toMatchObject([{ severity: 'OK' }]);
    expect(before['migrations']?.findings).toMatchObject([{ severity: 'OK' }]);
    await scene.sql.query(
      `INSERT INTO pull_request_label (team_id, label, pull_request_id) VALUES ($1, 'lost', 4711)`,
      [teamId],
    );
    const { orphans } = await readSections({ thorough: true });
    expect(orphans?.findings).toMatchObject([
      {
        severity: 'ACT',
        measured: expect.stringMatching(
          /^1 rows of pull_request_label name a row that is not there/,
        ),
      },
    ]);
  });

  it('shows the slowest statements once a superuser has created pg_stat_statements, which is no drift', async () => {
    const before = await readSections();
    expect(before['statements']).toMatchObject({ rows: [], total: 0 });
    expect(before['statements']?.findings[0]?.measured).toContain('lacks pg_stat_statements');
    const catalogue = await dumpCatalogue(scene.database.maintenanceUrl);
    await scene.sql.query('CREATE EXTENSION pg_stat_statements');
    await scene.sql.query(`SELECT 'is\n  seen' AS statement, pg_sleep(0.05)`);
    const { statements } = await readSections();
    const seen = statements?.rows.find((row) => String(row['statement']).includes('pg_sleep'));
    expect(seen).toMatchObject({ statement: 'SELECT $1 AS statement, pg_sleep($2)', calls: 1 });
    expect(seen?.['meanMs']).toBeGreaterThanOrEqual(50);
    expect(await dumpCatalogue(scene.database.maintenanceUrl)).toBe(catalogue);
    expect(await findDrift(scene.database.maintenanceUrl, source)).toEqual([]);
  });
});

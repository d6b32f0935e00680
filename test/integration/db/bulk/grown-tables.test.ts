import { afterAll, beforeAll, expect, it } from 'vitest';
import { analyzeGrownTables } from '../../../../src/db/bulk/grown-tables.ts';
import { withDirectConnection } from '../../../../src/db/core/direct-connection.ts';
import { aCommit, aPullRequest } from '../../../support/rows/facts.ts';
import { withDatabase } from '../../../support/postgres/postgres.ts';
import { addTeam, openScene, type Scene } from '../scene.ts';
import { store } from '../stored-rows.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

/** Rows that the planner believes to be there; -1 before the first look. */
async function believed(table: string): Promise<number> {
  const { rows } = await scene.sql.query<{ reltuples: number }>(
    'SELECT reltuples FROM pg_class WHERE oid = $1::regclass',
    [table],
  );
  return rows[0]?.reltuples ?? Number.NaN;
}

it('tells the planner of tables that have grown, once each time they have', async () => {
  const team = await addTeam(scene.sql, 'grows');
  const some = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) =>
      aPullRequest({ number: from + index, commits: [aCommit()] }),
    );
  await store(scene.db, team, some(1, 2));
  expect(await analyzeGrownTables(scene.db)).toBe(0);
  expect(await believed('pull_request')).toBe(-1);

  await store(scene.db, team, some(2, 202));
  expect(await analyzeGrownTables(scene.db)).toBeGreaterThan(1);
  expect([await believed('pull_request'), await believed('commit')]).toEqual([201, 201]);
  expect(await analyzeGrownTables(scene.db)).toBe(0);

  await store(scene.db, team, some(202, 1_202));
  expect(await analyzeGrownTables(scene.db)).toBeGreaterThan(1);
  expect([await believed('pull_request'), await believed('commit')]).toEqual([1_201, 1_201]);
});

it('looks at no long text, and leaves the table due for autovacuum, which does', async () => {
  const { rows: seen } = await scene.sql.query<{ name: string }>(
    `SELECT attname AS name FROM pg_stats WHERE tablename = 'pull_request'`,
  );
  const names = seen.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['team_id', 'repository_id', 'merged_at']));
  expect(names).toContain('head_branch');
  // What queries ask for by a word: without it one pull request of 200 is expected to be tracked, where all are.
  expect(names).toEqual(expect.arrayContaining(['state', 'base_kind']));
  const { rows: plans } = await scene.sql.query<{
    'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }];
  }>(`EXPLAIN (FORMAT JSON) SELECT FROM pull_request WHERE base_kind = 'TRACKED'`);
  expect(plans[0]?.['QUERY PLAN'][0].Plan['Plan Rows']).toBeGreaterThan(1_000);
  expect(names.filter((name) => ['title', 'body', 'url'].includes(name))).toEqual([]);
  await expect
    .poll(async () => {
      const { rows } = await scene.sql.query<{ changed: string }>(
        `SELECT n_mod_since_analyze AS changed FROM pg_stat_user_tables WHERE relname = 'pull_request'`,
      );
      return Number(rows[0]?.changed);
    })
    .toBeGreaterThan(1_000);
});

it('is for the application only', async () => {
  const asReader = withDatabase(
    scene.database.applicationUrl,
    new URL(scene.database.applicationUrl).pathname.slice(1),
    'throughline_reader',
  );
  await expect(
    withDirectConnection(asReader, (sql) => sql.query('SELECT throughline_analyze_grown()')),
  ).rejects.toThrow('permission denied for function throughline_analyze_grown');
});

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dumpCatalogue } from '../../../../src/db/schema/catalogue.ts';
import { withDirectConnection } from '../../../../src/db/core/direct-connection.ts';
import { findDrift } from '../../../../src/db/schema/drift.ts';
import { createTestDatabase, type TestDatabase } from '../../../support/postgres/postgres.ts';

const PROJECT = join(import.meta.dirname, '../../../..');
const source = { prismaDirectory: join(PROJECT, 'prisma') };

/** Tables that do not belong to one team. A new one is a decision, so it is named here. */
const SHARED_TABLES = [
  '_prisma_migrations',
  'access_token',
  'app_user',
  'github_quota',
  'github_spend',
  'installation',
  'instance_audit',
  'team',
];

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
});

function query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) {
  return withDirectConnection(database.superuserUrl, async (connection) => {
    const { rows } = await connection.query<Row>(text, values);
    return rows;
  });
}

describe('the catalogue', () => {
  it('of a migrated database equals the golden copy (npm run db:catalogue writes it anew)', async () => {
    const catalogue = await dumpCatalogue(database.maintenanceUrl);
    expect(catalogue.split('\n').length).toBeGreaterThan(400);
    await expect(catalogue).toMatchFileSnapshot(join(source.prismaDirectory, 'catalogue.txt'));
  });

  it('reads the same to every role, and does not list partitions', async () => {
    await query(`SELECT throughline_ensure_usage_partition(date '2026-03-04')`);
    const catalogue = await dumpCatalogue(database.maintenanceUrl);
    expect(await dumpCatalogue(database.applicationUrl)).toBe(catalogue);
    expect(catalogue).not.toContain('2026_03');
    expect(await findDrift(database.maintenanceUrl, source)).toEqual([]);
  });
});

describe('a tenant table', () => {
  it('is every table but the few that are shared', async () => {
    const tables = await query<{ name: string; tenant: boolean }>(`
      SELECT c.relname AS name,
        EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'team_id') AS tenant
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      ORDER BY c.relname COLLATE "C"`);
    const shared = tables.filter(({ tenant }) => !tenant).map(({ name }) => name);
    expect(shared).toEqual(SHARED_TABLES);
    expect(tables.length - shared.length).toBeGreaterThanOrEqual(15);
  });

  it('begins its primary key and every unique key with team_id', async () => {
    const keys = await query<{ table: string; key: string; first: string }>(`
      SELECT i.indrelid::regclass::text AS table, i.indexrelid::regclass::text AS key, a.attname AS first
      FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
      JOIN pg_class c ON c.oid = i.indrelid
      WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique
        AND EXISTS (SELECT 1 FROM pg_attribute t WHERE t.attrelid = i.indrelid AND t.attname = 'team_id')`);
    expect(new Set(keys.map(({ table }) => table)).size).toBeGreaterThanOrEqual(15);
    expect(keys.filter(({ first }) => first !== 'team_id')).toEqual([]);
  });

  it('has forced row-level security and a policy for the application on its team', async () => {
    const tables = await query<{
      name: string;
      forced: boolean;
      policy: string | null;
      others: string[];
    }>(`
      SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced,
        (SELECT p.qual || ' / ' || p.with_check FROM pg_policies p
          WHERE p.policyname = c.relname || '_team' AND 'throughline_application' = ANY (p.roles)) AS policy,
        ARRAY(SELECT p.policyname || ' for ' || p.cmd FROM pg_policies p WHERE p.tablename = c.relname
          AND p.policyname <> c.relname || '_team' AND 'throughline_application' = ANY (p.roles)) AS others
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'team_id')`);
    const setting = `SELECT (NULLIF(current_setting('app.team_ids'::text, true), ''::text))::bigint[] AS "nullif"`;
    const expression = `(team_id = ANY (( ${setting})::bigint[]))`;
    expect(tables.length).toBeGreaterThanOrEqual(15);
    expect(
      tables.filter(({ forced, policy }) => !forced || policy !== `${expression} / ${expression}`),
    ).toEqual([]);
    // Operators see who may use a team, and nothing else of it.
    expect(tables.flatMap(({ others }) => others)).toEqual(['membership_operator for SELECT']);
  });

  it('is never emptied of its team by a foreign key: all of them restrict', async () => {
    const actions = await query<{ key: string; action: string }>(`
      SELECT conname AS key, confdeltype AS action FROM pg_constraint
      WHERE contype = 'f' AND connamespace = 'public'::regnamespace`);
    expect(actions.length).toBeGreaterThan(15);
    expect(actions.filter(({ action }) => action !== 'r')).toEqual([]);
  });
});

describe('an index', () => {
  it('that is no key names a statement of ours that needs it', async () => {
    const indexes = await query<{ index: string; comment: string | null }>(`
      SELECT i.indexrelid::regclass::text AS index, obj_description(i.indexrelid, 'pg_class') AS comment
      FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
      WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisunique`);
    expect(indexes.length).toBeGreaterThan(10);
    for (const { index, comment } of indexes) {
      const [, name, path] = /^(\w+) \((src\/db\/[\w/.-]+)\): \S/.exec(comment ?? '') ?? [];
      expect(path, `${index}: ${comment}`).toBeDefined();
      const text = await readFile(join(PROJECT, path ?? ''), 'utf8');
      expect(text, index).toMatch(new RegExp(`export (async )?(const|function) ${name}\\b`));
    }
  });
});

describe('the application role', () => {
  it('owns nothing, bypasses nothing and has no right on partitions', async () => {
    const [rights] = await query<Record<string, unknown>>(`
      SELECT r.rolsuper, r.rolbypassrls, r.rolcreaterole,
        (SELECT count(*)::int FROM pg_class c WHERE c.relowner = r.oid) AS owned,
        has_schema_privilege(r.oid, 'partitions', 'USAGE') AS partitions,
        has_schema_privilege(r.oid, 'public', 'CREATE') AS creates
      FROM pg_roles r WHERE r.rolname = 'throughline_application'`);
    expect(rights).toEqual({
      rolsuper: false,
      rolbypassrls: false,
      rolcreaterole: false,
      owned: 0,
      partitions: false,
      creates: false,
    });
  });
});

describe('the drift check', () => {
  const changes = [
    ['an extra column', 'ALTER TABLE team ADD COLUMN motto text', /schema\.prisma wants/],
    [
      'an extra column, by the catalogue',
      'ALTER TABLE team ADD COLUMN motto text',
      /only in.*motto/,
    ],
    ['a dropped policy', 'DROP POLICY review_team ON review', /missing.*policy review_team/],
    [
      'row-level security that is no longer forced',
      'ALTER TABLE review NO FORCE ROW LEVEL SECURITY',
      /only in.*table review.*row security enabled/,
    ],
    [
      'a dropped check',
      'ALTER TABLE pull_request DROP CONSTRAINT pull_request_phases_check',
      /missing.*pull_request_phases_check/,
    ],
    [
      'a grant too many',
      'GRANT DELETE ON team TO throughline_application',
      /only in.*table team grant DELETE, INSERT, SELECT to throughline_application/,
    ],
    [
      'a hand-made partial index',
      `CREATE INDEX open_idx ON pull_request (team_id) WHERE state = 'OPEN'`,
      /only in.*index open_idx/,
    ],
    [
      'another function body',
      `CREATE OR REPLACE FUNCTION throughline_week_start("at" timestamptz, "zone" text, "first_day" text)
        RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT NULL::date'`,
      /missing.*throughline_week_start/,
    ],
    [
      'a function that forgot its search path',
      'ALTER FUNCTION throughline_authenticate(bytea) RESET search_path',
      /missing.*throughline_authenticate.*search_path/,
    ],
    [
      'a migration that was edited later',
      `UPDATE _prisma_migrations SET checksum = 'other'`,
      /was edited after it was applied/,
    ],
    [
      'a migration that is not recorded',
      `DELETE FROM _prisma_migrations`,
      /migration \d+_create_schema is not applied/,
    ],
    [
      'a migration without a file',
      `UPDATE _prisma_migrations SET migration_name = '20990101000000_gone'`,
      /20990101000000_gone was applied but has no file/,
    ],
  ] as const;

  it('says in one sentence that a database does not answer', async () => {
    const url = 'postgresql://nobody@127.0.0.1:1/nowhere';
    await expect(findDrift(url, source)).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: expect.stringMatching(/^The database does not answer \(.*\): check [^\n]+\.$/),
    });
  });

  it.each(changes)('sees %s', async (_, statement, expected) => {
    const changed = await createTestDatabase();
    try {
      expect(await findDrift(changed.maintenanceUrl, source)).toEqual([]);
      await withDirectConnection(changed.superuserUrl, (connection) => connection.query(statement));
      const drift = await findDrift(changed.maintenanceUrl, source);
      expect(
        drift.some((line) => expected.test(line)),
        drift.join('\n'),
      ).toBe(true);
    } finally {
      await changed.drop();
    }
  });
});

import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { withDirectConnection } from '../../../../src/db/core/direct-connection.ts';
import {
  migrate,
  readMigrations,
  type MigrationSource,
} from '../../../../src/db/schema/migrate.ts';
import { withDatabase } from '../../../support/postgres/postgres.ts';

const PROJECT: MigrationSource = {
  prismaDirectory: join(import.meta.dirname, '../../../../prisma'),
};

/** An empty database that the owner of the tables owns; dropped with the test. */
async function emptyDatabase(): Promise<string> {
  const { superuserUrl, databasePrefix } = inject('postgres');
  const name = `${databasePrefix}${randomBytes(6).toString('hex')}`;
  await run(superuserUrl, `CREATE DATABASE ${name} OWNER throughline_maintenance`);
  onTestFinished(() => run(superuserUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  return withDatabase(superuserUrl, name, 'throughline_maintenance');
}

async function run(url: string, statement: string): Promise<void> {
  await withDirectConnection(url, (connection) => connection.query(statement));
}

async function readColumn(url: string, statement: string): Promise<unknown[]> {
  const { rows } = await withDirectConnection(url, (connection) =>
    connection.query<Record<string, unknown>>(statement),
  );
  return rows.map((row) => Object.values(row)[0]);
}

/** A copy of the project's data model with further migrations, by name. */
async function withMigrations(more: Readonly<Record<string, string>>): Promise<MigrationSource> {
  const prismaDirectory = await mkdtemp(join(tmpdir(), 'throughline-migrations-'));
  onTestFinished(() => rm(prismaDirectory, { recursive: true, force: true }));
  await cp(PROJECT.prismaDirectory, prismaDirectory, { recursive: true });
  for (const [name, script] of Object.entries(more)) {
    await mkdir(join(prismaDirectory, 'migrations', name));
    await writeFile(join(prismaDirectory, 'migrations', name, 'migration.sql'), script);
  }
  return { prismaDirectory };
}

const TABLES = `SELECT count(*)::int FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')`;

describe('migrating', () => {
  it('brings an empty database up to date, and does nothing the second time', async () => {
    const url = await emptyDatabase();
    const names = (await readMigrations(PROJECT)).migrationDirectories.map(({ path }) => path);
    expect(names.length).toBeGreaterThan(0);
    expect(await migrate(url, PROJECT)).toEqual({ applied: names });
    const tables = await readColumn(url, TABLES);
    expect(await migrate(url, PROJECT)).toEqual({ applied: [] });
    expect(await readColumn(url, TABLES)).toEqual(tables);
    const recorded = `SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY 1`;
    expect(await readColumn(url, recorded)).toEqual(names);
  });

  it('applies only what is missing, function bodies and all', async () => {
    const url = await emptyDatabase();
    await migrate(url, PROJECT);
    const source = await withMigrations({
      '29990101000000_add_notes': `
        CREATE TABLE note (id bigint PRIMARY KEY);
        CREATE FUNCTION answer() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; RETURN 42; END $$;`,
    });
    expect(await migrate(url, source)).toEqual({ applied: ['29990101000000_add_notes'] });
    expect(await readColumn(url, 'SELECT answer()')).toEqual([42]);
  });

  it('gives the open contradictions of an earlier release the range that is unread', async () => {
    const url = await emptyDatabase();
    const earlier = await withMigrations({});
    const name = '20261130150000_remember_unread_ranges';
    const { migrationDirectories } = await readMigrations(earlier);
    for (const { path } of migrationDirectories.filter((migration) => migration.path >= name)) {
      await rm(join(earlier.prismaDirectory, 'migrations', path), { recursive: true });
    }
    await migrate(url, earlier);
    const superuser = withDatabase(inject('postgres').superuserUrl, new URL(url).pathname.slice(1));
    await run(
      superuser,
      `SET session_replication_role = replica;
      INSERT INTO repository (id, team_id, connection_id, github_id, owner, name, complete_from)
        VALUES (1, 1, 1, 1, 'acme', 'api', '2026-01-01Z'), (2, 1, 1, 2, 'acme', 'web', '2026-01-01Z');
      INSERT INTO sync_run (id, team_id, kind, workflow_id, workflow_run_id, requested_names, since, started_at, updated_at)
        VALUES (7, 1, 'INCREMENTAL', 'sync', 'run', '{}', '2026-02-02Z', now(), now());
      INSERT INTO dead_letter (team_id, repository_id, entity, natural_key, reason_code, reason, first_seen_at,
        last_seen_at, sync_run_id)
      SELECT 1, r, e, k, c, 'why', '2026-05-01Z', now(), s FROM (VALUES (1, 'pull_request', 'unknown', 'CONTRADICTORY', 7),
        (2, 'pull_request', 'unknown', 'CONTRADICTORY', 6), (4, 'pull_request', 'unknown', 'CONTRADICTORY', 6), (3, 'pull_request', 'unknown', 'WITHHELD', 7),
        (1, 'releases', 'unknown', 'CONTRADICTORY', 7), (1, 'pull_request', '5', 'CONTRADICTORY', 7)) AS given(r, e, k, c, s)`,
    );
    expect(await migrate(url, PROJECT)).toMatchObject({ applied: expect.arrayContaining([name]) });
    const told = `SELECT concat_ws(' ', repository_id, entity, natural_key, last_sync_run_id,
      (unread_since AT TIME ZONE 'UTC')::date) FROM dead_letter ORDER BY 1`;
    expect(await readColumn(url, told)).toEqual([
      '1 pull_request 5',
      '1 pull_request unknown 7 2026-02-02',
      '1 releases unknown 7',
      '2 pull_request unknown 6 2026-01-01',
      '3 pull_request unknown 7',
      '4 pull_request unknown 6 2026-01-31',
    ]);
  });

  it('that fails leaves nothing of it behind, and the error names the migration and the reason', async () => {
    const url = await emptyDatabase();
    const source = await withMigrations({
      '29990101000000_good': 'CREATE TABLE good (id bigint PRIMARY KEY);',
      '29990102000000_broken': `
        CREATE TABLE half_way (id bigint PRIMARY KEY);
        INSERT INTO half_way VALUES (1);
        ALTER TABLE no_such_table ADD COLUMN x text;`,
      '29990103000000_never': 'CREATE TABLE never (id bigint PRIMARY KEY);',
    });
    const failing = migrate(url, source);
    await expect(failing).rejects.toThrow(/29990102000000_broken/);
    await expect(failing).rejects.toThrow(/no_such_table/);
    const made = `SELECT relname FROM pg_class WHERE relname IN ('good', 'half_way', 'never') ORDER BY 1`;
    expect(await readColumn(url, made)).toEqual(['good']);
    const finished = `SELECT count(*)::int FROM _prisma_migrations WHERE migration_name LIKE '%broken' AND finished_at IS NOT NULL`;
    expect(await readColumn(url, finished)).toEqual([0]);
  });

  it.each([
    ['an edited migration', 'edit'],
    ['a removed migration', 'remove'],
  ] as const)(
    'refuses a database that was made before %s, and changes nothing in it',
    async (_title, change) => {
      const url = await emptyDatabase();
      const name = '20000101000000_add_notes';
      const first = await withMigrations({ [name]: 'CREATE TABLE note (id bigint PRIMARY KEY);' });
      await migrate(url, first);
      const second = await withMigrations({
        ...(change === 'edit' && { [name]: 'CREATE TABLE note (id integer PRIMARY KEY);' }),
        '29990101000000_add_more': 'CREATE TABLE more (id bigint PRIMARY KEY);',
      });
      await expect(migrate(url, second)).rejects.toMatchObject({
        code: 'CONFLICT',
        message: `The database was made by migrations that have changed since (${name}): delete the data directory, or start with an empty database.`,
      });
      const made = `SELECT relname FROM pg_class WHERE relname IN ('note', 'more') ORDER BY 1`;
      expect(await readColumn(url, made)).toEqual(['note']);
    },
  );

  it('accepts a database that a later release has migrated', async () => {
    const url = await emptyDatabase();
    const later = await withMigrations({
      '29990101000000_add_notes': 'CREATE TABLE note (id bigint PRIMARY KEY);',
    });
    await migrate(url, later);
    expect(await migrate(url, PROJECT)).toEqual({ applied: [] });
  });

  it('is refused to the application role', async () => {
    const url = new URL(await emptyDatabase());
    url.username = 'throughline_application';
    await expect(migrate(url.href, PROJECT)).rejects.toThrow(/permission denied/);
  });
});

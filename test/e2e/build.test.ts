import { spawnSync } from 'node:child_process';
import { cp, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withDirectConnection } from '../../src/db/core/direct-connection.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres/postgres.ts';
import {
  createScratchTree,
  PROJECT_DIRECTORY,
  type ScratchTree,
} from '../support/sources/scratch-tree.ts';

let tree: ScratchTree;
let database: TestDatabase;
let built: ReturnType<typeof run>;

function run(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const { PATH, HOME } = process.env;
  return spawnSync(process.execPath, args, {
    cwd: tree.directory,
    encoding: 'utf8',
    env: { PATH, HOME, ...environment },
  });
}

beforeAll(async () => {
  database = await createTestDatabase();
  tree = await createScratchTree({});
  for (const name of ['src', 'prisma', 'scripts', 'tsconfig.build.json']) {
    await cp(join(PROJECT_DIRECTORY, name), join(tree.directory, name), { recursive: true });
  }
  built = run(['scripts/build.mjs']);
});

afterAll(async () => {
  await tree.remove();
  await database.drop();
});

it('makes JavaScript that plain Node runs', () => {
  expect({ status: built.status, stderr: built.stderr }).toEqual({ status: 0, stderr: '' });
  const { status, stdout } = run(['dist/cli/main.js', '--help']);
  expect(status).toBe(0);
  expect(stdout).toContain('gateway');
  expect(stdout).toContain('DATABASE_URL');
});

it('makes a command that finds the migrations, applies them and ends when it is done', async () => {
  await withDirectConnection(database.superuserUrl, (connection) =>
    connection.query('DROP SCHEMA public CASCADE; DROP SCHEMA partitions; CREATE SCHEMA public'),
  );
  await withDirectConnection(database.superuserUrl, (connection) =>
    connection.query('ALTER SCHEMA public OWNER TO pg_database_owner'),
  );
  const startedAt = performance.now();
  const { status, stderr } = run(['dist/cli/main.js', 'migrate'], {
    NODE_ENV: 'production',
    DATABASE_URL: database.applicationUrl,
    DATABASE_DIRECT_URL: database.maintenanceUrl,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  // The engine's own timer would hold the process for ten seconds.
  expect(performance.now() - startedAt).toBeLessThan(9000);
  const tables = await withDirectConnection(database.applicationUrl, (connection) =>
    connection.query(`SELECT to_regclass('public.sync_run') AS name`),
  );
  expect(tables.rows).toEqual([{ name: 'sync_run' }]);
});

it('makes a workflow bundle with every workflow and no activity source', async () => {
  const path = join(tree.directory, 'dist/workflow-bundle.js');
  expect((await stat(path)).size).toBeGreaterThan(100_000);
  const bundle = await readFile(path, 'utf8');
  expect(bundle).toContain('backfillTeam');
  expect(bundle).toContain('syncRepository');
  expect(bundle).not.toContain('createSyncActivities');
});

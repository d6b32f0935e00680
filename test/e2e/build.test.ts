import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { access, cp, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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

/** The same, and how long the process lived after its last word. */
async function runWatched(args: readonly string[], environment: NodeJS.ProcessEnv) {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, args, {
    cwd: tree.directory,
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  let saidAt = Number.NaN;
  child.stdout.on('data', () => (saidAt = performance.now()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stderr, lingeredMs: performance.now() - saidAt };
}

beforeAll(async () => {
  database = await createTestDatabase();
  tree = await createScratchTree({});
  for (const name of ['src', 'prisma', 'scripts', 'tsconfig.build.json']) {
    await cp(join(PROJECT_DIRECTORY, name), join(tree.directory, name), { recursive: true });
  }
  built = run(['scripts/build.mjs', '--no-check']);
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
  const { status, stderr, lingeredMs } = await runWatched(['dist/cli/main.js', 'migrate'], {
    NODE_ENV: 'production',
    DATABASE_URL: database.applicationUrl,
    DATABASE_DIRECT_URL: database.maintenanceUrl,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  // The engine's own timer would hold the process for ten seconds, whose work is done by then.
  expect(lingeredMs).toBeLessThan(5_000);
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

/** Relative imports that lead nowhere, as `file: specifier`. */
async function danglingImports(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  const dangling: string[] = [];
  for (const name of names.filter((path) => path.endsWith('.js') && path.includes('/'))) {
    const text = await readFile(join(directory, name), 'utf8');
    for (const [, specifier = ''] of text.matchAll(
      /\b(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g,
    )) {
      const target = join(directory, dirname(name), specifier);
      const isThere = await access(target).then(
        () => true,
        () => false,
      );
      if (!isThere) {
        dangling.push(`${name}: ${specifier}`);
      }
    }
  }
  return dangling;
}

it('leaves out the demo, tests and all that is not src, and misses them at one door only', async () => {
  const rooms = await readdir(join(PROJECT_DIRECTORY, 'src'));
  const expected = rooms.filter((room) => room !== 'demo');
  expect((await readdir(join(tree.directory, 'dist'))).toSorted()).toEqual(
    [...expected, 'workflow-bundle.js'].toSorted(),
  );
  expect(await danglingImports(join(tree.directory, 'dist'))).toEqual([
    'cli/core/load-demo.js: ../../demo/demo.js',
  ]);
});

it.each([
  ['start', '--exit'],
  ['seed', '--teams', '1'],
  ['start', '--recording', 'any'],
])('says in one sentence that a build has no demo: %s %s', (...args) => {
  const { status, stdout, stderr } = run(['dist/cli/main.js', ...args], {
    // The user of the image may not write where the data would go: that must not be the complaint.
    THROUGHLINE_DATA_DIRECTORY: '/dev/null/data',
  });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr.trim().split('\n').at(-1)).toMatch(
    /^This build of Throughline has no demo .*clone/,
  );
  expect(stderr).not.toContain('    at ');
});

import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { prepareCluster } from '../src/db/schema/cluster.ts';
import { migrate } from '../src/db/schema/migrate.ts';
import { startEmbeddedPostgres } from '../src/runtime/embedded/postgres.ts';
import { stopLeftoverServer } from '../src/runtime/embedded/postgres-server.ts';
import { signalProcess } from '../src/runtime/embedded/process-identity.mjs';
import type { Progress } from '../src/runtime/embedded/progress.ts';
import { SetupError } from '../src/runtime/embedded/setup-error.ts';

export type Role = 'application' | 'maintenance';

/** A migrated database that nothing but the bench uses. */
export interface BenchDatabase {
  /** A connection string as one of the product's roles; row-level security holds for it as for the product. */
  url(role: Role): string;
  readonly superuser: pg.Client;
  /** Drops the database, and the server too when it is ours. */
  close(): Promise<void>;
}

export interface BenchDatabaseOptions {
  readonly projectDirectory: string;
  /** A superuser's URL of a PostgreSQL 18 with pg_stat_statements loaded; undefined starts one. */
  readonly superuserUrl: string | undefined;
  readonly onProgress: Progress;
}

/** Tier 1 of seed 000, as performance.md measured with: durable, and with room in memory. */
export const TIER_1 = {
  shared_buffers: '1GB',
  work_mem: '16MB',
  maintenance_work_mem: '256MB',
  effective_cache_size: '3GB',
  random_page_cost: '1.1',
  max_wal_size: '4GB',
  fsync: 'on',
  synchronous_commit: 'on',
  'pg_stat_statements.max': '10000',
} as const;

/** Settings of the server that are reported with every result. */
const REPORTED_SETTINGS = [
  ...Object.keys(TIER_1),
  'server_version',
  'full_page_writes',
  'wal_level',
  'autovacuum',
  'jit',
];

const PREFIX = 'throughline-bench-';

/** Starts PostgreSQL (unless one is given), makes a database of its own in it, and migrates it. */
export async function openBenchDatabase(options: BenchDatabaseOptions): Promise<BenchDatabase> {
  const server = await openServer(options);
  const name = `throughline_bench_${process.pid}`;
  try {
    const prepared = await prepareCluster({
      superuserUrl: server.superuserUrl,
      deployDirectory: join(options.projectDirectory, 'deploy', 'postgres'),
      database: name,
      // Roles of a server that is not ours keep their passwords: we log in as the superuser and become the role.
      password: null,
    });
    const url = (role: Role): string => {
      const result = new URL(server.superuserUrl);
      result.pathname = new URL(prepared.url).pathname;
      return withOptions(result.href, `-c TimeZone=UTC -c role=throughline_${role}`);
    };
    await migrate(url('maintenance'), {
      prismaDirectory: join(options.projectDirectory, 'prisma'),
    });
    const superuser = new pg.Client({ connectionString: withDatabase(server.superuserUrl, name) });
    await superuser.connect();
    await superuser.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    await superuser.query('SELECT pg_stat_statements_reset()');
    return {
      url,
      superuser,
      async close() {
        await superuser.end();
        await dropDatabase(server.superuserUrl, name);
        await server.stop();
      },
    };
  } catch (error) {
    await dropDatabase(server.superuserUrl, name);
    await server.stop();
    throw error;
  }
}

/** What the server says about the settings that matter for speed. */
export async function readSettings(superuser: pg.Client): Promise<Record<string, string>> {
  const { rows } = await superuser.query<{ name: string; value: string }>(
    `SELECT name, current_setting(name) AS value FROM pg_settings WHERE name = ANY ($1) ORDER BY name`,
    [REPORTED_SETTINGS],
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.value]));
}

/** The same connection string with the team set for all that the connection does. */
export function withTeamOption(url: string, teamId: bigint): string {
  const options = new URL(url).searchParams.get('options') ?? '';
  return withOptions(url, `${options} -c app.team_ids={${teamId}}`);
}

function withOptions(url: string, options: string): string {
  const result = new URL(url);
  result.searchParams.set('options', options);
  // A plus is a blank to some clients only.
  return result.href.replaceAll('+', '%20');
}

function withDatabase(url: string, database: string): string {
  const result = new URL(url);
  result.pathname = `/${database}`;
  return result.href;
}

async function dropDatabase(superuserUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
  await client.end();
}

interface Server {
  readonly superuserUrl: string;
  stop(): Promise<void>;
}

async function openServer({ superuserUrl, onProgress }: BenchDatabaseOptions): Promise<Server> {
  if (superuserUrl !== undefined) {
    await checkServer(superuserUrl);
    return { superuserUrl, stop: async () => undefined };
  }
  await removeLeftovers(onProgress);
  const directory = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  // As root the server runs as another user, who must be able to pass through.
  await chmod(directory, 0o711);
  const started = await startEmbeddedPostgres({
    dataDirectory: join(directory, 'data'),
    onProgress,
    extraSettings: TIER_1,
  });
  return {
    superuserUrl: started.superuserUrl,
    async stop() {
      await started.stop();
      await rm(started.dataDirectory, { recursive: true, force: true });
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** @throws SetupError when the server that is named cannot be measured on */
async function checkServer(superuserUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  try {
    await client.connect();
  } catch (error) {
    const first = error instanceof AggregateError ? error.errors[0] : error;
    throw new SetupError(
      `BENCH_DATABASE_URL does not answer (${first instanceof Error ? first.message : String(first)}): name a superuser of a PostgreSQL 18 that runs, or unset it to have one started.`,
      { cause: error },
    );
  }
  const { rows } = await client.query<{ usable: boolean }>(
    `SELECT current_setting('server_version_num')::integer >= 180000
       AND (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
       AND current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%' AS usable`,
  );
  await client.end();
  if (rows[0]?.usable !== true) {
    throw new SetupError(
      'BENCH_DATABASE_URL must be of a superuser of PostgreSQL 18 with pg_stat_statements in shared_preload_libraries; unset it to have such a server started.',
    );
  }
}

/** A bench that was killed leaves its server running; the next one ends it. */
async function removeLeftovers(onProgress: Progress): Promise<void> {
  const names = await readdir(tmpdir());
  for (const name of names.filter((candidate) => candidate.startsWith(PREFIX))) {
    const pid = Number.parseInt(name.slice(PREFIX.length), 10);
    if (!signalProcess(pid, 0)) {
      const directory = join(tmpdir(), name);
      await stopLeftoverServer(join(directory, 'data', 'postgres'), onProgress);
      await rm(directory, { recursive: true, force: true });
    }
  }
}

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import type { TestProject } from 'vitest/node';
import { withDirectConnection } from '../../../src/db/core/direct-connection.ts';
import { migrate } from '../../../src/db/schema/migrate.ts';
import { POSTGRES_IMAGE, startDockerPostgres } from './global-docker-postgres.ts';
import { FAST_AND_LOOSE, startEmbeddedTestPostgres } from './global-embedded-postgres.ts';
import { TEST_ROLE_PASSWORD, withDatabase, type ProvidedPostgres } from './postgres.ts';

interface Cluster {
  readonly superuserUrl: string;
  /** What the run prints about it. */
  readonly origin: string;
  stop(): Promise<void>;
}

const ROLES = ['throughline_maintenance', 'throughline_application', 'throughline_reader'];

/** Two runs on one cluster must not create the roles at the same time: roles belong to the cluster. */
const ROLES_LOCK = 7_145_201;

/**
 * Set-up of the projects that need PostgreSQL. The first project starts the cluster and makes the template; the
 * others find it provided. It ends with the run, not with the project.
 */
export async function setup(project: TestProject): Promise<void> {
  const root = project.vitest.getRootProject();
  if (root.getProvidedContext().postgres !== undefined) {
    return;
  }
  const cluster = await startCluster();
  process.stdout.write(`PostgreSQL for the tests: ${cluster.origin}\n`);
  const databasePrefix = `throughline_test_${randomBytes(4).toString('hex')}_`;
  let ending: Promise<void> | undefined;
  const end = (): Promise<void> => (ending ??= endCluster(cluster, databasePrefix));
  project.vitest.onClose(end);
  // A signal ends the runner before it closes anything.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      void end().finally(() => process.exit(128 + constants.signals[signal]));
    });
  }
  root.provide('postgres', await prepareTemplate(cluster.superuserUrl, databasePrefix));
}

async function startCluster(): Promise<Cluster> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given !== undefined && given !== '') {
    const superuserUrl = given;
    return { superuserUrl, origin: 'TEST_DATABASE_URL', stop: () => Promise.resolve() };
  }
  const docker = await startDockerPostgres({
    ...FAST_AND_LOOSE,
    shared_preload_libraries: 'pg_stat_statements',
    timezone: 'UTC',
    jit: 'off',
  });
  if (docker !== undefined) {
    return { ...docker, origin: `Docker, ${POSTGRES_IMAGE}` };
  }
  return {
    ...(await startEmbeddedTestPostgres((message) => process.stdout.write(`${message}\n`))),
    origin: `embedded (Docker does not answer or lacks ${POSTGRES_IMAGE}; TEST_DATABASE_URL is unset)`,
  };
}

/** Creates the roles, and one database that holds every migration, which nobody connects to any more. */
async function prepareTemplate(
  superuserUrl: string,
  databasePrefix: string,
): Promise<ProvidedPostgres> {
  const templateDatabase = `${databasePrefix}template`;
  const projectRoot = join(import.meta.dirname, '../../..');
  await withDirectConnection(superuserUrl, async (connection) => {
    await createRoles(connection, join(projectRoot, 'deploy/postgres/roles.sql'));
    await connection.query(`CREATE DATABASE ${templateDatabase} OWNER throughline_maintenance`);
  });
  await migrate(withDatabase(superuserUrl, templateDatabase, 'throughline_maintenance'), {
    prismaDirectory: join(projectRoot, 'prisma'),
  });
  await withDirectConnection(superuserUrl, async (connection) => {
    await connection.query(`ALTER DATABASE ${templateDatabase} ALLOW_CONNECTIONS false`);
    await connection.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1',
      [templateDatabase],
    );
  });
  return { superuserUrl, templateDatabase, databasePrefix };
}

async function createRoles(connection: pg.Client, path: string): Promise<void> {
  await connection.query('SELECT pg_advisory_lock($1)', [ROLES_LOCK]);
  await connection.query(await readFile(path, 'utf8'));
  for (const role of ROLES) {
    await connection.query(`ALTER ROLE ${role} PASSWORD '${TEST_ROLE_PASSWORD}'`);
  }
  await connection.query('SELECT pg_advisory_unlock($1)', [ROLES_LOCK]);
}

async function endCluster(cluster: Cluster, databasePrefix: string): Promise<void> {
  try {
    await dropDatabases(cluster.superuserUrl, databasePrefix);
  } finally {
    await cluster.stop();
  }
}

async function dropDatabases(superuserUrl: string, databasePrefix: string): Promise<void> {
  await withDirectConnection(superuserUrl, async (connection) => {
    const left = await connection.query<{ name: string }>(
      'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
      [databasePrefix],
    );
    for (const { name } of left.rows) {
      await connection.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    }
  });
}

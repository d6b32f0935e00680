import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import pg from 'pg';
import { withDirectConnection } from '../../../src/db/core/direct-connection.ts';
import { migrate } from '../../../src/db/schema/migrate.ts';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../../src/runtime/embedded/postgres.ts';
import { runCommand } from '../../../src/runtime/embedded/run-command.ts';
import { TEST_ROLE_PASSWORD, withDatabase } from './postgres.ts';
import { PROJECT_DIRECTORY } from '../sources/scratch-tree.ts';

const DATABASE = 'throughline';

/** A standby has to find what it lacks; durability is for data that outlive the run. */
const SETTINGS = {
  wal_keep_size: '256MB',
  fsync: 'off',
  hot_standby_feedback: 'on',
  wal_receiver_status_interval: '1s',
};

/** Not copied: the standby streams the log, and the lock file is the primary's. */
const LEFT_OUT = new Set(['postmaster.pid', 'postmaster.opts', 'pg_wal', 'standby.signal']);

/** A migrated primary with a streaming replica, both started here, each on its own data. */
export interface ReplicatedClusters {
  readonly primaryUrl: string;
  readonly replicaUrl: string;
  /** A superuser's, on the primary. */
  readonly sql: pg.Client;
  /** Runs a statement on the replica as a superuser. */
  onReplica(text: string): Promise<void>;
  stopReplica(): Promise<void>;
  /** On the port that it had. */
  startReplica(): Promise<void>;
  close(): Promise<void>;
}

export async function startReplicatedClusters(): Promise<ReplicatedClusters> {
  const directory = await mkdtemp(join(tmpdir(), `throughline-test-replicated-${process.pid}-`));
  // As root the servers run as another user, who must be able to pass through.
  await chmod(directory, 0o711);
  const primary = await startEmbeddedPostgres({
    dataDirectory: join(directory, 'primary'),
    onProgress: () => undefined,
    extraSettings: SETTINGS,
  });
  const superuserUrl = withDatabase(primary.superuserUrl, DATABASE);
  await prepareDatabase(primary.superuserUrl);
  const sql = new pg.Client({ connectionString: superuserUrl });
  await sql.connect();
  const data = join(directory, 'replica');
  await copyCluster(sql, primary.dataDirectory, data);
  await cp(join(directory, 'primary/postgres.password'), join(data, 'postgres.password'));

  const start = (): Promise<EmbeddedPostgres> => {
    const { port, username, password } = new URL(primary.superuserUrl);
    return startEmbeddedPostgres({
      dataDirectory: data,
      onProgress: () => undefined,
      extraSettings: {
        ...SETTINGS,
        primary_conninfo: `host=127.0.0.1 port=${port} user=${username} password=${decodeURIComponent(password)}`,
      },
    });
  };
  let replica = await start();
  const replicaUrl = withDatabase(replica.superuserUrl, DATABASE, 'throughline_application');
  return {
    primaryUrl: withDatabase(primary.superuserUrl, DATABASE, 'throughline_application'),
    replicaUrl,
    sql,
    onReplica: (text) =>
      withDirectConnection(replica.superuserUrl, async (connection) => {
        await connection.query(text);
      }),
    stopReplica: () => replica.stop(),
    startReplica: async () => {
      replica = await start();
    },
    close: async () => {
      await sql.end();
      await replica.stop();
      await primary.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Makes the roles and a migrated database `throughline` on a new cluster. */
export async function prepareDatabase(superuserUrl: string): Promise<void> {
  const roles = await readFile(join(PROJECT_DIRECTORY, 'deploy/postgres/roles.sql'), 'utf8');
  await withDirectConnection(superuserUrl, async (connection) => {
    await connection.query(roles);
    for (const role of ['maintenance', 'application']) {
      await connection.query(`ALTER ROLE throughline_${role} PASSWORD '${TEST_ROLE_PASSWORD}'`);
    }
    await connection.query(`CREATE DATABASE ${DATABASE} OWNER throughline_maintenance`);
  });
  await migrate(withDatabase(superuserUrl, DATABASE, 'throughline_maintenance'), {
    prismaDirectory: join(PROJECT_DIRECTORY, 'prisma'),
  });
}

/** A base backup by hand: pg_basebackup does not come with the package. */
async function copyCluster(sql: pg.Client, from: string, data: string): Promise<void> {
  const to = join(data, 'postgres');
  await mkdir(data, { mode: 0o711 });
  await sql.query(`SELECT pg_backup_start('replica', fast => true)`);
  await cp(from, to, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
  const { rows } = await sql.query<{ labelfile: string }>(
    'SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)',
  );
  await mkdir(join(to, 'pg_wal'));
  await writeFile(join(to, 'backup_label'), rows[0]?.labelfile ?? '');
  await writeFile(join(to, 'standby.signal'), '');
  await chmod(to, 0o700);
  const { uid, gid } = await stat(from);
  const { exitCode, output } = await runCommand('chown', ['-R', `${uid}:${gid}`, to]);
  if (exitCode !== 0) {
    throw new Error(`the copy could not be given to its user: ${output}`);
  }
}

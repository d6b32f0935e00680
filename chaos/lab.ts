import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../src/contracts/search-attributes.ts';
import { prepareCluster } from '../src/db/schema/cluster.ts';
import { withDirectConnection } from '../src/db/core/direct-connection.ts';
import { migrate } from '../src/db/schema/migrate.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../src/runtime/embedded/postgres.ts';
import type { Progress } from '../src/runtime/embedded/progress.ts';
import { findTemporalExecutable } from '../src/runtime/embedded/temporal-executable.ts';
import { startEmbeddedTemporal } from '../src/runtime/embedded/temporal.ts';
import { bundleWorkflows } from '../src/runtime/temporal/worker.ts';
import type { TestDatabase } from '../test/support/postgres/postgres.ts';
import type { TestTemporal } from '../test/support/temporal/temporal.ts';

/** How a server ends that is started again. */
export type PostgresEnd = 'fast' | 'immediate';

/** PostgreSQL of its own, which experiments may stop and start. */
export interface LabPostgres {
  readonly superuserUrl: string;
  /** A migrated, empty database. */
  createDatabase(): Promise<TestDatabase>;
  /** Ends the server; `immediate` is a crash, with recovery at the next start. */
  stop(end: PostgresEnd): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
}

/** Temporal of its own, which experiments may kill and start again. */
export interface LabTemporal extends TestTemporal {
  /** Ends the server without a word; what it acknowledged is in its file. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** What all experiments share: a folder for data, the programs, the seed. */
export interface Lab {
  readonly seed: number;
  readonly quick: boolean;
  readonly onProgress: Progress;
  /** Path of the workflows, bundled once for all workers. */
  readonly bundlePath: string;
  readonly postgres: LabPostgres;
  startTemporal(): Promise<LabTemporal>;
  /** What must end with the experiment, also when that breaks down; harmless when it has ended. */
  onEnd(end: () => Promise<void>): void;
  /** Ends what the last experiment left. */
  endExperiment(): Promise<void>;
  close(): Promise<void>;
}

export interface LabOptions {
  readonly projectDirectory: string;
  readonly seed: number;
  readonly quick: boolean;
  readonly onProgress: Progress;
  /** Settings of PostgreSQL beside those of a development machine. */
  readonly postgres?: Readonly<Record<string, string>>;
}

/** Numbers that look random and are the same in every run of a seed: 0 to 1. */
export function createSequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** Starts PostgreSQL and bundles the workflows; both end with the lab. */
export async function openLab(options: LabOptions): Promise<Lab> {
  const directory = await mkdtemp(join(tmpdir(), `throughline-chaos-${process.pid}-`));
  // As root PostgreSQL runs as another user, who must be able to pass through.
  await chmod(directory, 0o711);
  const postgres = await openPostgres(options, join(directory, 'data'));
  const bundlePath = join(directory, 'workflows.js');
  options.onProgress('bundling the workflows');
  await writeFile(bundlePath, (await bundleWorkflows()).code);
  const executable = await findTemporalExecutable({
    cliPath: process.env['TEMPORAL_CLI_PATH'],
    environment: process.env,
    onProgress: options.onProgress,
  });
  let temporals = 0;
  const ends: (() => Promise<void>)[] = [];
  async function endExperiment(): Promise<void> {
    for (const end of ends.splice(0).toReversed()) {
      await end().catch(() => undefined);
    }
  }
  return {
    seed: options.seed,
    quick: options.quick,
    onProgress: options.onProgress,
    bundlePath,
    postgres,
    async startTemporal() {
      temporals += 1;
      const temporal = await openTemporal(
        executable.path,
        join(directory, `temporal-${temporals}`),
        bundlePath,
        options.onProgress,
      );
      // Also when the world that it is for does not come to be.
      ends.push(() => temporal.stop());
      return temporal;
    },
    onEnd: (end) => ends.push(end),
    endExperiment,
    async close() {
      await endExperiment();
      await postgres.end();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function openPostgres(
  { projectDirectory, onProgress, postgres }: LabOptions,
  dataDirectory: string,
): Promise<LabPostgres & { end(): Promise<void> }> {
  // The files are thrown away, but a crash must find them as a crash leaves them: fsync stays on.
  const open = (): Promise<EmbeddedPostgres> =>
    startEmbeddedPostgres({
      dataDirectory,
      onProgress,
      extraSettings: { max_connections: '200', ...postgres },
    });
  let server: EmbeddedPostgres | undefined = await open();
  let databases = 0;
  const superuserUrl = server.superuserUrl;
  return {
    superuserUrl,
    async createDatabase() {
      databases += 1;
      const name = `chaos_${databases}`;
      const { url, directUrl } = await prepareCluster({
        superuserUrl,
        deployDirectory: join(projectDirectory, 'deploy', 'postgres'),
        database: name,
        password: 'chaos',
      });
      await migrate(directUrl, { prismaDirectory: join(projectDirectory, 'prisma') });
      return {
        applicationUrl: url,
        maintenanceUrl: directUrl,
        superuserUrl: Object.assign(new URL(superuserUrl), { pathname: `/${name}` }).href,
        drop: () =>
          withDirectConnection(superuserUrl, async (connection) => {
            await connection.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
          }),
      };
    },
    async stop(end) {
      if (end === 'immediate' && server !== undefined) {
        const [pid] = (await readFile(join(server.dataDirectory, 'postmaster.pid'), 'utf8')).split(
          '\n',
        );
        process.kill(Number(pid), 'SIGQUIT');
      }
      await server?.stop();
      server = undefined;
    },
    async start() {
      server = await open();
    },
    end: async () => server?.stop(),
  };
}

async function openTemporal(
  executable: string,
  dataDirectory: string,
  workflowBundle: string,
  onProgress: Progress,
): Promise<LabTemporal> {
  const open = () =>
    startEmbeddedTemporal({
      executable,
      dataDirectory,
      onProgress,
      searchAttributes: Object.values(SEARCH_ATTRIBUTES),
    });
  let server = await open();
  const { address, uiUrl } = server;
  const [clientConnection, connection] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ]);
  return {
    address,
    uiUrl,
    namespace: 'default',
    workflowBundle,
    client: new Client({ connection: clientConnection }),
    connection,
    async kill() {
      const pid = Number(await readFile(join(dataDirectory, 'temporal', 'pid'), 'utf8'));
      process.kill(pid, 'SIGKILL');
      await server.stop();
    },
    async start() {
      server = await open();
    },
    async stop() {
      await connection.close();
      await clientConnection.close();
      await server.stop();
    },
  };
}

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../../src/runtime/embedded/postgres.ts';
import { withDatabase, type TestDatabase } from './postgres.ts';
import { prepareDatabase } from './replicated-clusters.ts';

const DATABASE = 'throughline';

/** A server of its own, for tests that stop it or take all of its connections. */
export interface OwnCluster extends TestDatabase {
  /** Cuts all connections and stops the server. */
  stop(): Promise<void>;
  /** Starts it again, on the port that it had. */
  start(): Promise<void>;
}

/** @param settings of the server, beside those of the embedded one */
export async function startOwnCluster(
  settings: Readonly<Record<string, string>> = {},
): Promise<OwnCluster> {
  const directory = await mkdtemp(join(tmpdir(), `throughline-test-own-${process.pid}-`));
  // As root the server runs as another user, who must be able to pass through.
  await chmod(directory, 0o711);
  const run = () =>
    startEmbeddedPostgres({
      dataDirectory: join(directory, 'data'),
      onProgress: () => undefined,
      extraSettings: { fsync: 'off', ...settings },
    });
  let server = await run();
  await prepareDatabase(server.superuserUrl);
  const { superuserUrl } = server;
  return {
    applicationUrl: withDatabase(superuserUrl, DATABASE, 'throughline_application'),
    maintenanceUrl: withDatabase(superuserUrl, DATABASE, 'throughline_maintenance'),
    superuserUrl: withDatabase(superuserUrl, DATABASE),
    stop: () => server.stop(),
    start: async () => {
      server = await run();
    },
    drop: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

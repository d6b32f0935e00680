import { createNodeDb, verifyDb } from '../db/node-client.ts';
import type { Db } from '../db/client.ts';
import { createSyncRunNotifications } from '../db/notifications.ts';
import { createSecretBox } from '../db/secret-box.ts';
import { createGitHub } from '../github/client.ts';
import type { Config } from './config.ts';
import { createGateway } from './gateway.ts';
import { createGrpcLauncher } from './grpc-launcher.ts';
import type { Logger } from './logger.ts';
import { startNodeHost, type NodeHost } from './node-host.ts';
import type { Platform } from './platform.ts';
import { createTemporalClient } from './temporal-client.ts';
import { startWorkers, type Workers } from './worker.ts';

export interface ApplicationOptions {
  readonly config: Config;
  readonly platform: Platform;
  readonly logger: Logger;
}

interface OpenDb {
  readonly db: Db;
  close(): Promise<void>;
}

async function openDb(options: ApplicationOptions, applicationName: string): Promise<OpenDb> {
  let closing = false;
  const db = createNodeDb({
    connectionString: options.platform.database.url,
    poolSize: options.config.database.poolSize,
    applicationName,
    onConnectionError: ({ message }) => {
      // What breaks while everything ends is no news.
      if (!closing) {
        options.logger.warn({ reason: message }, 'a database connection broke');
      }
    },
  });
  const close = async (): Promise<void> => {
    closing = true;
    await db.$disconnect();
  };
  try {
    await verifyDb(db);
    return { db, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export interface RunningGateway {
  readonly host: NodeHost;
  /** Drains requests, ends subscriptions, closes connections. */
  close(): Promise<void>;
}

/**
 * Starts the gateway on Node. It answers reads while Temporal is away.
 * @throws DomainError when the database cannot be used
 */
export async function startGateway(options: ApplicationOptions): Promise<RunningGateway> {
  const { config, platform, logger } = options;
  const { db, close: closeDb } = await openDb(options, 'throughline gateway');
  const temporal = createTemporalClient(platform.temporal);
  const syncRunChanges = createSyncRunNotifications({
    connectionString: platform.database.url,
    onConnectionError: ({ message }) =>
      logger.warn({ reason: message }, 'the connection that listens broke; it is made again'),
  });
  const gateway = createGateway({
    db,
    syncRunChanges,
    logger,
    graphiql: !config.production,
    launcher: createGrpcLauncher({
      temporal,
      address: platform.temporal.address,
      namespace: platform.temporal.namespace,
      uiUrl: platform.temporalUiUrl,
      pace: {
        heartbeatSeconds: config.worker.heartbeatSeconds,
        parallelRepositories: config.worker.parallelRepositories,
      },
    }),
  });
  const host = await startNodeHost({
    fetch: gateway.fetch,
    host: config.server.host,
    port: config.server.port,
    onClosing: () => gateway.endStreams(),
    onError: (error) => logger.error({ err: error }, 'a request could not be answered'),
  });
  return {
    host,
    async close() {
      await host.close();
      await gateway.dispose();
      await syncRunChanges.close();
      await temporal.close();
      await closeDb();
    },
  };
}

/** A third of the connections may wait for GitHub; the rest does the work that this brings. */
function lanesOf(poolSize: number): number {
  return Math.max(1, Math.floor(poolSize / 3));
}

export interface RunningWorkers extends Pick<Workers, 'done'> {
  close(): Promise<void>;
}

/**
 * Starts the workers of the configured queues in this process.
 * @throws DomainError when the database or Temporal cannot be used
 */
export async function startWorkerProcess(options: ApplicationOptions): Promise<RunningWorkers> {
  const { config, platform } = options;
  const { db, close: closeDb } = await openDb(
    options,
    `throughline worker ${config.worker.queues.join(',')}`,
  );
  try {
    const workers = await startWorkers({
      temporal: platform.temporal,
      settings: config.worker,
      dependencies: {
        db,
        secrets: await createSecretBox([platform.encryptionKey]),
        createGitHub: (credential) => createGitHub({ ...credential, now: () => new Date() }),
        lanes: lanesOf(config.database.poolSize),
        now: () => new Date(),
      },
    });
    return {
      done: workers.done,
      async close() {
        await workers.stop();
        await closeDb();
      },
    };
  } catch (error) {
    await closeDb();
    throw error;
  }
}

import type { WorkflowStart } from '../contracts/launcher.ts';
import type { Db } from '../db/core/client.ts';
import { readDirtyMarkBacklog } from '../db/rollups/dirty-mark-backlog.ts';
import { createSyncRunNotifications } from '../db/reads/notifications.ts';
import { createSecretBox } from '../db/core/secret-box.ts';
import { DEADLINES } from '../domain/core/deadlines.ts';
import { DomainError } from '../domain/core/errors.ts';
import { createGitHubConnector } from '../github/client.ts';
import { createTransport } from '../github/transport/transport.ts';
import {
  identify,
  openDb,
  type ApplicationOptions,
  type OpenInstallation,
} from './database/application-db.ts';
import { activityOptionsOf, createLauncher } from './database/application-launcher.ts';
import { connectReplica } from './database/replica.ts';
import { createDatabaseReportReader } from './database/database-report.ts';
import { startDefinitionRebuilds } from './temporal/definition-rebuilds.ts';
import { createGateway } from './http/gateway.ts';
import { startNodeHost, type NodeHost } from './http/node-host.ts';
import { startBackgroundTasks } from './temporal/background-tasks.ts';
import { createTemporalClient } from './temporal/temporal-client.ts';
import { createTemporalLook } from './temporal/temporal-look.ts';
import { toTemporalFailure } from './temporal/temporal-failures.ts';
import { createAskTemporal } from './temporal/ask-temporal.ts';
import { runToEnd, type EndedWorkflow, type FollowOptions } from './temporal/run-workflow.ts';
import { applySchedules, type AppliedSchedules } from './temporal/schedules.ts';
import { startWorkers, type Workers } from './temporal/worker.ts';
import { createNodeHmac } from './webhooks/node-hmac.ts';

/** What a gateway asks outside of a session and a write, such as who a token belongs to, holds a connection no longer. */
const GATEWAY = {
  bounds: { statementMs: DEADLINES.reads.holdMs, lockMs: DEADLINES.reads.lockMs },
};

/** Gateways that take all connections that PostgreSQL has leave a worker these two. */
const WORKER = { keep: 2 };

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
  const { config, platform, logger, telemetry } = options;
  const opened = await openDb(options, 'throughline gateway', GATEWAY);
  const { db, installation, close: closeDb } = opened;
  const replica = connectReplica(options, GATEWAY);
  const temporal = createTemporalClient(platform.temporal);
  const syncRunChanges = createSyncRunNotifications({
    connectionString: platform.database.url,
    onConnectionError: ({ message }) =>
      logger.warn({ reason: message }, 'the connection that listens broke; it is made again'),
  });
  const gateway = createGateway({
    db,
    secrets: await createSecretBox(platform.encryptionKeys),
    createHmac: createNodeHmac,
    allowedHosts: config.github.allowedHosts,
    publicUrl: config.server.publicUrl,
    githubReserve: config.github.reserve,
    queryLimits: config.server,
    // Whoever's reads wait leaves the other half to everybody else.
    readsPerUser: Math.ceil(config.database.poolSize / 2),
    syncRunChanges,
    logger,
    graphiql: !config.production,
    ...(replica !== undefined && { replica: replica.reads }),
    allowedOrigins: config.server.allowedOrigins,
    onOperation: telemetry?.onOperation,
    ...(platform.database.directUrl !== undefined && {
      readDatabaseReport: createDatabaseReportReader(platform.database.directUrl),
    }),
    launcher: createLauncher(options, installation, temporal),
    isTemporalThere: createTemporalLook(platform.temporal, temporal),
  });
  const host = await startNodeHost({
    fetch: telemetry?.watchGateway(gateway) ?? gateway.fetch,
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
      await replica?.close();
      await closeDb();
    },
  };
}

/** A third of the connections may wait for GitHub; the rest does the work that this brings. */
function concurrentRequestsOf(poolSize: number): number {
  return Math.max(1, Math.floor(poolSize / 3));
}

async function applySchedulesThrough(
  { config, platform }: ApplicationOptions,
  db: Db,
  signal?: AbortSignal,
): Promise<AppliedSchedules> {
  const temporal = createTemporalClient(platform.temporal);
  try {
    return await applySchedules(await temporal.get(), db, activityOptionsOf(config), signal);
  } catch (error) {
    throw toTemporalFailure(error, platform.temporal);
  } finally {
    await temporal.close();
  }
}

/**
 * Makes the schedules of the installation, or changes them to what they are meant to be.
 * @throws DomainError when the database or Temporal cannot be used
 */
export async function applyInstallationSchedules(
  options: ApplicationOptions,
): Promise<AppliedSchedules> {
  const { db, close } = await openDb(options, 'throughline schedules');
  try {
    return await applySchedulesThrough(options, db);
  } finally {
    await close();
  }
}

async function startRebuildsThrough(
  options: ApplicationOptions,
  { db, installation }: Pick<OpenInstallation, 'db' | 'installation'>,
  signal: AbortSignal,
): Promise<readonly bigint[]> {
  const temporal = createTemporalClient(options.platform.temporal);
  const launcher = createLauncher(options, installation, temporal);
  try {
    return await startDefinitionRebuilds(db, {
      async startWorkflow(start) {
        signal.throwIfAborted();
        return launcher.startWorkflow(start);
      },
    });
  } finally {
    await temporal.close();
  }
}

export interface RunningWorkers extends Pick<Workers, 'done'> {
  close(): Promise<void>;
}

/** Workers of the configured queues, without what a worker does unasked. */
async function openWorkers(
  options: ApplicationOptions,
): Promise<RunningWorkers & Pick<Workers, 'stop'> & Pick<OpenInstallation, 'db' | 'installation'>> {
  const { config, platform } = options;
  const {
    db,
    installation,
    close: closeDb,
  } = await openDb(options, `throughline worker ${config.worker.queues.join(',')}`, WORKER);
  try {
    const now = () => new Date();
    const transport = createTransport({ allowedHosts: config.github.allowedHosts });
    const { done, stop } = await startWorkers({
      temporal: platform.temporal,
      installation,
      settings: config.worker,
      activityMeter: options.telemetry?.activityMeter,
      onPrepared: (made) => options.logger.info({ made }, 'Temporal was prepared'),
      dependencies: {
        db,
        secrets: await createSecretBox(platform.encryptionKeys),
        createGitHub: createGitHubConnector({ transport, now }),
        concurrentRequests: concurrentRequestsOf(config.database.poolSize),
        reserve: config.github.reserve,
        directUrl: platform.database.directUrl ?? null,
        now,
        meter: options.telemetry?.syncMeter,
      },
    });
    return {
      db,
      installation,
      done,
      stop,
      async close() {
        await stop();
        await transport.close();
        await closeDb();
      },
    };
  } catch (error) {
    await closeDb();
    throw error;
  }
}

/**
 * Starts the workers of the configured queues in this process, and answers when they poll: schedules and rebuilds are
 * seen to beside that.
 * @throws DomainError when the database or Temporal cannot be used
 */
export async function startWorkerProcess(options: ApplicationOptions): Promise<RunningWorkers> {
  const workers = await openWorkers(options);
  const { db, done } = workers;
  const rollsUp = options.config.worker.queues.includes('compute');
  const forgetMarks = rollsUp
    ? options.telemetry?.watchDirtyMarks(() => readDirtyMarkBacklog(db))
    : undefined;
  const backgroundTasks = rollsUp
    ? startBackgroundTasks({
        logger: options.logger,
        applySchedules: (signal) => applySchedulesThrough(options, db, signal),
        startRebuilds: (signal) => startRebuildsThrough(options, workers, signal),
      })
    : undefined;
  return {
    done,
    async close() {
      forgetMarks?.();
      // Side by side: each may take seconds. Both use the database, which is closed behind them.
      await Promise.all([workers.stop(), backgroundTasks?.close()]);
      await workers.close();
    },
  };
}

/**
 * Runs a workflow of the installation to its end, or joins the one that runs. A Temporal that this process started has no
 * workers, so those of the workflow's queue run here until it has ended.
 * @throws DomainError when the database or Temporal cannot be used or no worker serves the queue; INVALID_INPUT when the
 * database is configured and Temporal is not; the workflow's failure
 */
export async function runWorkflow<Result>(
  options: ApplicationOptions,
  start: WorkflowStart,
  follow: FollowOptions,
): Promise<EndedWorkflow<Result>> {
  const { config, platform } = options;
  if (platform.startsTemporal && config.database.url !== undefined) {
    throw new DomainError(
      'INVALID_INPUT',
      'TEMPORAL_ADDRESS is needed beside DATABASE_URL: this runs on the workers of that installation.',
    );
  }
  const worker = { ...config.worker, queues: [start.taskQueue] };
  const workers = platform.startsTemporal
    ? await openWorkers({ ...options, config: { ...config, worker } })
    : undefined;
  const installation = workers?.installation ?? (await identify(options));
  const temporal = createTemporalClient(platform.temporal);
  const ask = createAskTemporal({ ...platform.temporal, temporal, ...DEADLINES.temporal });
  try {
    const ended = runToEnd<Result>(ask, installation, start, follow);
    const failed = workers?.done.then(() => {
      throw new Error('the worker ended before its workflow');
    });
    return await Promise.race(failed === undefined ? [ended] : [ended, failed]);
  } catch (error) {
    throw toTemporalFailure(error, platform.temporal);
  } finally {
    await temporal.close();
    await workers?.close();
  }
}

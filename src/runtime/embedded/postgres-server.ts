import { spawn } from 'node:child_process';
import { open, readFile, readlink, realpath, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LARGEST_LOG, readTail, sizeOf } from './log-file.ts';
import { programPath } from './postgres-binaries.ts';
import type { PostgresPlacement } from './postgres-placement.ts';
import { endProcess, signalProcess } from './process-identity.mjs';
import { findProcess, hasOption } from './process-table.ts';
import type { Progress } from './progress.ts';
import { PLAIN_ENVIRONMENT } from './run-command.ts';
import { SetupError } from './setup-error.ts';

export interface ServerOptions {
  readonly placement: PostgresPlacement;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/** A server that accepts connections, or what its log said when it did not come to that. */
export type ServerStart =
  | { readonly pid: number; readonly log?: undefined }
  | { readonly pid?: undefined; readonly log: string };

/** Recovery after a crash can take long, but it says so in the log; this only bounds a hang. */
const READY_TIMEOUT_MS = 300_000;
const POLL_MS = 50;
const LOG_LINES = 15;
const STATUS_LINE = 7;

/** A number that no process ever has, on any system that PostgreSQL runs on. */
const NO_PROCESS = 2_147_483_647;

/** PostgreSQL's fast shutdown (clients are cut off), then the immediate one, which the next start recovers from. */
const SHUTDOWN = [
  { signal: 'SIGINT', waitMs: 20_000 },
  { signal: 'SIGQUIT', waitMs: 10_000 },
  { signal: 'SIGKILL', waitMs: 5000 },
] as const;

/**
 * Starts the server and waits until it accepts connections. `postgres` itself is run, in a session of its own:
 * a Ctrl-C for us must not end it before those who use it.
 */
export async function startServer(options: ServerOptions): Promise<ServerStart> {
  const { placement, port, settings, logFile } = options;
  if ((await sizeOf(logFile)) > LARGEST_LOG) {
    await rename(logFile, `${logFile}.1`);
  }
  const log = await open(logFile, 'a', 0o600);
  const logStart = await sizeOf(logFile);
  try {
    const child = spawn(
      programPath(placement.binaries, 'postgres'),
      [
        '-D',
        placement.cluster,
        '-p',
        String(port),
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      {
        cwd: '/',
        env: PLAIN_ENVIRONMENT,
        stdio: ['ignore', log.fd, log.fd],
        detached: true,
        ...placement.user,
      },
    );
    let ended: string | undefined;
    child.on('error', (error) => {
      ended = error.message;
    });
    child.on('exit', (code, signal) => {
      ended ??= `it ended with ${signal ?? `code ${code}`}`;
    });
    child.unref();
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (!(await isReady(placement.cluster, child.pid))) {
      if (ended !== undefined || child.pid === undefined) {
        const tail = await readTail(logFile, logStart, LOG_LINES);
        return { log: `${tail}\n${ended ?? ''}`.trim() };
      }
      if (performance.now() > deadline) {
        await stopServer(child.pid);
        const tail = await readTail(logFile, logStart, LOG_LINES);
        return { log: `${tail}\nit did not become ready in time` };
      }
      await delay(POLL_MS);
    }
    return child.pid === undefined ? { log: ended ?? '' } : { pid: child.pid };
  } finally {
    await log.close();
  }
}

/** Stops a server: fast, then immediately. Throws SetupError when it cannot be ended. */
export async function stopServer(pid: number): Promise<void> {
  if (!(await endProcess(pid, SHUTDOWN))) {
    throw new SetupError(`PostgreSQL (process ${pid}) could not be stopped; end it by hand.`);
  }
}

/**
 * Deals with what a killed start left in the cluster: a server that still runs on it is stopped; a process number
 * that meanwhile belongs to another program is blotted out of the lock file. The rest of the lock file stays, because
 * by it PostgreSQL recognises its own forgotten children, and refuses to start beside them.
 */
export async function stopLeftoverServer(cluster: string, progress: Progress): Promise<void> {
  const path = join(cluster, 'postmaster.pid');
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || pid === NO_PROCESS || !signalProcess(pid, 0)) {
    return;
  }
  if (await runsOn(pid, cluster)) {
    progress(`stopping PostgreSQL (process ${pid}), which a killed start left running`);
    await stopServer(pid);
    return;
  }
  await writeFile(path, [String(NO_PROCESS), ...lines.slice(1)].join('\n'));
}

/** Whether process `pid` really is PostgreSQL on this cluster; PostgreSQL changes into the cluster's directory. */
async function runsOn(pid: number, cluster: string): Promise<boolean> {
  const found = await findProcess(pid);
  const program = found?.command[0]?.split(' ')[0] ?? '';
  if (found === undefined || !basename(program).startsWith('postgres')) {
    return false;
  }
  const directory = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return directory === (await realpath(cluster)) || hasOption(found, '-D', cluster);
}

/** PostgreSQL writes its state into the eighth line of its lock file. */
async function isReady(cluster: string, pid: number | undefined): Promise<boolean> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  return lines[0] === String(pid) && lines[STATUS_LINE]?.trim() === 'ready';
}

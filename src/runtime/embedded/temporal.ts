import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findFreePorts, recallPort, rememberPort } from './free-port.ts';
import { lockPart } from './instance-lock.ts';
import { endProcess, signalProcess } from './process-identity.mjs';
import { listProcesses } from './process-table.ts';
import { type Progress, reportLongStep } from './progress.ts';
import { SetupError } from './setup-error.ts';
import { homeTag, startServer, type TemporalHome, type TemporalPorts } from './temporal-server.ts';
import { watchProcess } from './watch-process.ts';

export interface EmbeddedTemporalOptions {
  /** Path of the executable, from `findTemporalExecutable`. */
  readonly executable: string;
  /** Where workflows are kept; undefined keeps them in memory only. Made when missing. */
  readonly dataDirectory?: string;
  readonly onProgress: Progress;
  /** Names of search attributes to register, all of type Keyword. */
  readonly searchAttributes: readonly string[];
  /** The SDK gives each five seconds. Default 4. */
  readonly startAttempts?: number;
  /** Also ends the server when this process is killed; otherwise the next start does. Default false. */
  readonly endsWithUs?: boolean;
  /** Hears once, in a sentence, that the server has ended although nobody stopped it. */
  readonly onEnded?: (sentence: string) => void;
}

export interface EmbeddedTemporal {
  /** host:port of the frontend (gRPC). */
  readonly address: string;
  /** Root of the Web UI, without a slash at its end. */
  readonly uiUrl: string;
  /** Port of Temporal's HTTP API on loopback. */
  readonly httpPort: number;
  /** Ends the server. What it acknowledged is kept. Harmless when done twice. */
  stop(): Promise<void>;
}

const IN_MEMORY = 'throughline-temporal-';
const PORT_NAMES = ['temporal', 'temporal-ui', 'temporal-http'] as const;
const START_ATTEMPTS = 4;
const ENDING = [
  { signal: 'SIGTERM', waitMs: 5000 },
  { signal: 'SIGKILL', waitMs: 5000 },
] as const;

/**
 * Starts Temporal's dev server with its Web UI on free ports of loopback. A server that a killed start left on the
 * same data is ended first, and a database that a killed first start left half-made is made again. Throws SetupError
 * when another process has the directory, or with the end of the server's log.
 */
export async function startEmbeddedTemporal(
  options: EmbeddedTemporalOptions,
): Promise<EmbeddedTemporal> {
  if (options.dataDirectory === undefined) {
    await removeLeftovers(options.onProgress);
    const directory = await mkdtemp(join(tmpdir(), `${IN_MEMORY}${process.pid}-`));
    const remove = () => rm(directory, { recursive: true, force: true });
    return startOrGiveUp(options, { directory, database: undefined }, remove);
  }
  const dataDirectory = resolve(options.dataDirectory);
  const directory = join(dataDirectory, 'temporal');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const lock = await lockPart(dataDirectory, 'temporal.lock', 'Temporal');
  const home = { directory, database: join(directory, 'state.db') };
  return startOrGiveUp({ ...options, dataDirectory }, home, () => lock.release());
}

async function startOrGiveUp(
  options: EmbeddedTemporalOptions,
  home: TemporalHome,
  giveBack: () => Promise<void>,
): Promise<EmbeddedTemporal> {
  try {
    const { pid, ports, stop } = await startWithRetries(options, home);
    const forget =
      options.onEnded === undefined
        ? () => undefined
        : watchProcess(pid, () =>
            options.onEnded?.(
              `Temporal's dev server (process ${pid}) has ended; ${join(home.directory, 'server.log')} may say why.`,
            ),
          );
    return {
      address: `127.0.0.1:${ports.grpc}`,
      uiUrl: `http://127.0.0.1:${ports.ui}`,
      httpPort: ports.http,
      async stop() {
        forget();
        await stop();
        await giveBack();
      },
    };
  } catch (error) {
    await giveBack();
    throw error;
  }
}

async function startWithRetries(
  options: EmbeddedTemporalOptions,
  home: TemporalHome,
): Promise<{ pid: number; ports: TemporalPorts; stop: () => Promise<void> }> {
  const { dataDirectory, onProgress, startAttempts: attempts = START_ATTEMPTS } = options;
  const readyFile = join(home.directory, 'ready');
  const isComplete = existsSync(readyFile);
  if (isComplete && home.database !== undefined && !existsSync(home.database)) {
    throw new SetupError(
      `${home.database} with the state of Temporal is missing: put it back, or delete ${home.directory} to begin with an empty Temporal (the synced facts are not in it).`,
    );
  }
  let preferred: readonly (number | undefined)[] =
    dataDirectory === undefined
      ? PORT_NAMES.map(() => undefined)
      : await Promise.all(PORT_NAMES.map((name) => recallPort(dataDirectory, name)));
  for (let attempt = 1; ; attempt += 1) {
    if (home.database !== undefined) {
      await endOrphans(home.directory, onProgress);
      if (!isComplete) {
        await removeDatabase(home.database);
      }
    }
    const free = await findFreePorts(preferred);
    const [grpc = 0, ui = 0, http = 0] = free;
    const ports = { grpc, ui, http };
    const start = await reportLongStep(onProgress, 'starting Temporal', () =>
      startServer({ ...options, home, ports }),
    );
    if (start.stop !== undefined) {
      if (dataDirectory !== undefined) {
        await writeFile(readyFile, '');
        await Promise.all(
          PORT_NAMES.map((name, index) => rememberPort(dataDirectory, name, free[index] ?? 0)),
        );
      }
      return { pid: start.pid, ports, stop: start.stop };
    }
    if (attempt === attempts) {
      const advice = isComplete
        ? `; if its data in ${home.directory} came from another version, delete that directory (the synced facts are not in it)`
        : '';
      throw new SetupError(
        `Temporal's dev server did not start${advice}; its log says:\n${start.log}`,
      );
    }
    onProgress(`Temporal did not start, trying again (${attempt + 1} of ${attempts})`);
    preferred = PORT_NAMES.map(() => undefined);
  }
}

/** Ends servers of this directory: it is ours alone, so they belong to a start that was killed. */
async function endOrphans(directory: string, progress: Progress): Promise<void> {
  const tag = homeTag(directory);
  const processes = await listProcesses();
  for (const entry of processes.filter((each) => each.command.join(' ').includes(tag))) {
    progress(`ending Temporal (process ${entry.pid}), which a killed start left running`);
    if (!(await endProcess(entry.pid, ENDING))) {
      throw new SetupError(`Temporal (process ${entry.pid}) could not be ended; end it by hand.`);
    }
  }
}

/** Ends the servers in memory whose starter, named in their directory's name, is gone. */
async function removeLeftovers(progress: Progress): Promise<void> {
  const names = await readdir(tmpdir());
  for (const name of names.filter((candidate) => candidate.startsWith(IN_MEMORY))) {
    const directory = join(tmpdir(), name);
    const found = await stat(directory).catch(() => undefined);
    const starter = Number.parseInt(name.slice(IN_MEMORY.length), 10);
    if (found?.uid === process.getuid?.() && !signalProcess(starter, 0)) {
      await endOrphans(directory, progress);
      await rm(directory, { recursive: true, force: true });
    }
  }
}

async function removeDatabase(database: string): Promise<void> {
  await Promise.all(
    ['', '-wal', '-shm', '-journal'].map((suffix) => rm(`${database}${suffix}`, { force: true })),
  );
}

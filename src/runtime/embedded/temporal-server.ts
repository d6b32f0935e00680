import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type * as Testing from '@temporalio/testing';
import { endWithUs } from './end-with-us.ts';
import { LARGEST_LOG, readTail, sizeOf } from './log-file.ts';
import { processIdentity } from './process-identity.mjs';
import { SetupError } from './setup-error.ts';

export interface TemporalPorts {
  readonly grpc: number;
  readonly ui: number;
  readonly http: number;
}

/** The directory of one server, and what is in it. */
export interface TemporalHome {
  readonly directory: string;
  /** Undefined: in memory. */
  readonly database: string | undefined;
}

export interface ServerOptions {
  readonly executable: string;
  readonly searchAttributes: readonly string[];
  readonly home: TemporalHome;
  readonly ports: TemporalPorts;
  /** Also ends the server when this process is killed. Default false. */
  readonly endsWithUs?: boolean;
}

const POLL_MS = 50;
const LOG_LINES = 10;

/** A server that answers, or what its log said when it did not come to that. */
export type ServerStart =
  | { readonly pid: number; readonly stop: () => Promise<void>; readonly log?: undefined }
  | { readonly stop?: undefined; readonly log: string };

/**
 * One attempt. The SDK gives the server five seconds, and calls it started as soon as anything answers on its port,
 * so afterwards we look whether our process lives.
 */
export async function startServer(options: ServerOptions): Promise<ServerStart> {
  const { executable, searchAttributes, home, ports, endsWithUs = false } = options;
  const { TestWorkflowEnvironment } = await loadTesting();
  const logFile = join(home.directory, 'server.log');
  if ((await sizeOf(logFile)) > LARGEST_LOG) {
    await rm(logFile);
  }
  const logStart = await sizeOf(logFile);
  const pidFile = join(home.directory, 'pid');
  await rm(pidFile, { force: true });
  const path = await writeWrapper(home.directory, { executable, pidFile, logFile });
  const starting = TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      ip: '127.0.0.1',
      port: ports.grpc,
      ui: true,
      uiPort: ports.ui,
      log: { format: 'pretty', level: 'warn' },
      ...(home.database === undefined ? {} : { dbFilename: home.database }),
      extraArgs: [
        '--dynamic-config-value',
        homeTag(home.directory),
        '--http-port',
        String(ports.http),
        '--sqlite-pragma',
        'journal_mode=WAL',
        '--sqlite-pragma',
        'synchronous=NORMAL',
        ...searchAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
      ],
    },
  });
  const server = await Promise.race([starting.catch(String), waitForEarlyEnd(pidFile, starting)]);
  const pid = await readPid(pidFile);
  if (typeof server !== 'string' && pid !== undefined) {
    const unwatch = endsWithUs ? endWithUs({ pid, signal: 'TERM', pidFile }) : () => undefined;
    let stopped: Promise<void> | undefined;
    return { pid, stop: () => (stopped ??= server.teardown().finally(unwatch)) };
  }
  // The SDK may still be waiting for the server; whatever comes of it is not wanted any more.
  void starting.then(
    (late) => late.teardown(),
    () => undefined,
  );
  const log = await readTail(logFile, logStart, LOG_LINES);
  return { log: `${log}\n${typeof server === 'string' ? server : ''}`.trim() };
}

/** A setting that means nothing to the server, but by which its process can be told from all others. */
export function homeTag(directory: string): string {
  return `throughline.home=${JSON.stringify(directory)}`;
}

/** The process of the server, by the file that its wrapper wrote; undefined when it has ended. */
async function readPid(pidFile: string): Promise<number | undefined> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  return pid > 0 && (await processIdentity(pid)) !== undefined ? pid : undefined;
}

/** Answers as soon as the server has begun and ended again, long before the SDK gives up; else when the SDK is done. */
async function waitForEarlyEnd(pidFile: string, starting: Promise<unknown>): Promise<string> {
  const state = { over: false };
  const finish = () => {
    state.over = true;
  };
  void starting.then(finish, finish);
  while (!state.over) {
    if ((await sizeOf(pidFile)) > 0 && (await readPid(pidFile)) === undefined) {
      return 'the server ended';
    }
    await delay(POLL_MS);
  }
  return new Promise(() => undefined);
}

async function loadTesting(): Promise<typeof Testing> {
  try {
    return await import('@temporalio/testing');
  } catch (error) {
    throw new SetupError(
      'The package @temporalio/testing, which starts the embedded Temporal, is not installed; ' +
        'run npm ci, or set TEMPORAL_ADDRESS to a Temporal server.',
      { cause: error },
    );
  }
}

/**
 * The SDK lets the server write to our standard output and hides its process number. This script writes both to
 * files and then becomes the server.
 */
async function writeWrapper(
  directory: string,
  { executable, pidFile, logFile }: Readonly<Record<'executable' | 'pidFile' | 'logFile', string>>,
): Promise<string> {
  const path = join(directory, 'server.sh');
  const script = `#!/bin/sh
echo $$ > ${quote(pidFile)}
exec ${quote(executable)} "$@" >> ${quote(logFile)} 2>&1
`;
  await writeFile(path, script, { mode: 0o700 });
  return path;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

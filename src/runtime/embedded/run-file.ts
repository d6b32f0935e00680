import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writePrivateFile } from './private-file.mjs';
import { findLockHolder } from './process-lock.mjs';
import { SetupError } from './setup-error.ts';

/** What a running start tells the command line tool about itself. Holds secrets. */
export interface RunFile {
  readonly graphqlUrl: string;
  /** Null when no UI is configured. */
  readonly temporalUiUrl: string | null;
  /** host:port */
  readonly temporalAddress: string;
  /** As the application role, with its password. */
  readonly databaseUrl?: string;
  /** As the role that owns the tables, with its password. */
  readonly databaseDirectUrl?: string;
  /** Access token for the GraphQL API. */
  readonly token: string;
  readonly pid: number;
  /** ISO 8601 in UTC. */
  readonly startedAt: string;
}

const TEXT_FIELDS = ['graphqlUrl', 'temporalAddress', 'token', 'startedAt'] as const;

/** The path of the run file of a data directory. */
export function runFilePath(dataDirectory: string): string {
  return join(dataDirectory, 'run.json');
}

/** Writes the run file in one step, readable by its owner only. */
export async function writeRunFile(dataDirectory: string, run: RunFile): Promise<void> {
  await writePrivateFile(runFilePath(dataDirectory), `${JSON.stringify(run, null, 2)}\n`);
}

/** Reads the run file; undefined when there is none. Throws SetupError when it is not what `writeRunFile` wrote. */
export async function readRunFile(dataDirectory: string): Promise<RunFile | undefined> {
  const path = runFilePath(dataDirectory);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return undefined;
    }
    throw new SetupError(`${path} cannot be read: ${String(error)}`, { cause: error });
  }
  const run = parseRunFile(text);
  if (run === undefined) {
    throw new SetupError(`${path} is damaged; delete it and start again.`);
  }
  return run;
}

/** Removes the run file if it is that of process `pid`. Does nothing when there is none or it belongs to another. */
export async function removeRunFile(dataDirectory: string, pid: number): Promise<void> {
  const run = await readRunFile(dataDirectory).catch(() => undefined);
  if (run?.pid === pid) {
    await rm(runFilePath(dataDirectory), { force: true });
  }
}

/** The start that runs over a data directory now; undefined when none does, whatever a killed one left behind. */
export async function findRunningStart(dataDirectory: string): Promise<RunFile | undefined> {
  const holder = await findLockHolder(join(dataDirectory, 'instance.lock'));
  const run = await readRunFile(dataDirectory).catch(() => undefined);
  return run !== undefined && run.pid === holder?.pid ? run : undefined;
}

function parseRunFile(text: string): RunFile | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isRunFile(value) ? value : undefined;
}

function isRunFile(value: unknown): value is RunFile {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const record: Partial<Record<keyof RunFile, unknown>> = value;
  return (
    TEXT_FIELDS.every((field) => typeof record[field] === 'string' && record[field] !== '') &&
    typeof record.pid === 'number' &&
    Number.isSafeInteger(record.pid) &&
    (record.temporalUiUrl === null || typeof record.temporalUiUrl === 'string') &&
    [record.databaseUrl, record.databaseDirectUrl].every(
      (url) => url === undefined || typeof url === 'string',
    )
  );
}

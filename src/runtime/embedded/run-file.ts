import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readIfThere, writePrivateFile } from './private-file.mjs';
import { findLockHolder } from './process-lock.mjs';
import { SetupError } from './setup-error.ts';

const TEXT = z.string().min(1);

const RUN_FILE = z.object({
  graphqlUrl: TEXT,
  /** Null when no UI is configured. */
  temporalUiUrl: z.string().nullable(),
  /** host:port */
  temporalAddress: TEXT,
  /** As the application role, with its password. */
  databaseUrl: z.string().optional(),
  /** As the role that owns the tables, with its password. */
  databaseDirectUrl: z.string().optional(),
  /** Access token for the GraphQL API. */
  token: TEXT,
  pid: z.int(),
  /** ISO 8601 in UTC. */
  startedAt: TEXT,
});

/** What a running start tells the command line tool about itself. Holds secrets. */
export type RunFile = Readonly<z.infer<typeof RUN_FILE>>;

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
  const text = await readIfThere(path).catch((cause: unknown) => {
    throw new SetupError(`${path} cannot be read: ${String(cause)}`, { cause });
  });
  try {
    return text === undefined ? undefined : RUN_FILE.parse(JSON.parse(text));
  } catch {
    // The reason would show what the file holds.
    throw new SetupError(`${path} is damaged; delete it and start again.`);
  }
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

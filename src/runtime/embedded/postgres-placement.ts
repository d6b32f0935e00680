import { createHash } from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { join } from 'node:path';
import { findOrCreateUser } from './postgres-account.ts';
import { copyBinaries, type PostgresBinaries, programPath } from './postgres-binaries.ts';
import { writePrivateFile } from './private-file.mjs';
import type { Progress } from './progress.ts';
import { type ProcessUser, runCommand } from './run-command.ts';
import { SetupError } from './setup-error.ts';

/** Where PostgreSQL's data lie and as whom it runs. */
export interface PostgresPlacement {
  /** The cluster itself: PostgreSQL's own data directory, which may not exist yet. */
  readonly cluster: string;
  /** Undefined: the user that runs us. */
  readonly user: ProcessUser | undefined;
  readonly binaries: PostgresBinaries;
}

export interface PlacementOptions {
  readonly dataDirectory: string;
  readonly binaries: PostgresBinaries;
  /** Where root keeps what user postgres could not reach elsewhere. */
  readonly systemDirectory: string;
  readonly progress: Progress;
}

const CLUSTER = 'postgres';

/**
 * Decides where the cluster lies. PostgreSQL refuses to run as root; then it runs as user postgres (or as the owner
 * of a cluster that exists), and what that user cannot reach, as in a closed home, is kept in the system directory.
 * Throws SetupError when no place can be had.
 */
export async function placePostgres(options: PlacementOptions): Promise<PostgresPlacement> {
  const { dataDirectory, binaries } = options;
  const cluster = join(dataDirectory, CLUSTER);
  if (process.getuid?.() !== 0) {
    return { cluster, user: undefined, binaries };
  }
  const moved = await readLocation(dataDirectory);
  const user = (await ownerOf(moved ?? cluster)) ?? (await findOrCreateUser('postgres'));
  const runnable = await placeBinaries(options, user);
  if (moved !== undefined && (await ownerOf(moved)) !== undefined) {
    return { cluster: moved, user, binaries: runnable };
  }
  if (await canUse(dataDirectory, user)) {
    return { cluster, user, binaries: runnable };
  }
  if ((await ownerOf(cluster)) !== undefined) {
    throw new SetupError(
      `PostgreSQL's data in ${cluster} belong to user ${user.uid}, who can no longer enter a directory above them; ` +
        `give that right back (chmod o+x), or delete the data.`,
    );
  }
  return { cluster: await placeCluster(options), user, binaries: runnable };
}

/** The owner of an existing directory unless that is root. */
async function ownerOf(directory: string): Promise<ProcessUser | undefined> {
  const found = await stat(directory).catch(() => undefined);
  return found === undefined || found.uid === 0 ? undefined : { uid: found.uid, gid: found.gid };
}

async function placeBinaries(
  { binaries, systemDirectory, progress }: PlacementOptions,
  user: ProcessUser,
): Promise<PostgresBinaries> {
  const tryRun = (candidate: PostgresBinaries) =>
    runCommand(programPath(candidate, 'postgres'), ['--version'], { user });
  if ((await tryRun(binaries)).exitCode === 0) {
    return binaries;
  }
  const copy = await copyBinaries(binaries, systemDirectory, progress);
  const { exitCode, output } = await tryRun(copy);
  if (exitCode !== 0) {
    throw new SetupError(
      `PostgreSQL cannot be run as user ${user.uid} from ${copy.directory}: ${output}. ` +
        `Run as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.`,
    );
  }
  return copy;
}

/** Really tries, as that user, to write a file below the directory: rights and access lists of all parents count. */
async function canUse(directory: string, user: ProcessUser): Promise<boolean> {
  const probe = await mkdtemp(join(directory, 'probe-'));
  try {
    await chown(probe, user.uid, user.gid);
    const script = 'echo probe > "$1/file" && cat "$1/file"';
    const { exitCode } = await runCommand('/bin/sh', ['-c', script, 'sh', probe], { user });
    return exitCode === 0;
  } catch {
    return false;
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

function locationFile(dataDirectory: string): string {
  return join(dataDirectory, 'postgres.location');
}

async function readLocation(dataDirectory: string): Promise<string | undefined> {
  const text = await readFile(locationFile(dataDirectory), 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : text.trim();
}

/**
 * Chooses a cluster in the system directory and notes it in the data directory. A cluster that is there without such
 * a note belonged to a data directory that was deleted since; it is set aside.
 */
async function placeCluster(options: PlacementOptions): Promise<string> {
  const { dataDirectory, systemDirectory, progress } = options;
  const path = await realpath(dataDirectory);
  const name = createHash('sha256').update(path).digest('hex').slice(0, 16);
  const directory = join(systemDirectory, name);
  const cluster = join(directory, CLUSTER);
  await mkdir(directory, { recursive: true });
  await chmod(systemDirectory, 0o755);
  await chmod(directory, 0o755);
  if ((await ownerOf(cluster)) !== undefined) {
    const previous = join(directory, 'previous');
    progress(`a deleted data directory left PostgreSQL's data; they are now in ${previous}`);
    await rm(previous, { recursive: true, force: true });
    await rename(cluster, previous);
  }
  progress(`user postgres cannot reach ${path}; PostgreSQL's data are kept in ${cluster}`);
  await writePrivateFile(locationFile(dataDirectory), `${cluster}\n`);
  return cluster;
}

import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { programPath } from './postgres-binaries.ts';
import type { PostgresPlacement } from './postgres-placement.ts';
import { type Progress, reportLongStep } from './progress.ts';
import { runCommand } from './run-command.ts';
import { SetupError } from './setup-error.ts';

/** The role that initdb makes. */
export const SUPERUSER = 'postgres';

const INIT_TIMEOUT_MS = 300_000;

/** Whether there is a finished cluster. Throws SetupError when its data are another version's or another user's. */
export async function clusterExists({ cluster, binaries }: PostgresPlacement): Promise<boolean> {
  let version: string;
  try {
    version = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') {
      throw new SetupError(
        `PostgreSQL's data in ${cluster} belong to another user; start as that user, or delete them.`,
        { cause: error },
      );
    }
    const entries = await readdir(cluster).catch(() => []);
    if (entries.length > 0) {
      throw new SetupError(`${cluster} holds something that is not PostgreSQL's; move it away.`, {
        cause: error,
      });
    }
    return false;
  }
  if (version !== binaries.major) {
    throw new SetupError(
      `The data in ${cluster} were written by PostgreSQL ${version}, and this is PostgreSQL ${binaries.major}; ` +
        `move the directory away to begin with an empty database.`,
    );
  }
  return true;
}

/**
 * Makes the cluster: UTF-8, the same C.UTF-8 collation on every system, passwords for everybody. It is made beside
 * its place and moved there when it is whole, so a cluster that is there is never a half-made one.
 */
export async function initialiseCluster(
  placement: PostgresPlacement,
  password: string,
  progress: Progress,
): Promise<void> {
  const { cluster, binaries, user } = placement;
  await removeAbandoned(cluster);
  const staging = `${cluster}.init-${process.pid}`;
  const passwordFile = join(staging, 'password');
  const made = join(staging, 'cluster');
  try {
    await mkdir(staging, { mode: 0o700 });
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    if (user !== undefined) {
      await Promise.all([staging, passwordFile].map((path) => chown(path, user.uid, user.gid)));
    }
    const { exitCode, output } = await reportLongStep(progress, 'creating the database', () =>
      runCommand(
        programPath(binaries, 'initdb'),
        [
          `--pgdata=${made}`,
          `--username=${SUPERUSER}`,
          `--pwfile=${passwordFile}`,
          '--auth=scram-sha-256',
          '--encoding=UTF8',
          '--no-locale',
          '--locale-provider=builtin',
          '--builtin-locale=C.UTF-8',
          '--no-instructions',
        ],
        { user, timeoutMs: INIT_TIMEOUT_MS },
      ),
    );
    if (exitCode !== 0) {
      throw new SetupError(`PostgreSQL's initdb failed:\n${output}`);
    }
    await rm(cluster, { recursive: true, force: true });
    await rename(made, cluster);
  } finally {
    await removeTree(staging);
  }
}

/**
 * Removes what starts that were killed during initdb left. The lock on the data directory is ours, so nobody needs
 * it, though a forgotten initdb may still be writing into it.
 */
async function removeAbandoned(cluster: string): Promise<void> {
  const parent = dirname(cluster);
  const prefix = `${basename(cluster)}.init-`;
  const names = await readdir(parent);
  for (const name of names.filter((candidate) => candidate.startsWith(prefix))) {
    await removeTree(join(parent, name));
  }
}

async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

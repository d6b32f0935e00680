import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepFile, openDataDirectory } from '../../../../src/runtime/embedded/data-directory.ts';
import { SetupError } from '../../../../src/runtime/embedded/setup-error.ts';

let parent: string;
let directory: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'throughline-data-'));
  directory = join(parent, 'data');
});

afterEach(async () => {
  await rm(parent, { recursive: true, force: true });
});

/** What stands in the way of a start, and that it has changed nothing. */
async function refusal(makes = true): Promise<string> {
  const list = () => readdir(parent, { recursive: true });
  const before = await list();
  const error = await openDataDirectory(directory, makes).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SetupError);
  expect(await list()).toEqual(before);
  return (error as SetupError).message;
}

/** A directory as a start leaves it. */
async function useOnce(): Promise<void> {
  await openDataDirectory(directory, true);
  await mkdir(join(directory, 'postgres'));
  await writeFile(join(directory, 'encryption.key'), 'first\n');
  await writeFile(join(directory, 'postgres.password'), 'second\n');
  await keepFile(directory, 'encryption.key');
  await keepFile(directory, 'postgres.password');
}

describe('a data directory', () => {
  it('is made where there is none, and opened again as it was left', async () => {
    await useOnce();
    await openDataDirectory(directory, true);
    await openDataDirectory(directory, false);
    expect(await readFile(join(directory, 'format'), 'utf8')).toBe('1\n');
  });

  it('of a start that was killed before it had a database is gone on with', async () => {
    await openDataDirectory(directory, true);
    await writeFile(join(directory, 'postgres.password'), 'second\n');
    await expect(openDataDirectory(directory, true)).resolves.toBeUndefined();
  });

  it.each([[null], ['elsewhere']])(
    'whose database is missing (kept at %s) is refused, until that is said to be meant',
    async (elsewhere) => {
      await useOnce();
      await rm(join(directory, 'postgres'), { recursive: true });
      const place = join(parent, elsewhere ?? 'data/postgres');
      if (elsewhere !== null) {
        await writeFile(join(directory, 'postgres.location'), `${place}\n`);
      }
      const said = await refusal();
      expect(said).toContain(`${place} with the data of PostgreSQL is missing: put it back`);
      await rm(/ or delete (\S+) where this was meant/.exec(said)?.[1] ?? '');
      await openDataDirectory(directory, true);
      await keepFile(directory, 'postgres.password');
      await mkdir(place);
      await expect(openDataDirectory(directory, true)).resolves.toBeUndefined();
    },
  );

  it('is not made by what only reads', async () => {
    expect(await refusal(false)).toMatch(
      /^There is no database in .*npm start or throughline migrate/,
    );
    expect(await readdir(parent)).toEqual([]);
  });

  it('must be a directory', async () => {
    await writeFile(directory, '');
    expect(await refusal()).toContain('is a file: set THROUGHLINE_DATA_DIRECTORY to a directory.');
  });

  it.each([['postgres'], ['postgres.location'], ['temporal/ready']])(
    'of an older release, with %s and no format, is refused',
    async (name) => {
      await mkdir(join(directory, name), { recursive: true });
      expect(await refusal()).toMatch(
        /was written by an older Throughline.*move the directory away/,
      );
    },
  );

  it.each(['2', '0', '', 'x'.repeat(10_000)])('of the format %j is refused', async (format) => {
    await useOnce();
    await writeFile(join(directory, 'format'), format);
    const said = await refusal();
    expect(said).toMatch(/is of format ".{0,20}", and this Throughline reads 1: /);
  });

  it.each(['encryption.key', 'postgres.password'] as const)(
    'whose %s is missing or was edited is refused, until that is said to be meant',
    async (file) => {
      await useOnce();
      await writeFile(join(directory, file), 'other\n');
      expect(await refusal()).toMatch(
        new RegExp(`/${file}, which opens .* was edited: put it back`),
      );
      await rm(join(directory, file));
      const said = await refusal();
      expect(said).toMatch(new RegExp(`/${file}, which opens .* is missing: put it back`));
      const note = / or delete (\S+) where this was meant/.exec(said)?.[1] ?? '';
      await rm(note);
      await openDataDirectory(directory, true);
    },
  );

  it('does not mind white space around what a file holds', async () => {
    await useOnce();
    await writeFile(join(directory, 'encryption.key'), 'first');
    await expect(openDataDirectory(directory, true)).resolves.toBeUndefined();
  });
});

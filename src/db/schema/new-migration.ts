import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../../domain/core/errors.ts';
import { catalogueObjects } from './catalogue-objects.ts';
import { dumpCatalogue } from './catalogue.ts';
import { withDirectConnection } from '../core/direct-connection.ts';
import { diffDataModel, migrate, readMigrations, type MigrationSource } from './migrate.ts';

export interface NewMigrationInput {
  /** What it does: lower-case words joined by underscores, a verb first. */
  readonly name: string;
  readonly source: MigrationSource;
  readonly now: Date;
}

export interface NewMigration {
  /** Path of the migration's file. */
  readonly path: string;
  readonly sql: string;
}

const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const MAX_NAME_CHARACTERS = 60;

/** @throws DomainError INVALID_INPUT when a migration cannot be called so */
export function checkMigrationName(name: string): void {
  if (!NAME.test(name) || name.length > MAX_NAME_CHARACTERS) {
    throw new DomainError(
      'INVALID_INPUT',
      `Name a migration by up to ${MAX_NAME_CHARACTERS} lower-case letters, digits and underscores, a verb first, such as add_deployment.`,
    );
  }
}

/**
 * Writes the next migration: what the schema engine finds between all migrations and `schema.prisma`. The engine does not
 * know what was made by hand, so its script is tried out, and refused when something is gone afterwards.
 * @param directUrl connection string of an empty database, as the owner of its tables; the migrations are applied to it
 * @returns null when there is no difference; then nothing is written
 * @throws DomainError INVALID_INPUT, CONFLICT with the names of what would be lost; then nothing is written either
 */
export async function writeNewMigration(
  directUrl: string,
  input: NewMigrationInput,
): Promise<NewMigration | null> {
  const { name, source } = input;
  checkMigrationName(name);
  const { migrationDirectories, baseDir } = await readMigrations(source);
  const existing = migrationDirectories.map(({ path }) => path);
  const twin = existing.find((path) => path.replace(/^\d+_/, '') === name);
  if (twin !== undefined) {
    throw new DomainError('INVALID_INPUT', `There is ${twin} already: give this one another name.`);
  }
  await migrate(directUrl, source);
  const sql = await diffDataModel(directUrl, source, 'SCRIPT');
  if (sql === null) {
    return null;
  }
  await refuseLosses(directUrl, sql);
  const directory = join(baseDir, `${nextStamp(existing.at(-1), input.now)}_${name}`);
  await mkdir(directory);
  const path = join(directory, 'migration.sql');
  await writeFile(path, sql, { flag: 'wx' });
  return { path, sql };
}

/**
 * Columns by name and number: one that is dropped and added again, which is how the engine changes some types, has
 * another number, and is empty.
 */
const COLUMNS = `
SELECT format('table %s column %s', c.relname, a.attname) AS name, a.attnum AS number
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped`;

/** Everything that can be lost, under a name that says whether it is still the same. */
async function readObjects(directUrl: string): Promise<ReadonlyMap<string, string>> {
  const objects = new Map<string, string>();
  for (const name of catalogueObjects(await dumpCatalogue(directUrl))) {
    objects.set(name, name);
  }
  const { rows } = await withDirectConnection(directUrl, (connection) =>
    connection.query<{ name: string; number: number }>(COLUMNS),
  );
  for (const { name, number } of rows) {
    objects.set(`${name} ${number}`, name);
  }
  return objects;
}

/** Applies the script to the scratch database, and reads the catalogue before and after. */
async function refuseLosses(directUrl: string, sql: string): Promise<void> {
  const before = await readObjects(directUrl);
  try {
    await withDirectConnection(directUrl, (connection) => connection.query(sql));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DomainError(
      'CONFLICT',
      `PostgreSQL refuses what the difference would do (${reason}): write this migration by hand.`,
      { cause: error },
    );
  }
  const after = await readObjects(directUrl);
  const lost = [...before].filter(([key]) => !after.has(key)).map(([, name]) => name);
  if (lost.length > 0) {
    throw new DomainError(
      'CONFLICT',
      `The migration would drop what the catalogue lists: ${lost.join('; ')}. Write it by hand, and make there anew what must stay.`,
    );
  }
}

/** Fourteen digits of UTC; later than the last migration also when its stamp lies ahead of the clock. */
function nextStamp(last: string | undefined, now: Date): string {
  const stamp = now.toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const lastStamp = last?.slice(0, 14) ?? '';
  return stamp > lastStamp ? stamp : String(BigInt(lastStamp) + 1n);
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checksumOf, readAppliedMigrations } from './applied-migrations.ts';
import { dumpCatalogue } from './catalogue.ts';
import { diffDataModel, readMigrations, type MigrationSource } from './migrate.ts';

/**
 * Says how a database differs from what the migrations make of it, one sentence a difference; empty when it does not.
 * Compares three ways: Prisma's own diff against `schema.prisma`, the catalogue against the golden copy in
 * `catalogue.txt` (partitions, checks, policies, grants, functions), and the record of applied migrations. While a
 * migration is not applied, only that is said.
 * @param directUrl connection string of the owner of the tables, not through a pooler; nothing is changed
 */
export async function findDrift(
  directUrl: string,
  source: MigrationSource,
): Promise<readonly string[]> {
  const { unapplied, others } = await compareMigrations(directUrl, source);
  if (unapplied.length > 0) {
    // What they would change is not drift.
    return [...unapplied, ...others];
  }
  return [
    ...others,
    ...(await compareDataModel(directUrl, source)),
    ...(await compareCatalogue(directUrl, source)),
  ];
}

async function compareDataModel(directUrl: string, source: MigrationSource): Promise<string[]> {
  const difference = await diffDataModel(directUrl, source, 'SUMMARY');
  const changes = (difference ?? '').split('\n').filter((line) => line.trim() !== '');
  return difference === null
    ? []
    : [`schema.prisma wants other tables than the database has: ${changes.join('; ')}`];
}

async function compareCatalogue(directUrl: string, source: MigrationSource): Promise<string[]> {
  const golden = await readFile(join(source.prismaDirectory, 'catalogue.txt'), 'utf8');
  const expected = new Set(golden.split('\n'));
  const found = new Set((await dumpCatalogue(directUrl)).split('\n'));
  return [
    ...[...expected]
      .filter((line) => !found.has(line))
      .map((line) => `missing in the database: ${line}`),
    ...[...found]
      .filter((line) => !expected.has(line))
      .map((line) => `only in the database: ${line}`),
  ];
}

async function compareMigrations(
  directUrl: string,
  source: MigrationSource,
): Promise<{ unapplied: readonly string[]; others: readonly string[] }> {
  const recorded = await readAppliedMigrations(directUrl);
  const { migrationDirectories } = await readMigrations(source);
  const unapplied: string[] = [];
  const others: string[] = [];
  for (const { path, migrationFile } of migrationDirectories) {
    const checksum = recorded.get(path);
    recorded.delete(path);
    if (checksum === undefined) {
      unapplied.push(`migration ${path} is not applied`);
    } else if (
      migrationFile.content.tag === 'ok' &&
      checksumOf(migrationFile.content.value) !== checksum
    ) {
      others.push(`migration ${path} was edited after it was applied`);
    }
  }
  others.push(
    ...[...recorded.keys()].map((name) => `migration ${name} was applied but has no file`),
  );
  return { unapplied, others };
}

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MigrationList } from '@prisma/schema-engine-wasm';
import { readAppliedMigrations, requireSameMigrations } from './applied-migrations.ts';
import { NO_FILTERS, withSchemaEngine, type DataModel } from './schema-engine.ts';

/** Where the data model and its migrations lie: the project's `prisma` folder. */
export interface MigrationSource {
  readonly prismaDirectory: string;
}

export interface MigrationResult {
  /** Names of the migrations that this call applied, in order; empty when the database was up to date. */
  readonly applied: readonly string[];
}

/** Reads `schema.prisma`. */
async function readDataModel(source: MigrationSource): Promise<DataModel> {
  const path = join(source.prismaDirectory, 'schema.prisma');
  return { path, content: await readFile(path, 'utf8') };
}

/** Reads `migrations/<stamp>_<verb>/migration.sql` of every migration, oldest first. */
export async function readMigrations(source: MigrationSource): Promise<MigrationList> {
  const baseDir = join(source.prismaDirectory, 'migrations');
  const names = (await readdir(baseDir, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
  const migrationDirectories = await Promise.all(
    names.map(async (name) => {
      const value = await readFile(join(baseDir, name, 'migration.sql'), 'utf8');
      const migrationFile = { path: 'migration.sql', content: { tag: 'ok' as const, value } };
      return { path: name, migrationFile };
    }),
  );
  const path = join(baseDir, 'migration_lock.toml');
  const lockfile = { path, content: await readFile(path, 'utf8') };
  return { baseDir, lockfile, shadowDbInitScript: '', migrationDirectories };
}

/**
 * Applies the migrations that are missing, in order, each in the transaction that Prisma's engine gives it.
 * @param directUrl connection string of the owner of the tables (`DATABASE_DIRECT_URL`), not through a pooler
 * @throws DomainError CONFLICT when the database was made by other migrations, DATABASE_UNAVAILABLE when it does not
 * answer; the engine's own error, which names the migration and PostgreSQL's complaint
 */
export async function migrate(
  directUrl: string,
  source: MigrationSource,
): Promise<MigrationResult> {
  const migrationsList = await readMigrations(source);
  requireSameMigrations(await readAppliedMigrations(directUrl), migrationsList);
  return withSchemaEngine(directUrl, await readDataModel(source), async (engine) => {
    const output = await engine.applyMigrations({ migrationsList, filters: NO_FILTERS });
    return { applied: output.appliedMigrationNames };
  });
}

/**
 * What `schema.prisma` has otherwise than a database: as a script that would change the database, or in words.
 * @returns null when there is no difference
 */
export async function diffDataModel(
  directUrl: string,
  source: MigrationSource,
  form: 'SCRIPT' | 'SUMMARY',
): Promise<string | null> {
  const dataModel = await readDataModel(source);
  return withSchemaEngine(directUrl, dataModel, async (engine) => {
    const { exitCode, stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files: [dataModel], configDir: source.prismaDirectory },
      to: { tag: 'schemaDatamodel', files: [dataModel] },
      script: form === 'SCRIPT',
      exitCode: true,
      filters: NO_FILTERS,
    });
    return exitCode === 0 ? null : (stdout ?? '');
  });
}

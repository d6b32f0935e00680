import { createHash } from 'node:crypto';
import type { MigrationList } from '@prisma/schema-engine-wasm';
import { DomainError } from '../../domain/core/errors.ts';
import { withDirectConnection } from '../core/direct-connection.ts';

/** The checksum that Prisma's engine records of a migration's script. */
export function checksumOf(script: string): string {
  return createHash('sha256').update(script).digest('hex');
}

/** Reads the checksums of the migrations that were applied, by name; empty where no migration ever was. */
export function readAppliedMigrations(directUrl: string): Promise<Map<string, string>> {
  return withDirectConnection(directUrl, async (connection) => {
    const table = await connection.query<{ exists: boolean }>(
      `SELECT to_regclass('public._prisma_migrations') IS NOT NULL AS exists`,
    );
    if (table.rows[0]?.exists !== true) {
      return new Map();
    }
    const { rows } = await connection.query<{ name: string; checksum: string }>(
      `SELECT migration_name AS name, checksum FROM public._prisma_migrations
      WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
    );
    return new Map(rows.map(({ name, checksum }) => [name, checksum]));
  });
}

/**
 * Refuses a database that was made by other migrations than the files are: the next migration would run on tables that
 * it does not expect. Migrations that are newer than every file are those of a later release, and no reason to refuse.
 * @throws DomainError CONFLICT when an applied migration was edited, or its file removed
 */
export function requireSameMigrations(
  applied: ReadonlyMap<string, string>,
  { migrationDirectories }: Pick<MigrationList, 'migrationDirectories'>,
): void {
  const scripts = new Map(
    migrationDirectories.map(({ path, migrationFile: { content } }) => [
      path,
      content.tag === 'ok' ? content.value : '',
    ]),
  );
  const newest = [...scripts.keys()].toSorted().at(-1) ?? '';
  const changed = [...applied]
    .filter(([name, checksum]) => {
      const script = scripts.get(name);
      return script === undefined ? name < newest : checksumOf(script) !== checksum;
    })
    .map(([name]) => name)
    .toSorted();
  if (changed.length > 0) {
    throw new DomainError(
      'CONFLICT',
      `The database was made by migrations that have changed since (${changed.join(', ')}): delete the data directory, or start with an empty database.`,
    );
  }
}

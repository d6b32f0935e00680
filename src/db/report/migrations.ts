import { findDrift } from '../schema/drift.ts';
import type { MigrationSource } from '../schema/migrate.ts';
import { act, fine, type Finding, type ReportSection } from './section.ts';

/** As many differences as a reader wants to see at once. */
const SHOWN = 3;

/** Says in one line whether the tables are what the migrations make. */
export function evaluateDrift(drift: readonly string[]): readonly Finding[] {
  if (drift.length === 0) {
    return [fine('The tables are what the migrations and the golden catalogue say.')];
  }
  const more = drift.length > SHOWN ? `; and ${drift.length - SHOWN} more` : '';
  return [
    act(
      `The tables differ from the migrations: ${drift.slice(0, SHOWN).join('; ')}${more}.`,
      'Run `throughline migrate` when a migration is missing; else `throughline drift` lists all.',
    ),
  ];
}

/** Compares the database with its migrations. */
export async function readMigrationState(
  directUrl: string,
  source: MigrationSource,
): Promise<ReportSection> {
  const findings = evaluateDrift(await findDrift(directUrl, source));
  return { key: 'migrations', title: 'Migrations', columns: [], rows: [], total: 0, findings };
}

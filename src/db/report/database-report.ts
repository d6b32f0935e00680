import type pg from 'pg';
import { withDirectConnection } from '../core/direct-connection.ts';
import type { MigrationSource } from '../schema/migrate.ts';
import { readCache } from './cache.ts';
import { readConnections } from './connections.ts';
import { readGrowth } from './growth.ts';
import { readIndexBloat } from './index-bloat.ts';
import { readIndexes } from './indexes.ts';
import { readMigrationState } from './migrations.ts';
import { readOrphans } from './orphans.ts';
import { readPartitions } from './partitions.ts';
import { readReplication } from './replication.ts';
import { readScans } from './scans.ts';
import type { ReportScope, ReportSection, Section } from './section.ts';
import { readSizes } from './sizes.ts';
import { readStatements } from './statements.ts';
import { readTransactions } from './transactions.ts';
import { readVacuum } from './vacuum.ts';

/** What the database says of itself at one moment. */
export interface DatabaseReport {
  readonly measuredAt: Date;
  readonly sections: readonly ReportSection[];
}

export interface DatabaseReportOptions {
  readonly now: Date;
  /** Rows that each table shows, 1 or more. */
  readonly top: number;
  /** Where the migrations lie: they are compared with the tables, and every row is looked at for orphans. Null: not. */
  readonly source: MigrationSource | null;
}

/** In the order in which a reader wants them: how large, how well, how busy, how it goes on. */
const SECTIONS: readonly Section[] = [
  readSizes,
  readGrowth,
  readIndexes,
  readIndexBloat,
  readScans,
  readCache,
  readVacuum,
  readPartitions,
  readStatements,
  readConnections,
  readTransactions,
  readReplication,
];

/** A report must not cause the load that it is to find. */
const STATEMENT_TIMEOUT_MS = 30_000;

// Statistics that were never reset count since the database was made: when its first migration ran.
const SCOPE = `
SELECT coalesce((SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()),
    (SELECT min(finished_at) FROM _prisma_migrations)) AS "statisticsSince",
  pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS "seesOthers"`;

/**
 * Measures the database over a connection of its own, reading only.
 * @param directUrl connection string of the owner of the tables, not through a pooler
 * @throws DomainError DATABASE_UNAVAILABLE; PostgreSQL's error when a statement takes longer than 30 s
 */
export async function readDatabaseReport(
  directUrl: string,
  options: DatabaseReportOptions,
): Promise<DatabaseReport> {
  const sections = await readSections(directUrl, options);
  if (options.source !== null) {
    sections.push(
      await readOrphans(directUrl),
      await readMigrationState(directUrl, options.source),
    );
  }
  return { measuredAt: options.now, sections };
}

function readSections(directUrl: string, options: DatabaseReportOptions): Promise<ReportSection[]> {
  return withDirectConnection(directUrl, async (connection) => {
    await connection.query(
      `SELECT set_config('statement_timeout', '${STATEMENT_TIMEOUT_MS}ms', false),
        set_config('default_transaction_read_only', 'on', false), set_config('TimeZone', 'UTC', false)`,
    );
    const scope = await readScope(connection, options);
    const sections: ReportSection[] = [];
    for (const section of SECTIONS) {
      sections.push(await section(connection, scope));
    }
    return sections;
  });
}

async function readScope(
  connection: pg.Client,
  options: DatabaseReportOptions,
): Promise<ReportScope> {
  const { rows } =
    await connection.query<Pick<ReportScope, 'statisticsSince' | 'seesOthers'>>(SCOPE);
  const [found] = rows;
  return {
    now: options.now,
    top: options.top,
    statisticsSince: found?.statisticsSince ?? null,
    seesOthers: found?.seesOthers ?? false,
  };
}

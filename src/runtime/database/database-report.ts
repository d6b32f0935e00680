import { join } from 'node:path';
import type { ReadDatabaseReport } from '../../api/core/context.ts';
import { asRead } from '../../db/core/database-errors.ts';
import { readDatabaseReport, type DatabaseReport } from '../../db/report/database-report.ts';
import { createSharedCalls } from '../core/shared-calls.ts';
import type { Platform } from '../platform/platform.ts';
import { directUrl } from '../platform/workspace.ts';

/** What `throughline db report` shows. */
export type InstallationReport = DatabaseReport;

/**
 * Measures the database, looks for orphans and compares the tables with the migrations.
 * @param top rows that each table shows, 1 or more
 * @throws DomainError when the database cannot be used
 */
export function reportDatabase(
  platform: Pick<Platform, 'database'>,
  projectDirectory: string,
  top: number,
): Promise<InstallationReport> {
  return readDatabaseReport(directUrl(platform), {
    now: new Date(),
    top,
    source: { prismaDirectory: join(projectDirectory, 'prisma') },
  });
}

/**
 * Reads the report for the API, statistics only: orphans and drift are for the command line. Operators who ask at the
 * same time get the same report, so that the report does not become a load.
 */
export function createDatabaseReportReader(connectionString: string): ReadDatabaseReport {
  const reading = createSharedCalls<DatabaseReport>();
  return (top) =>
    reading(String(top), () =>
      asRead(readDatabaseReport(connectionString, { now: new Date(), top, source: null })),
    ).answer;
}

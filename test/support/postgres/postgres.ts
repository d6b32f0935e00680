import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { withDirectConnection } from '../../../src/db/core/direct-connection.ts';

/** What the global set-up hands to the workers: one cluster with one migrated template for the whole run. */
export interface ProvidedPostgres {
  readonly superuserUrl: string;
  readonly templateDatabase: string;
  /** Every database of the run begins so, and is dropped with it. */
  readonly databasePrefix: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: ProvidedPostgres;
  }
}

export interface TestDatabase {
  /** As gateway and workers are: under row-level security, owner of nothing. */
  readonly applicationUrl: string;
  /** As the owner of the tables: migrations and housekeeping. */
  readonly maintenanceUrl: string;
  readonly superuserUrl: string;
  /** Drops the database, also under open connections. */
  drop(): Promise<void>;
}

/** The roles of deploy/postgres/roles.sql get this password on the cluster of the tests. */
export const TEST_ROLE_PASSWORD = 'throughline-test';

/** The same cluster and server options, another database and, if named, another role. */
export function withDatabase(url: string, database: string, role?: string): string {
  const result = new URL(url);
  result.pathname = `/${database}`;
  if (role !== undefined) {
    result.username = role;
    result.password = TEST_ROLE_PASSWORD;
  }
  return result.href;
}

/** A migrated, empty database of its own for one test file: a copy of the run's template. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { superuserUrl, templateDatabase, databasePrefix } = inject('postgres');
  const name = `${databasePrefix}${randomBytes(6).toString('hex')}`;
  await withDirectConnection(superuserUrl, (connection) =>
    connection.query(
      `CREATE DATABASE ${name} TEMPLATE ${templateDatabase} OWNER throughline_maintenance`,
    ),
  );
  return {
    applicationUrl: withDatabase(superuserUrl, name, 'throughline_application'),
    maintenanceUrl: withDatabase(superuserUrl, name, 'throughline_maintenance'),
    superuserUrl: withDatabase(superuserUrl, name),
    drop: () =>
      withDirectConnection(superuserUrl, async (connection) => {
        await connection.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }),
  };
}

import pg from 'pg';
import { withDirectConnection } from '../../../../src/db/core/direct-connection.ts';
import { createTestDatabase, type TestDatabase } from '../../../support/postgres/postgres.ts';
import { seedTenantRows } from '../../../support/rows/tenant-rows.ts';

/** PostgreSQL's code for a missing right and for a row that a policy forbids. */
export const FORBIDDEN = '42501';

/** Two teams with a row in every tenant table, and a connection of the application role. */
export interface TwoTenants {
  readonly database: TestDatabase;
  readonly application: pg.Client;
  readonly ours: bigint;
  readonly theirs: bigint;
  /** Names of the tenant tables. */
  readonly tables: readonly string[];
  /** Runs a statement that may fail inside the test's transaction; answers its SQL state or its number of rows. */
  attempt(statement: string): Promise<string | number>;
  close(): Promise<void>;
}

export async function openTwoTenants(): Promise<TwoTenants> {
  const database = await createTestDatabase();
  const seeded = await withDirectConnection(database.superuserUrl, async (connection) => {
    const ours = await seedTenantRows(connection, 'ours');
    const theirs = await seedTenantRows(connection, 'theirs');
    const found = await connection.query<{ name: string }>(`
      SELECT c.relname AS name FROM pg_class c
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'team_id'
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1`);
    return { ours, theirs, tables: found.rows.map(({ name }) => name) };
  });
  const application = new pg.Client({ connectionString: database.applicationUrl });
  await application.connect();
  return {
    ...seeded,
    database,
    application,
    async attempt(statement) {
      await application.query('SAVEPOINT attempt');
      try {
        return (await application.query(statement)).rowCount ?? 0;
      } catch (error) {
        await application.query('ROLLBACK TO SAVEPOINT attempt');
        return error instanceof pg.DatabaseError ? (error.code ?? 'unknown') : 'unknown';
      }
    },
    async close() {
      await application.end();
      await database.drop();
    },
  };
}

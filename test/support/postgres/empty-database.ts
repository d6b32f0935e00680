import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { withDirectConnection } from '../../../src/db/core/direct-connection.ts';
import { withDatabase, type TestDatabase } from './postgres.ts';

/** A database without tables that the role of the owner owns, on the cluster of the tests. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const { superuserUrl, databasePrefix } = inject('postgres');
  const name = `${databasePrefix}${randomBytes(6).toString('hex')}`;
  const run = (statement: string): Promise<void> =>
    withDirectConnection(superuserUrl, async (connection) => {
      await connection.query(statement);
    });
  await run(`CREATE DATABASE ${name} OWNER throughline_maintenance`);
  return {
    applicationUrl: withDatabase(superuserUrl, name, 'throughline_application'),
    maintenanceUrl: withDatabase(superuserUrl, name, 'throughline_maintenance'),
    superuserUrl: withDatabase(superuserUrl, name),
    drop: () => run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

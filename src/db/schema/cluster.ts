import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withDirectConnection } from '../core/direct-connection.ts';

const MAINTENANCE_ROLE = 'throughline_maintenance';
const APPLICATION_ROLE = 'throughline_application';

export interface PrepareClusterInput {
  /** Superuser's URL of any database of the cluster. */
  readonly superuserUrl: string;
  /** Folder with `roles.sql`. */
  readonly deployDirectory: string;
  readonly database: string;
  /** Password of both roles; null leaves them as they are. */
  readonly password: string | null;
}

export interface PreparedDatabase {
  /** As the application role. */
  readonly url: string;
  /** As the role that owns the tables. */
  readonly directUrl: string;
}

/** Makes the roles and the database of a cluster of our own; what is there already stays. */
export async function prepareCluster(input: PrepareClusterInput): Promise<PreparedDatabase> {
  await withDirectConnection(input.superuserUrl, async (client) => {
    await client.query(await readFile(join(input.deployDirectory, 'roles.sql'), 'utf8'));
    if (input.password !== null) {
      for (const role of [MAINTENANCE_ROLE, APPLICATION_ROLE]) {
        await client.query(
          `ALTER ROLE ${client.escapeIdentifier(role)} PASSWORD ${client.escapeLiteral(input.password)}`,
        );
      }
    }
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [
      input.database,
    ]);
    if (found.rowCount === 0) {
      await client.query(
        `CREATE DATABASE ${client.escapeIdentifier(input.database)} OWNER ${MAINTENANCE_ROLE}`,
      );
    }
  });
  await createStatementStatistics(input);
  return {
    url: asRole(input, APPLICATION_ROLE),
    directUrl: asRole(input, MAINTENANCE_ROLE),
  };
}

/** Only a superuser can. A PostgreSQL that was built without it does without: the report says so. */
async function createStatementStatistics(input: PrepareClusterInput): Promise<void> {
  const url = new URL(input.superuserUrl);
  url.pathname = `/${input.database}`;
  await withDirectConnection(url.href, async (connection) => {
    const { rowCount } = await connection.query(
      `SELECT 1 FROM pg_available_extensions WHERE name = 'pg_stat_statements' AND installed_version IS NULL`,
    );
    if (rowCount !== 0) {
      await connection.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    }
  });
}

function asRole(input: PrepareClusterInput, role: string): string {
  const url = new URL(input.superuserUrl);
  url.username = role;
  url.password = input.password ?? '';
  url.pathname = `/${input.database}`;
  return url.href;
}

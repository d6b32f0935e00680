import { createBulkConnection, type OpenBulkConnection } from '../../db/bulk/bulk-connection.ts';
import type { Db } from '../../db/core/client.ts';
import { createNodeDb, verifyDb } from '../../db/core/node-client.ts';
import type { Platform } from '../platform/platform.ts';
import { withMaintenanceDb } from '../platform/workspace.ts';

/** What a command needs that writes very many rows. */
export interface BulkSession {
  /** As the application role, under row-level security. */
  readonly db: Db;
  /** As the same role, for COPY. */
  readonly bulk: OpenBulkConnection;
  /** As the owner of the tables: finds and makes teams. */
  readonly maintenance: Db;
}

/** Teams that may be written at the same time, each with a chunk on its way. */
const POOL_SIZE = 4;

/**
 * Opens connections for work, and closes them after it.
 * @param name shown in pg_stat_activity
 * @throws DomainError when the database cannot be used, or is not known as its owner
 */
export async function withBulkSession<T>(
  platform: Pick<Platform, 'database'>,
  name: string,
  work: (session: BulkSession) => Promise<T>,
): Promise<T> {
  return withMaintenanceDb(platform, name, async (maintenance) => {
    const options = {
      connectionString: platform.database.url,
      poolSize: POOL_SIZE,
      applicationName: name,
      // A connection that breaks fails what uses it, which tells more.
      onConnectionError: () => undefined,
    };
    const db = createNodeDb(options);
    const bulk = createBulkConnection(options);
    try {
      await verifyDb(db);
      return await work({ db, bulk, maintenance });
    } finally {
      await Promise.all([db.$disconnect(), bulk.close()]);
    }
  });
}

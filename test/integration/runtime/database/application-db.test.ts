import { expect, it } from 'vitest';
import {
  openDb,
  type ApplicationOptions,
} from '../../../../src/runtime/database/application-db.ts';
import { createLogger } from '../../../../src/runtime/core/logger.ts';
import { withDirectConnection } from '../../../../src/db/core/direct-connection.ts';
import { createTestDatabase } from '../../../support/postgres/postgres.ts';

it('a client opens the connections that it keeps before it is used', async () => {
  const database = await createTestDatabase();
  const options = {
    config: { database: { poolSize: 5 } },
    platform: { database: { url: database.applicationUrl } },
    logger: createLogger('silent'),
  } as unknown as ApplicationOptions;
  const { close } = await openDb(options, 'kept', { keep: 2 });
  const count = await withDirectConnection(database.maintenanceUrl, async (connection) => {
    const text = `SELECT count(*)::integer AS n FROM pg_stat_activity WHERE application_name = 'kept'`;
    return (await connection.query<{ n: number }>(text)).rows[0]?.n;
  });
  await close();
  await database.drop();
  expect(count).toBe(2);
});

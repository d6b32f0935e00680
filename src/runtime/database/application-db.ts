import type { Db } from '../../db/core/client.ts';
import { createNodeDb, verifyDb, type NodeDbOptions } from '../../db/core/node-client.ts';
import type { Logger } from '../core/logger.ts';
import type { Platform } from '../platform/platform.ts';
import type { Config } from '../settings/config.ts';

/** What the gateway and the workers are made of. */
export interface ApplicationOptions {
  readonly config: Config;
  readonly platform: Platform;
  readonly logger: Logger;
}

type Bounds = NodeDbOptions['bounds'];

/** A client of the application role, and how it ends without a word. */
export interface OpenDb {
  readonly db: Db;
  close(): Promise<void>;
}

/** A client that is made without looking whether the database answers. */
export function connectDb(
  options: ApplicationOptions,
  connectionString: string,
  applicationName: string,
  bounds?: Bounds,
): OpenDb {
  let closing = false;
  const db = createNodeDb({
    connectionString,
    poolSize: options.config.database.poolSize,
    applicationName,
    ...(bounds !== undefined && { bounds }),
    onConnectionError: ({ message }) => {
      // What breaks while everything ends is no news.
      if (!closing) {
        options.logger.warn({ reason: message }, 'a database connection broke');
      }
    },
  });
  const close = async (): Promise<void> => {
    closing = true;
    await db.$disconnect();
  };
  return { db, close };
}

/**
 * A client of a database that answers and is migrated.
 * @throws DomainError DATABASE_UNAVAILABLE
 */
export async function openDb(
  options: ApplicationOptions,
  applicationName: string,
  bounds?: Bounds,
): Promise<OpenDb> {
  const opened = connectDb(options, options.platform.database.url, applicationName, bounds);
  try {
    await verifyDb(opened.db);
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}

import type { Db } from '../../db/core/client.ts';
import { readInstallationIdentity } from '../../db/core/installation.ts';
import { createNodeDb, verifyDb, type NodeDbOptions } from '../../db/core/node-client.ts';
import type { Logger } from '../core/logger.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Platform } from '../platform/platform.ts';
import type { Config } from '../settings/config.ts';

/** What the gateway and the workers are made of. */
export interface ApplicationOptions {
  readonly config: Config;
  readonly platform: Platform;
  readonly logger: Logger;
  /** Counts what the process does; absent where nobody asks for it. */
  readonly telemetry?: Telemetry | undefined;
}

/** What a client differs in from others. */
type DbVariant = Pick<NodeDbOptions, 'bounds' | 'keep'>;

/** A client of the application role, and how it ends without a word. */
export interface OpenDb {
  readonly db: Db;
  close(): Promise<void>;
}

/** A client of a database that was looked at, and whose it is. */
export interface OpenInstallation extends OpenDb {
  /** Identity of the installation: a part of its names in Temporal. */
  readonly installation: string;
}

/** A client that is made without looking whether the database answers. */
export function connectDb(
  options: ApplicationOptions,
  connectionString: string,
  applicationName: string,
  variant: DbVariant = {},
): OpenDb {
  let closing = false;
  const { telemetry } = options;
  const db = createNodeDb({
    connectionString,
    poolSize: options.config.database.poolSize,
    applicationName,
    ...variant,
    onStatement: telemetry?.onStatement,
    onConnectionError: ({ message }) => {
      // What breaks while everything ends is no news.
      if (!closing) {
        options.logger.warn({ reason: message }, 'a database connection broke');
      }
    },
  });
  const forget = telemetry?.watchPool(applicationName, () => db.poolState?.());
  const close = async (): Promise<void> => {
    closing = true;
    forget?.();
    await db.$disconnect();
  };
  return { db, close };
}

/**
 * A client of a database that answers and is migrated, with the connections that it keeps.
 * @throws DomainError DATABASE_UNAVAILABLE
 */
export async function openDb(
  options: ApplicationOptions,
  applicationName: string,
  variant: DbVariant = {},
): Promise<OpenInstallation> {
  const opened = connectDb(options, options.platform.database.url, applicationName, variant);
  try {
    // At the same time, so that each is a connection of its own.
    const looks = Array.from({ length: Math.max(1, variant.keep ?? 0) }, () => verifyDb(opened.db));
    await Promise.all(looks);
    return { ...opened, installation: await readInstallationIdentity(opened.db) };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** The identity of the installation, read on a client of its own. @throws DomainError DATABASE_UNAVAILABLE */
export async function identify(options: ApplicationOptions): Promise<string> {
  const { installation, close } = await openDb(options, 'throughline command');
  await close();
  return installation;
}

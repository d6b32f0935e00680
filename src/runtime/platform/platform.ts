import { join } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.ts';
import { prepareCluster } from '../../db/schema/cluster.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { Config } from '../settings/config.ts';
import { unlessAborted } from '../core/unless-aborted.ts';
import type { RunFile } from '../embedded/run-file.ts';
import type { Environment } from '../settings/environment.ts';
import type { TemporalTarget } from '../temporal/temporal-client.ts';

/** The parts that everything stands on: the configured ones, or embedded ones that this process started. */
export interface Platform {
  readonly database: { readonly url: string; readonly directUrl: string | undefined };
  readonly temporal: TemporalTarget;
  /** True when this process started Temporal: nobody else works on its queues then. */
  readonly startsTemporal: boolean;
  /** Root of the Temporal UI, without a slash at its end. */
  readonly temporalUiUrl: string | null;
  /** 32 bytes as base64 each: the first seals, all of them open. */
  readonly encryptionKeys: readonly [string, ...string[]];
}

export interface PlatformOptions {
  readonly config: Config;
  readonly environment: Environment;
  readonly projectDirectory: string;
  readonly onProgress: (message: string) => void;
  /** Gives a long step up when it is aborted. */
  readonly signal: AbortSignal;
  /** Uses the embedded parts of a start that runs over the same data directory, where there is one. */
  readonly joinRunning: boolean;
  /** Whether a database may be made where the data directory has none. */
  readonly makesDatabase: boolean;
  /** Hears in a sentence that an embedded part has ended although nobody stopped it. */
  readonly onPartEnded: (sentence: string) => void;
  /** Takes what is to be ended, the last first; also when opening fails afterwards. */
  readonly onClose: (name: string, close: () => Promise<void>) => void;
}

const DATABASE_NAME = 'throughline';

/**
 * Opens the database and Temporal: what the settings name, else embedded parts that keep their data in the data
 * directory. The embedded code is loaded only then, so that a production installation need not have it.
 * @throws DomainError or SetupError with one sentence that says what to do
 */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  await checkDataDirectory(options);
  const opening = [
    openDatabase(options),
    openTemporal(options),
    openEncryptionKeys(options.config),
  ] as const;
  // When one of them fails, the others have said what is to be ended before the caller learns of it.
  await Promise.allSettled(opening);
  const [database, temporal, encryptionKeys] = await Promise.all(opening);
  return { database, ...temporal, encryptionKeys };
}

/** Before any part touches it. What a running start has opened is not looked at again. */
async function checkDataDirectory(options: PlatformOptions): Promise<void> {
  const { config, makesDatabase } = options;
  const { database, temporal } = config;
  const isEmbedded = database.url === undefined || temporal.address === undefined;
  if (isEmbedded && (await findRunning(options)) === undefined) {
    const { openDataDirectory } = await import('../embedded/data-directory.ts');
    await openDataDirectory(config.dataDirectory, makesDatabase || database.url !== undefined);
  }
}

/** Opens the database alone, for commands that need no more. */
export async function openPlatformDatabase(
  options: PlatformOptions,
): Promise<Platform['database']> {
  if (options.config.database.url === undefined) {
    await checkDataDirectory(options);
  }
  return openDatabase(options);
}

async function openDatabase(options: PlatformOptions): Promise<Platform['database']> {
  const { config } = options;
  if (config.database.url !== undefined) {
    return { url: config.database.url, directUrl: config.database.directUrl };
  }
  const running = await findRunning(options);
  if (running?.databaseUrl !== undefined) {
    return { url: running.databaseUrl, directUrl: running.databaseDirectUrl };
  }
  const { startEmbeddedPostgres } = await import('../embedded/postgres.ts');
  const { createPassword, loadOrCreateSecret } = await import('../embedded/secrets.ts');
  const { keepFile } = await import('../embedded/data-directory.ts');
  const postgres = await startEmbeddedPostgres({
    dataDirectory: config.dataDirectory,
    onProgress: options.onProgress,
    endsWithUs: true,
    onEnded: options.onPartEnded,
  });
  options.onClose('PostgreSQL', () => postgres.stop());
  await keepFile(config.dataDirectory, 'postgres.password');
  return prepareCluster({
    superuserUrl: postgres.superuserUrl,
    deployDirectory: join(options.projectDirectory, 'deploy', 'postgres'),
    database: DATABASE_NAME,
    password: await loadOrCreateSecret(
      join(config.dataDirectory, 'roles.password'),
      createPassword,
    ),
  });
}

async function openTemporal(
  options: PlatformOptions,
): Promise<Pick<Platform, 'temporal' | 'temporalUiUrl' | 'startsTemporal'>> {
  const { config } = options;
  const { address, namespace, tls, apiKey, uiUrl = null } = config.temporal;
  if (address !== undefined) {
    const temporal = { address, namespace, tls, apiKey };
    return { temporal, temporalUiUrl: uiUrl, startsTemporal: false };
  }
  const running = await findRunning(options);
  if (running !== undefined) {
    return {
      temporal: embeddedTarget(running.temporalAddress),
      temporalUiUrl: running.temporalUiUrl,
      startsTemporal: false,
    };
  }
  const { findTemporalExecutable } = await import('../embedded/temporal-executable.ts');
  const { startEmbeddedTemporal } = await import('../embedded/temporal.ts');
  // A build takes minutes; whoever stops us in the middle does not wait for it.
  const executable = await unlessAborted(options.signal, () =>
    findTemporalExecutable({ ...options, cliPath: config.temporal.cliPath }),
  );
  if (executable.warning !== undefined) {
    options.onProgress(executable.warning);
  }
  const temporal = await startEmbeddedTemporal({
    executable: executable.path,
    dataDirectory: config.dataDirectory,
    onProgress: options.onProgress,
    searchAttributes: Object.values(SEARCH_ATTRIBUTES),
    endsWithUs: true,
    onEnded: options.onPartEnded,
  });
  options.onClose('Temporal', () => temporal.stop());
  return {
    temporal: embeddedTarget(temporal.address),
    temporalUiUrl: uiUrl ?? temporal.uiUrl,
    startsTemporal: true,
  };
}

/** The dev server has one namespace and no lock. */
function embeddedTarget(address: string): TemporalTarget {
  return { address, namespace: 'default', tls: false, apiKey: undefined };
}

async function findRunning(options: PlatformOptions): Promise<RunFile | undefined> {
  if (!options.joinRunning) {
    return undefined;
  }
  const { findRunningStart } = await import('../embedded/run-file.ts');
  return findRunningStart(options.config.dataDirectory);
}

/**
 * The keys of secrets, the current one first. Those of a database that others use too need a key that is configured; the
 * embedded one keeps its own.
 * @throws DomainError INVALID_INPUT
 */
export async function openEncryptionKeys(config: Config): Promise<Platform['encryptionKeys']> {
  const retired = config.retiredEncryptionKeys;
  if (config.encryptionKey !== undefined) {
    return [config.encryptionKey, ...retired];
  }
  if (config.database.url !== undefined) {
    throw new DomainError(
      'INVALID_INPUT',
      'THROUGHLINE_ENCRYPTION_KEY is needed beside DATABASE_URL: 32 random bytes as base64, for example from `openssl rand -base64 32`.',
    );
  }
  const { loadOrCreateEncryptionKey } = await import('../embedded/secrets.ts');
  const { keepFile } = await import('../embedded/data-directory.ts');
  const key = await loadOrCreateEncryptionKey(config.dataDirectory);
  await keepFile(config.dataDirectory, 'encryption.key');
  return [key, ...retired];
}

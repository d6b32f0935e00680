import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { inject } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../../src/contracts/search-attributes.ts';
import { startEmbeddedTemporal } from '../../../src/runtime/embedded/temporal.ts';
import { createLogger, type Logger } from '../../../src/runtime/core/logger.ts';
import { routeTemporalLogs } from '../../../src/runtime/temporal/worker.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    temporalExecutable: string;
    /** Path of the bundled workflows. */
    workflowBundle: string;
  }
}

export interface TestTemporal {
  /** host:port of the frontend. */
  readonly address: string;
  readonly namespace: string;
  /** For starting and describing workflows. */
  readonly client: Client;
  /** For workers, which must have ended before `stop`. */
  readonly connection: NativeConnection;
  /** Root of the Web UI, without a slash at its end. */
  readonly uiUrl: string;
  /** Path of the workflows, bundled once for all workers. */
  readonly workflowBundle: string;
  stop(): Promise<void>;
}

/** The SDK's own bound on a start is short for a busy machine. */
const MANY = 50;

/** Temporal's SDK keeps one logger a process; here it passes everything on to that of the file that runs. */
const route = { logger: createLogger('silent'), isInstalled: false };
const relay = Object.fromEntries(
  (['trace', 'debug', 'info', 'warn', 'error'] as const).map((level) => [
    level,
    (fields: object, message: string) => route.logger[level](fields, message),
  ]),
) as unknown as Logger;

/** A Temporal dev server of its own for one test file: in memory, on free ports of loopback, with its Web UI. */
export async function startTestTemporal(
  logger: Logger = createLogger('silent'),
): Promise<TestTemporal> {
  route.logger = logger;
  if (!route.isInstalled) {
    routeTemporalLogs(relay);
    route.isInstalled = true;
  }
  const server = await startEmbeddedTemporal({
    executable: inject('temporalExecutable'),
    onProgress: () => undefined,
    searchAttributes: Object.values(SEARCH_ATTRIBUTES),
    startAttempts: MANY,
  });
  const { address } = server;
  const [clientConnection, connection] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ]);
  return {
    address,
    namespace: 'default',
    client: new Client({ connection: clientConnection }),
    connection,
    uiUrl: server.uiUrl,
    workflowBundle: inject('workflowBundle'),
    stop: async () => {
      await connection.close();
      await clientConnection.close();
      await server.stop();
    },
  };
}

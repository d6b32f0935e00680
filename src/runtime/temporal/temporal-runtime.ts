import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { Logger } from '../core/logger.ts';

/** The SDK logs each state of a worker, which is a detail here. */
const PINO_LEVELS = {
  TRACE: 'trace',
  DEBUG: 'trace',
  INFO: 'debug',
  WARN: 'warn',
  ERROR: 'error',
} as const;

/** Our logger as the SDK wants one. */
export function toSdkLogger(logger: Logger): DefaultLogger {
  return new DefaultLogger('TRACE', ({ level, message, meta }) => {
    // Some queues run workflows only, on purpose.
    if (message.startsWith('No activities registered')) {
      return;
    }
    const { error, ...fields } = meta ?? {};
    // The native core knows errors as text only.
    const thrown = error instanceof Error ? { err: error } : { reason: error };
    logger[PINO_LEVELS[level]]({ ...fields, ...(error === undefined ? {} : thrown) }, message);
  });
}

/** The core is as talkative as the SDK has it by default. */
const CORE_LOGS = { core: 'WARN', other: 'ERROR' } as const;

/**
 * Starts the runtime of Temporal's SDK for this process: its logs come to our logger, with those of its native core, which
 * would write past it. Before anything else of the SDK's is used.
 * @param metricsPort where it serves metrics of its own, on loopback; nowhere when null
 * @returns close, for when nothing of the SDK is used any more: what listens to its core keeps the process alive
 * @throws Error when the port is taken; then another one may be tried
 */
export function openTemporalRuntime(
  logger: Logger,
  metricsPort: number | null,
): () => Promise<void> {
  Runtime.install({
    logger: toSdkLogger(logger),
    telemetryOptions: {
      logging: { filter: CORE_LOGS, forward: {} },
      ...(metricsPort !== null && { metrics: { prometheus: metricsOptions(metricsPort) } }),
    },
  });
  // Where it has ended by itself, with the last of its workers, there is none.
  return async () => Runtime._instance?.shutdown();
}

/** Names and units as Prometheus wants them: seconds, and `_total` behind what only grows. */
function metricsOptions(port: number) {
  return {
    bindAddress: `127.0.0.1:${port}`,
    countersTotalSuffix: true,
    unitSuffix: true,
    useSecondsForDurations: true,
  };
}

import { findFreePort } from '../embedded/free-port.ts';
import type { Logger } from '../core/logger.ts';
import type { Config } from '../settings/config.ts';
import { createTelemetry, type Telemetry } from '../telemetry/telemetry.ts';
import { openTemporalRuntime } from '../temporal/temporal-runtime.ts';
import { startMetricsHost } from './metrics-host.ts';

/** What a process tells of itself, until it is closed. */
export interface OpenTelemetry {
  /** Undefined where the settings ask for neither metrics nor logs of requests. */
  readonly telemetry: Telemetry | undefined;
  close(): Promise<void>;
}

/** Another program may take a free port before the SDK does. */
const PORT_TRIES = 5;

/**
 * Sends the logs of Temporal's SDK to the logger, and serves metrics where METRICS_PORT is set. Once a process, before
 * anything of Temporal's is used: the SDK takes its options only then.
 * @throws DomainError INVALID_INPUT when METRICS_PORT is taken
 */
export async function openTelemetry(
  { metrics, logRequests }: Pick<Config, 'metrics' | 'logRequests'>,
  logger: Logger,
): Promise<OpenTelemetry> {
  const { port, operations } = metrics;
  const telemetry =
    port === undefined && !logRequests
      ? undefined
      : createTelemetry({ logRequests, operations, logger });
  if (port === undefined || telemetry === undefined) {
    return { telemetry, close: openTemporalRuntime(logger, null) };
  }
  const temporal = await installTemporal(logger);
  const metricsHost = { settings: { ...metrics, port }, temporalUrl: temporal.url, logger };
  try {
    const host = await startMetricsHost({ ...metricsHost, render: () => telemetry.render() });
    return {
      telemetry,
      async close() {
        await host.close();
        await temporal.close();
      },
    };
  } catch (error) {
    await temporal.close();
    throw error;
  }
}

/** Has the SDK serve its metrics on a free port. */
async function installTemporal(
  logger: Logger,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  for (let left = PORT_TRIES; ; left -= 1) {
    const port = await findFreePort();
    try {
      const close = openTemporalRuntime(logger, port);
      return { url: `http://127.0.0.1:${port}/metrics`, close };
    } catch (error) {
      if (left <= 1) {
        throw error;
      }
    }
  }
}

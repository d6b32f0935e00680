import { DomainError } from '../../domain/core/errors.ts';
import type { Config } from '../settings/config.ts';
import type { Logger } from '../core/logger.ts';
import { startNodeHost, type NodeHost } from './node-host.ts';

export interface MetricsHostOptions {
  readonly settings: Config['metrics'] & { readonly port: number };
  /** The metrics of this process. */
  readonly render: () => Promise<string>;
  /** Where Temporal's SDK serves those of its own. */
  readonly temporalUrl: string;
  readonly logger: Logger;
}

/** Prometheus' text format. */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** How long the SDK, in this same process, may take. */
const TEMPORAL_MS = 2_000;

/** Prometheus keeps one connection; somebody may look beside it. */
const MAX_CONNECTIONS = 20;

/**
 * Serves /metrics, and nothing else, on a port of its own: one scrape has what this process counts and what Temporal's SDK
 * does, whose names begin with `temporal_`. Without the SDK's part the answer is still one.
 * @throws DomainError INVALID_INPUT when the port is taken: Prometheus would ask there for the metrics of somebody else
 */
export async function startMetricsHost(options: MetricsHostOptions): Promise<NodeHost> {
  const { settings, logger } = options;
  const host = await startNodeHost({
    host: settings.host,
    port: settings.port,
    maxConnections: MAX_CONNECTIONS,
    fetch: (request) => answer(options, request),
    onError: (error) => logger.error({ err: error }, 'metrics could not be answered'),
  });
  if (!host.isRequestedPort) {
    await host.close();
    throw new DomainError(
      'INVALID_INPUT',
      `Port ${settings.port} of ${settings.host} is taken: set METRICS_PORT to another one, or to 0 for any free one.`,
    );
  }
  logger.info({ url: `${host.url}/metrics` }, 'metrics are served');
  return host;
}

async function answer(options: MetricsHostOptions, request: Request): Promise<Response> {
  if (new URL(request.url).pathname !== '/metrics') {
    return new Response('Metrics are at /metrics.\n', { status: 404 });
  }
  if (request.method !== 'GET') {
    return new Response(null, { status: 405, headers: { allow: 'GET' } });
  }
  const [own, temporal] = await Promise.all([options.render(), readTemporal(options)]);
  return new Response(own + temporal, { headers: { 'content-type': CONTENT_TYPE } });
}

async function readTemporal({ temporalUrl, logger }: MetricsHostOptions): Promise<string> {
  try {
    const response = await fetch(temporalUrl, { signal: AbortSignal.timeout(TEMPORAL_MS) });
    return await response.text();
  } catch (error) {
    logger.warn({ err: error }, "the metrics of Temporal's SDK could not be read");
    return '';
  }
}

import type { AnsweredOperation, OnOperation } from '../../api/core/observation.ts';
import type { ActivityMeter } from '../../activities/core/activity-meter.ts';
import type { SyncMeter } from '../../activities/requests/sync-meter.ts';
import type { PoolState } from '../../db/core/client.ts';
import type { DirtyMarkBacklog } from '../../db/rollups/dirty-mark-backlog.ts';
import { DOMAIN_ERROR_CODES } from '../../domain/core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { createActivityMeter } from './activity-meter.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createRequestStatements } from './request-statements.ts';

export interface TelemetryOptions {
  /** Logs each request to /graphql. */
  readonly logRequests: boolean;
  /** Names of operations that are counted by name. */
  readonly operations: ReadonlySet<string>;
  readonly logger: Logger;
}

/** The parts of a gateway that matter here. */
interface WatchedGateway {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly activeStreams: () => number;
}

/** Reads numbers when Prometheus asks. */
type Reading = () => Promise<void> | void;

/** What a process counts and logs of its work. The rooms below know none of it: they call what they are given. */
export interface Telemetry {
  readonly metrics: Metrics;
  readonly onOperation: OnOperation;
  readonly onStatement: () => void;
  readonly syncMeter: SyncMeter;
  readonly activityMeter: ActivityMeter;
  /** What a host is to call instead of the gateway: the statements of each request are counted apart. */
  watchGateway(gateway: WatchedGateway): WatchedGateway['fetch'];
  /** Shows a pool under a name of a closed list, until what it answers is called. */
  watchPool(name: string, state: () => PoolState | undefined): () => void;
  /** Shows how many dirty marks wait, until what it answers is called; not while they cannot be read. */
  watchDirtyMarks(read: () => Promise<DirtyMarkBacklog>): () => void;
  /** The metrics as Prometheus reads them. */
  render(): Promise<string>;
}

/** Codes of errors that are counted by themselves; a closed list, so that no client makes a time series. */
const KNOWN_CODES: ReadonlySet<string> = new Set([
  ...DOMAIN_ERROR_CODES,
  'INTERNAL',
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'REQUEST_ENTITY_TOO_LARGE',
]);

const OTHER = 'other';

/** How long a scrape waits for the database: Prometheus gives up after ten seconds, and would lose all that is counted. */
const DIRTY_MARKS_MS = 3_000;

/** Longer names of operations are cut in the log. */
const MAX_LOGGED_NAME = 64;

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const metrics = createMetrics();
  const statements = createRequestStatements();
  const readings = new Set<Reading>();
  const readWith = (reading: Reading): (() => void) => {
    readings.add(reading);
    return () => readings.delete(reading);
  };
  return {
    metrics,
    onOperation: (operation) => {
      const counted = statements.counted();
      countOperation(metrics, options.operations, operation, counted);
      if (options.logRequests) {
        logOperation(options.logger, operation, counted);
      }
    },
    onStatement: () => {
      metrics.statements.inc();
      statements.count();
    },
    syncMeter: createSyncMeter(metrics),
    activityMeter: createActivityMeter(metrics),
    watchGateway: (gateway) => {
      readWith(() => metrics.streams.set(gateway.activeStreams()));
      return (request) => statements.within(() => gateway.fetch(request));
    },
    watchPool: (name, state) => {
      const pool = toPoolName(name);
      const forget = readWith(() => showPool(metrics, pool, state()));
      return () => {
        forget();
        metrics.connections.remove({ pool, state: 'in_use' });
        metrics.connections.remove({ pool, state: 'idle' });
        metrics.waiting.remove({ pool });
      };
    },
    watchDirtyMarks: (read) => {
      const readInTime = inTime(read, DIRTY_MARKS_MS);
      return readWith(() => showDirtyMarks(metrics, readInTime));
    },
    render: async () => {
      await Promise.allSettled([...readings].map(async (reading) => reading()));
      return metrics.registry.metrics();
    },
  };
}

/** Of `throughline worker sync,llm`: which queues a worker serves says its other metrics. */
function toPoolName(applicationName: string): string {
  const [, name = applicationName] =
    /^throughline (gateway replica|gateway|worker)/.exec(applicationName) ?? [];
  return name;
}

function showPool({ connections, waiting }: Metrics, pool: string, state?: PoolState): void {
  if (state !== undefined) {
    connections.set({ pool, state: 'in_use' }, state.inUse);
    connections.set({ pool, state: 'idle' }, state.idle);
    waiting.set({ pool }, state.waiting);
  }
}

/**
 * Reads once at a time, for all who ask meanwhile: what hangs must not take a connection with each scrape.
 * @throws Error when it is not there after `waitMs`; whoever asks then waits for the same reading
 */
function inTime<Read>(read: () => Promise<Read>, waitMs: number): () => Promise<Read> {
  let underWay: Promise<Read> | null = null;
  return () => {
    underWay ??= read().finally(() => {
      underWay = null;
    });
    const reading = underWay;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('it takes too long')), waitMs);
      void reading.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  };
}

/** A missing number is no zero: what cannot be read now is not shown. */
async function showDirtyMarks(
  { dirtyMarks, oldestDirtyMark }: Metrics,
  read: () => Promise<DirtyMarkBacklog>,
): Promise<void> {
  try {
    const { marks, oldestAgeSeconds } = await read();
    dirtyMarks.set(marks);
    oldestDirtyMark.set(oldestAgeSeconds);
  } catch {
    dirtyMarks.remove();
    oldestDirtyMark.remove();
  }
}

function countOperation(
  metrics: Metrics,
  names: ReadonlySet<string>,
  { name, type, status, codes, cost, durationMs }: AnsweredOperation,
  statements: number,
): void {
  const operation = name !== null && names.has(name) ? name : OTHER;
  metrics.requests.inc({ operation, type: type ?? 'refused', status });
  metrics.requestSeconds.observe({ operation }, durationMs / 1_000);
  metrics.requestStatements.observe(statements);
  if (cost !== null) {
    metrics.requestCost.observe(cost);
  }
  for (const code of codes) {
    metrics.errors.inc({ code: KNOWN_CODES.has(code) ? code : OTHER });
  }
}

function logOperation(
  logger: Logger,
  { name, type, status, codes, cost, durationMs, requestId }: AnsweredOperation,
  statements: number,
): void {
  logger.info(
    {
      requestId,
      operation: name?.slice(0, MAX_LOGGED_NAME) ?? null,
      type,
      status,
      codes: [...codes],
      ms: Math.round(durationMs),
      cost,
      statements,
    },
    'request answered',
  );
}

function createSyncMeter(metrics: Metrics): SyncMeter {
  return {
    onRequest: ({ resource, result, points }) => {
      metrics.githubRequests.inc({ resource, result });
      metrics.points.inc({ resource }, points);
    },
    onWait: (reason) => metrics.waits.inc({ reason }),
    onPage: ({ pullRequests, outcome }) => {
      metrics.pages.inc();
      metrics.pullRequests.inc(pullRequests);
      if (outcome !== null) {
        metrics.repositorySyncs.inc({ outcome });
      }
    },
  };
}

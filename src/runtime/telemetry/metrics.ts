import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds of a request: most take milliseconds, and none more than ten seconds. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Seconds of an activity: up to ten pages of GitHub's answers, or a rebuild of many weeks. */
const ACTIVITY_SECONDS = [0.05, 0.25, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

/** Gauges of Node's that end like counters, which Prometheus' own check refuses. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/**
 * What a process counts, for Prometheus. The values of each label are a closed list: none grows with teams, users or
 * repositories. Whoever has a number sets it; `read…` values are read when Prometheus asks.
 */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  MISNAMED.forEach((name) => registry.removeSingleMetric(name));
  return {
    registry,
    ...requestMetrics(registers),
    ...databaseMetrics(registers),
    ...syncMetrics(registers),
    ...workerMetrics(registers),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

function requestMetrics(registers: Registry[]) {
  return {
    requests: new Counter({
      name: 'throughline_graphql_requests_total',
      help: 'Requests to /graphql that were answered, by operation (METRICS_OPERATIONS names those that have a name here, all others are other), type and HTTP status (499: the client had gone).',
      labelNames: ['operation', 'type', 'status'] as const,
      registers,
    }),
    errors: new Counter({
      name: 'throughline_graphql_errors_total',
      help: 'Requests to /graphql that were answered with an error of this code, those that mutations answer as data included.',
      labelNames: ['code'] as const,
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'throughline_graphql_request_duration_seconds',
      help: 'Time from a request to /graphql to its answer, of a subscription to its first event.',
      labelNames: ['operation'] as const,
      buckets: REQUEST_SECONDS,
      registers,
    }),
    requestStatements: new Histogram({
      name: 'throughline_graphql_request_statements',
      help: 'Statements that a request to /graphql sent to PostgreSQL, those that begin and end transactions included.',
      buckets: [0, 2, 5, 10, 20, 50, 100, 200, 500],
      registers,
    }),
    requestCost: new Histogram({
      name: 'throughline_graphql_request_cost_points',
      help: 'Points that a request to /graphql was let in with.',
      buckets: [1, 10, 100, 1_000, 5_000, 10_000, 20_000],
      registers,
    }),
    streams: new Gauge({
      name: 'throughline_graphql_streams',
      help: 'Subscriptions that are open.',
      registers,
    }),
  };
}

function databaseMetrics(registers: Registry[]) {
  return {
    statements: new Counter({
      name: 'throughline_database_statements_total',
      help: 'Statements that were sent to PostgreSQL, those that begin and end transactions included.',
      registers,
    }),
    connections: new Gauge({
      name: 'throughline_database_connections',
      help: 'Connections of a pool by what they do: in_use or idle.',
      labelNames: ['pool', 'state'] as const,
      registers,
    }),
    waiting: new Gauge({
      name: 'throughline_database_connections_waiting',
      help: 'Requests for a connection that wait because all of a pool are in use.',
      labelNames: ['pool'] as const,
      registers,
    }),
  };
}

function syncMetrics(registers: Registry[]) {
  return {
    repositorySyncs: new Counter({
      name: 'throughline_repository_syncs_total',
      help: 'Syncs of a repository whose pull requests were read to the end, by outcome.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    pages: new Counter({
      name: 'throughline_sync_pages_total',
      help: 'Pages of pull requests that were committed.',
      registers,
    }),
    pullRequests: new Counter({
      name: 'throughline_sync_pull_requests_total',
      help: 'Pull requests of the pages that were committed, with all that hangs on each.',
      registers,
    }),
    githubRequests: new Counter({
      name: 'throughline_github_requests_total',
      help: 'Requests to GitHub, by API (graphql or core) and whether they were answered or failed.',
      labelNames: ['resource', 'result'] as const,
      registers,
    }),
    points: new Counter({
      name: 'throughline_github_points_total',
      help: "Points of GitHub's limits that answers said they cost, by API.",
      labelNames: ['resource'] as const,
      registers,
    }),
    waits: new Counter({
      name: 'throughline_github_waits_total',
      help: 'Waits for GitHub that began, by reason: limit (one stands, or GitHub asked for a pause) or busy (others of the same account go first).',
      labelNames: ['reason'] as const,
      registers,
    }),
  };
}

function workerMetrics(registers: Registry[]) {
  return {
    slots: new Gauge({
      name: 'throughline_worker_slots',
      help: 'Activities that this worker runs at a time at the most, by task queue.',
      labelNames: ['queue'] as const,
      registers,
    }),
    slotsUsed: new Gauge({
      name: 'throughline_worker_slots_used',
      help: 'Activities that this worker runs now, by task queue.',
      labelNames: ['queue'] as const,
      registers,
    }),
    activitySeconds: new Histogram({
      name: 'throughline_activity_duration_seconds',
      help: 'Time of an attempt of an activity, by its type and result: completed, failed or cancelled.',
      labelNames: ['activity', 'result'] as const,
      buckets: ACTIVITY_SECONDS,
      registers,
    }),
    rollupSeconds: new Histogram({
      name: 'throughline_rollup_duration_seconds',
      help: 'Time to compute weekly metrics, by kind: dirty (weeks with dirty marks) or rebuild.',
      labelNames: ['kind'] as const,
      buckets: ACTIVITY_SECONDS,
      registers,
    }),
    rowsWritten: new Counter({
      name: 'throughline_rollup_rows_written_total',
      help: 'Rows of weekly metrics that rollups of dirty weeks wrote.',
      registers,
    }),
    dirtyMarks: new Gauge({
      name: 'throughline_dirty_marks',
      help: 'Dirty marks of all teams, up to 1,000,000; on workers of the queue compute.',
      registers,
    }),
    oldestDirtyMark: new Gauge({
      name: 'throughline_dirty_marks_oldest_age_seconds',
      help: 'Age of the oldest dirty mark, 0 where there is none; on workers of the queue compute.',
      registers,
    }),
  };
}

import {
  startGateway,
  startWorkerProcess,
  type RunningWorkers,
} from '../../runtime/application.ts';
import { allowGitHubAt } from '../../runtime/settings/config.ts';
import { acquireInstanceLock } from '../../runtime/embedded/instance-lock.ts';
import { removeRunFile, writeRunFile } from '../../runtime/embedded/run-file.ts';
import { createLogger } from '../../runtime/core/logger.ts';
import { openPlatform } from '../../runtime/platform/platform.ts';
import { routeTemporalLogs } from '../../runtime/temporal/worker.ts';
import { migrateDatabase, provisionWorkspace } from '../../runtime/platform/workspace.ts';
import type { BackfillJob } from '../sync/backfill-progress.ts';
import { followBackfill, requestBackfill } from '../sync/backfill.ts';
import { createGraphQLClient } from '../core/graphql-client.ts';
import { untilAborted } from '../core/lifetime.ts';
import type { CommandContext } from '../core/command.ts';
import { readOverview, type Overview } from './overview.ts';
import { renderOverview, toJson } from './overview-table.ts';
import { openSource, type Source } from './source.ts';

export interface StartOptions extends CommandContext {
  readonly names: readonly string[];
  readonly recordings: readonly string[];
  /** How far back; null = 90 days, or the whole of a recording. */
  readonly days: number | null;
  /** Stop after the table. */
  readonly exit: boolean;
  readonly json: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** A whole history is asked for from before GitHub was founded. */
const WHOLE_HISTORY = new Date('2005-01-01T00:00:00Z');

/**
 * Starts everything, runs the main job and shows it: from a repository's history to the team's metrics.
 * @returns the exit code: 0, or 1 when the backfill did not complete
 */
export async function start(options: StartOptions): Promise<number> {
  const { lifetime, progress } = options;
  // First, because it finds what is wrong with the command line, and touches nothing on the disk.
  const source = await openSource({ ...options, now: () => new Date() });
  lifetime.onClose('the fake GitHub', () => source.close());
  const lock = await acquireInstanceLock({
    dataDirectory: options.config.dataDirectory,
    progress: (message) => progress.update(message),
  });
  lifetime.onClose('the lock of the data directory', () => lock.release());
  const config = allowGitHubAt(options.config, source.apiUrl);
  const logger = createLogger(config.logLevel);
  routeTemporalLogs(logger);
  progress.update('starting PostgreSQL and Temporal');
  const platform = await openPlatform({
    ...options,
    signal: lifetime.signal,
    joinRunning: false,
    onProgress: (message) => progress.update(message),
  });
  lifetime.onClose('PostgreSQL and Temporal', () => platform.close());
  lifetime.signal.throwIfAborted();
  progress.update('migrating the database');
  await migrateDatabase(platform, options.projectDirectory);
  const workspace = await provisionWorkspace(platform, {
    team: source.team,
    github: { apiUrl: source.apiUrl, token: source.token },
  });
  progress.update('starting the gateway and the workers');
  const workers = await startWorkerProcess({ config, platform, logger });
  lifetime.onClose('the workers', () => workers.close());
  lifetime.signal.throwIfAborted();
  const gateway = await startGateway({ config, platform, logger });
  lifetime.onClose('the gateway', () => gateway.close());
  lifetime.signal.throwIfAborted();
  const graphqlUrl = `${gateway.host.url}/graphql`;
  await writeRunFile(config.dataDirectory, {
    graphqlUrl,
    temporalUiUrl: platform.temporalUiUrl,
    temporalAddress: platform.temporal.address,
    databaseUrl: platform.database.url,
    ...(platform.database.directUrl === undefined
      ? {}
      : { databaseDirectUrl: platform.database.directUrl }),
    token: workspace.token,
    pid: process.pid,
    startedAt: new Date().toISOString(),
  });
  // Ended first: whoever starts now knows that it is worth waiting for us.
  lifetime.onClose('the mark of the lock', () => lock.markStopping());
  lifetime.onClose('run.json', () => removeRunFile(config.dataDirectory, process.pid));
  progress.stop();
  if (!gateway.host.isRequestedPort) {
    options.print(`Port ${config.server.port} is taken; the gateway took ${gateway.host.port}.\n`);
  }
  describeStart(options, source, graphqlUrl, platform.temporalUiUrl, workspace.token);

  const finished = await whileWorking(workers, lifetime.signal, (signal) =>
    runMainJob({ ...options, lifetime: { ...lifetime, signal } }, source, {
      url: graphqlUrl,
      token: workspace.token,
    }),
  );
  if (!options.exit && !lifetime.signal.aborted) {
    options.print('Everything keeps running. Ctrl-C stops it.\n');
    await Promise.race([untilAborted(lifetime.signal), workers.done]);
  }
  return finished.status === 'COMPLETED' ? 0 : 1;
}

/** Fetches the history and shows what came of it. */
async function runMainJob(
  options: StartOptions,
  source: Source,
  gateway: { readonly url: string; readonly token: string },
): Promise<BackfillJob> {
  const client = createGraphQLClient(gateway);
  const teamId = await readTeamId(client, source.team.slug);
  const job = await requestBackfill(client, {
    teamId,
    repositories: source.repositories,
    since: toSince(options.days ?? source.defaultDays),
  });
  const finished = await followBackfill(client, job.id, options);
  const overview = await readOverview(client, { teamSlug: source.team.slug, job: finished });
  showOverview(options, overview);
  return finished;
}

/**
 * What `work` answers. A worker that fails meanwhile ends it with the worker's error: a backfill that nobody works on
 * would be followed forever.
 * @param work gets a signal that says when nobody waits for it any more
 */
async function whileWorking<Answer>(
  workers: Pick<RunningWorkers, 'done'>,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const left = new AbortController();
  const working = work(AbortSignal.any([signal, left.signal]));
  try {
    // Workers that were told to stop end well, and the work hears of that itself.
    return await Promise.race([working, workers.done.then(() => working)]);
  } finally {
    left.abort();
  }
}

function toSince(days: number | null): Date {
  return days === null ? WHOLE_HISTORY : new Date(Date.now() - days * DAY_MS);
}

function describeStart(
  options: StartOptions,
  source: Source,
  graphqlUrl: string,
  temporalUiUrl: string | null,
  token: string,
): void {
  const lines = [
    `Throughline reads ${source.description}.`,
    '',
    `  GraphQL       ${graphqlUrl}`,
    `  Temporal UI   ${temporalUiUrl ?? 'not configured (TEMPORAL_UI_URL)'}`,
    `  Access token  ${token}`,
    '',
  ];
  options.print(`${lines.join('\n')}\n`);
}

function showOverview(options: StartOptions, overview: Overview): void {
  options.print(renderOverview(overview));
  if (options.json) {
    options.print(`${JSON.stringify(toJson(overview))}\n`);
  }
}

async function readTeamId(
  client: ReturnType<typeof createGraphQLClient>,
  slug: string,
): Promise<string> {
  const { team } = await client.query<{ team: { id: string } | null }>(
    'query Team($slug: String!) { team(slug: $slug) { id } }',
    { slug },
  );
  if (team === null) {
    throw new Error(`the team ${slug} was made but is not shown`);
  }
  return team.id;
}

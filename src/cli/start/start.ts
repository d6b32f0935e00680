import { startGateway, startWorkerProcess } from '../../runtime/application.ts';
import { allowGitHubAt } from '../../runtime/settings/config.ts';
import { acquireInstanceLock } from '../../runtime/embedded/instance-lock.ts';
import { removeRunFile, writeRunFile } from '../../runtime/embedded/run-file.ts';
import { createConfiguredLogger, routeProcessWarnings } from '../../runtime/core/logger.ts';
import { openPlatform } from '../../runtime/platform/platform.ts';
import { openTelemetry } from '../../runtime/http/open-telemetry.ts';
import { migrateDatabase, provisionWorkspace } from '../../runtime/platform/workspace.ts';
import type { FollowedBackfill } from '../sync/backfill-progress.ts';
import { followBackfill, requestBackfill } from '../sync/backfill.ts';
import { findTeam } from '../sync/find-team.ts';
import { createGraphQLClient, type GraphQLClient } from '../core/graphql-client.ts';
import { untilAborted } from '../core/lifetime.ts';
import { patienceOf, type CommandContext } from '../core/command.ts';
import { platformOptions } from '../core/database.ts';
import { untilWorkersStop } from '../core/worker-end.ts';
import { readOverview } from './overview.ts';
import { renderOverview, toJson } from './overview-table.ts';
import { importUsage } from './demo-usage.ts';
import { openSource, type Source } from './source.ts';

export interface StartFlags {
  /** How far back; unless given 90 days, or the whole of a recording. */
  readonly days?: number;
  /** Folders with recordings. */
  readonly recording: readonly string[];
  /** Stop after the table. */
  readonly exit: boolean;
  readonly json: boolean;
  /** Slug of the team of real repositories; made where there is none. */
  readonly team?: string;
}

/** A whole history is asked for from before GitHub was founded. */
const WHOLE_HISTORY = new Date('2005-01-01T00:00:00Z');

/**
 * Starts everything, runs the main job and shows it: from a repository's history to the team's metrics.
 * @returns the exit code: 0, or 1 when the backfill did not complete
 */
export async function start(
  context: CommandContext,
  names: readonly string[],
  flags: StartFlags,
): Promise<number> {
  const { lifetime, progress } = context;
  // First, because it finds what is wrong with the command line, and touches nothing on the disk.
  const source = await openSource({
    config: context.config,
    names,
    recordings: flags.recording,
    team: flags.team ?? null,
    now: () => new Date(),
  });
  lifetime.onClose('the fake GitHub', () => source.close());
  const options = platformOptions(context, { joinRunning: false, makesDatabase: true });
  const lock = await acquireInstanceLock({
    dataDirectory: context.config.dataDirectory,
    progress: options.onProgress,
  });
  lifetime.onClose('the lock of the data directory', () => lock.release());
  const config = allowGitHubAt(context.config, source.apiUrl);
  const logger = createConfiguredLogger(config, true, progress);
  routeProcessWarnings(process, logger);
  const { telemetry, close: closeTelemetry } = await openTelemetry(config, logger);
  lifetime.onClose('the metrics', closeTelemetry);
  progress.update('starting PostgreSQL and Temporal');
  const platform = await openPlatform(options);
  lifetime.signal.throwIfAborted();
  progress.update('migrating the database');
  await migrateDatabase(platform, context.projectDirectory);
  const { token } = await provisionWorkspace(platform, {
    team: source.team,
    github: { apiUrl: source.apiUrl, token: source.token },
  });
  progress.update('starting the gateway and the workers');
  const workers = await startWorkerProcess({ config, platform, logger, telemetry });
  const working = untilWorkersStop(workers, lifetime.signal);
  lifetime.onClose('the workers', () => workers.close());
  lifetime.signal.throwIfAborted();
  const gateway = await startGateway({ config, platform, logger, telemetry });
  lifetime.onClose('the gateway', () => gateway.close());
  lifetime.signal.throwIfAborted();
  const graphqlUrl = `${gateway.host.url}/graphql`;
  await writeRunFile(config.dataDirectory, {
    graphqlUrl,
    temporalUiUrl: platform.temporalUiUrl,
    temporalAddress: platform.temporal.address,
    databaseUrl: platform.database.url,
    databaseDirectUrl: platform.database.directUrl,
    token,
    pid: process.pid,
    startedAt: new Date().toISOString(),
  });
  // Ended first: whoever starts now knows that it is worth waiting for us.
  lifetime.onClose('the mark of the lock', () => lock.markStopping());
  lifetime.onClose('run.json', () => removeRunFile(config.dataDirectory, process.pid));
  progress.stop();
  if (!gateway.host.isRequestedPort) {
    context.print(`Port ${config.server.port} is taken; the gateway took ${gateway.host.port}.\n`);
  }
  const uiUrl = platform.temporalUiUrl ?? 'not configured (TEMPORAL_UI_URL)';
  context.print(`Throughline reads ${source.description}.

  Team          ${source.team.slug}
  GraphQL       ${graphqlUrl}
  Temporal UI   ${uiUrl}
  Access token  ${token}

`);
  const finished = await whileWorking(working, lifetime.signal, (signal) => {
    const patience = patienceOf({ progress, lifetime: { signal } });
    const client = createGraphQLClient({ url: graphqlUrl, token, ...patience });
    return runMainJob(context, flags, source, client);
  });
  if (!flags.exit && !lifetime.signal.aborted) {
    context.print('Everything keeps running. Ctrl-C stops it.\n');
    await Promise.race([untilAborted(lifetime.signal), working]);
  }
  return finished.status === 'COMPLETED' ? 0 : 1;
}

/** Fetches the history and shows what came of it. */
async function runMainJob(
  context: CommandContext,
  flags: StartFlags,
  { team, repositories, defaultDays, usage }: Source,
  client: GraphQLClient,
): Promise<FollowedBackfill> {
  const days = flags.days ?? defaultDays;
  const teamId = await findTeam(client, team.slug);
  const { id } = await requestBackfill(client, {
    teamId,
    repositories,
    reach: days === null ? { since: WHOLE_HISTORY } : { daysBack: days },
  });
  const job = await followBackfill(client, id, context.progress);
  if (usage !== null) {
    await importUsage(client, teamId, usage);
  }
  const overview = await readOverview(client, { teamSlug: team.slug, job });
  context.print(renderOverview(overview));
  if (flags.json) {
    context.print(`${JSON.stringify(toJson(overview))}\n`);
  }
  return job;
}

/**
 * What `work` answers. A worker that fails meanwhile ends it with the worker's error: a backfill that nobody works on
 * would be followed forever.
 * @param work gets a signal that says when nobody waits for it any more
 */
async function whileWorking<Answer>(
  workers: Promise<void>,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const left = new AbortController();
  const working = work(AbortSignal.any([signal, left.signal]));
  try {
    // Workers that were told to stop end well, and the work hears of that itself.
    return await Promise.race([working, workers.then(() => working)]);
  } finally {
    left.abort();
  }
}

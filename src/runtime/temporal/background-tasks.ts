import { runPeriodically } from './definition-rebuilds.ts';
import type { Logger } from '../core/logger.ts';
import type { AppliedSchedules } from './schedules.ts';

/** A rebuild that could not be started, because another one ran or Temporal was away, is retried after this time. */
const REBUILD_RETRY_INTERVAL_MS = 3_600_000;

export interface BackgroundTaskOptions {
  readonly logger: Logger;
  /** Creates the schedules of the installation; it ends soon after the signal is aborted. */
  applySchedules(signal: AbortSignal): Promise<AppliedSchedules>;
  /** Starts rebuilds and answers the ids of their teams; it ends soon after the signal is aborted. */
  startRebuilds(signal: AbortSignal): Promise<readonly bigint[]>;
}

/**
 * Starts what the worker of the queue `compute` does unasked. It runs beside the queue's work, which does not wait for
 * it: a thousand teams have thousands of schedules, and Temporal may not answer.
 * @returns close, which ends the tasks and resolves when they have ended
 */
export function startBackgroundTasks(options: BackgroundTaskOptions): {
  readonly close: () => Promise<void>;
} {
  const closing = new AbortController();
  const startMissingRebuilds = (): Promise<void> => startRebuilds(options, closing.signal);
  const first = applySchedules(options, closing.signal).then(startMissingRebuilds);
  const periodic = runPeriodically(REBUILD_RETRY_INTERVAL_MS, startMissingRebuilds);
  return {
    async close() {
      closing.abort();
      await Promise.all([first, periodic.close()]);
    },
  };
}

/** Creates the schedules of housekeeping and retention, which nobody asks for. */
async function applySchedules(
  { logger, ...options }: BackgroundTaskOptions,
  signal: AbortSignal,
): Promise<void> {
  try {
    const { created } = await options.applySchedules(signal);
    if (created.length > 0) {
      logger.info({ schedules: created }, 'schedules were created');
    }
  } catch (error) {
    if (!signal.aborted) {
      // The queue's work does not need them, and another worker may have the permissions that this one lacks.
      logger.error(
        { err: error },
        'schedules could not be created: run throughline schedules apply',
      );
    }
  }
}

/** Starts the rebuild of teams whose weeks were computed by older definitions of the metrics than this code has. */
async function startRebuilds(
  { logger, ...options }: BackgroundTaskOptions,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) {
    return;
  }
  try {
    const teamIds = await options.startRebuilds(signal);
    if (teamIds.length > 0) {
      logger.info(
        { teams: teamIds.map(String) },
        'weekly metrics are being rebuilt with new definitions',
      );
    }
  } catch (error) {
    if (!signal.aborted) {
      // The stored weeks are complete; they are of the older definitions.
      logger.error(
        { err: error },
        'rebuilds with new definitions could not be started: the next attempt follows within an hour',
      );
    }
  }
}

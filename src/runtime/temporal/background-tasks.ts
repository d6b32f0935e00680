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
export function startBackgroundTasks({ logger, ...options }: BackgroundTaskOptions): {
  readonly close: () => Promise<void>;
} {
  const closing = new AbortController();
  const { signal } = closing;

  /** Logs what came of a task. @param task answers what to log, or null when it had nothing to do */
  async function attempt(
    task: () => Promise<object | null>,
    done: string,
    failed: string,
  ): Promise<void> {
    try {
      signal.throwIfAborted();
      const fields = await task();
      if (fields !== null) {
        logger.info(fields, done);
      }
    } catch (error) {
      if (!signal.aborted) {
        logger.error({ err: error }, failed);
      }
    }
  }

  /** The schedules of housekeeping and retention, which nobody asks for. */
  const applySchedules = (): Promise<void> =>
    attempt(
      async () => {
        const { created, removed } = await options.applySchedules(signal);
        return created.length + removed.length > 0 ? { schedules: created, removed } : null;
      },
      'schedules were created',
      // The queue's work does not need them, and another worker may have the permissions that this one lacks.
      'schedules could not be created: run throughline schedules apply',
    );

  /** The rebuild of teams whose weeks were computed by older definitions of the metrics than this code has. */
  const startRebuilds = (): Promise<void> =>
    attempt(
      async () => {
        const teamIds = await options.startRebuilds(signal);
        return teamIds.length > 0 ? { teams: teamIds.map(String) } : null;
      },
      'weekly metrics are being rebuilt with new definitions',
      // The stored weeks are complete; they are of the older definitions.
      'rebuilds with new definitions could not be started: the next attempt follows within an hour',
    );

  const first = applySchedules().then(startRebuilds);
  const periodic = runPeriodically(REBUILD_RETRY_INTERVAL_MS, startRebuilds);
  return {
    async close() {
      closing.abort();
      await Promise.all([first, periodic.close()]);
    },
  };
}

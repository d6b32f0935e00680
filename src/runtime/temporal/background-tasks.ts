import { runPeriodically } from './definition-rebuilds.ts';
import type { Logger } from '../core/logger.ts';
import type { AppliedSchedules } from './schedules.ts';

/** A rebuild that could not be started, because another ran or Temporal was away, is started this much later. */
const REBUILD_RETRY_INTERVAL_MS = 3_600_000;

export interface BackgroundTaskOptions {
  readonly logger: Logger;
  /** Makes the schedules of the installation; ends soon when the signal is aborted. */
  applySchedules(signal: AbortSignal): Promise<AppliedSchedules>;
  /** Starts rebuilds and answers of which teams; ends soon when the signal is aborted. */
  startRebuilds(signal: AbortSignal): Promise<readonly bigint[]>;
}

/**
 * Begins what the worker of the queue `compute` does without anybody asking. It goes on beside the queue's work, which
 * need not wait for it: a thousand teams have thousands of schedules, and Temporal may not answer.
 * @returns close, which ends it and resolves when it has ended
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

/** Housekeeping and retention run without anybody asking for them: the worker that does them sees to it. */
async function applySchedules(
  { logger, ...options }: BackgroundTaskOptions,
  signal: AbortSignal,
): Promise<void> {
  try {
    const { created } = await options.applySchedules(signal);
    if (created.length > 0) {
      logger.info({ schedules: created }, 'schedules were made');
    }
  } catch (error) {
    if (!signal.aborted) {
      // The queue's work does not need them, and another worker may be allowed what this one is not.
      logger.error({ err: error }, 'schedules could not be made: run throughline schedules apply');
    }
  }
}

/** Code with newer definitions of the metrics comes with its workers: the weeks of all teams follow it. */
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
      logger.info({ teams: teamIds.map(String) }, 'weekly metrics are rebuilt by new definitions');
    }
  } catch (error) {
    if (!signal.aborted) {
      // What is stored is whole, by the older definitions.
      logger.error(
        { err: error },
        'rebuilds by new definitions could not be started: they are tried again within an hour',
      );
    }
  }
}

import {
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  log,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import {
  verifyLimitSignal,
  pauseSyncSignal,
  progressQuery,
  resumeSyncSignal,
  type SyncProgress,
} from '../../contracts/sync.ts';
import type { WaitingFor } from '../../contracts/search-attributes.ts';
import type { Wait } from '../../contracts/wait.ts';
import { toRunEnd } from '../core/outcome.ts';
import { waitUntil } from '../core/wait-until.ts';

export const pauseSync = defineSignal(pauseSyncSignal);
export const resumeSync = defineSignal(resumeSyncSignal);
export const verifyLimit = defineSignal(verifyLimitSignal);
const progress = defineQuery<SyncProgress>(progressQuery);

export interface SyncControlOptions {
  /** Whether an earlier run of the chain was paused when it ended. */
  readonly isPaused: boolean;
  /** Passes the state on, for example to the row of the run. */
  readonly report: (isPaused: boolean) => Promise<void>;
  /** Passes on that the limit may be lifted. */
  readonly onVerifyLimit?: () => Promise<void>;
  /** The part of the query's answer that is not about the pause or the wait. */
  readonly describe: () => Omit<SyncProgress, 'isPaused' | 'wait'>;
}

export type SyncControl = ReturnType<typeof controlSync>;

/** Handles the signals and the query of a sync. A pause lasts until the sync is resumed. */
export function controlSync(options: SyncControlOptions) {
  let isPaused = options.isPaused;
  /** The state that was reported last; null when that report may not have arrived. */
  let reported: boolean | null = isPaused;
  let isReporting = false;
  let wait: Wait | null = null;
  /** Whether the limit may have been lifted since the last wait: what was answered before may not know of it. */
  let isLifted = false;
  setHandler(progress, () => ({ isPaused, wait, ...options.describe() }));
  setHandler(pauseSync, () => change(true));
  setHandler(resumeSync, () => change(false));
  setHandler(verifyLimit, async () => {
    isLifted = true;
    await options.onVerifyLimit?.();
  });
  return {
    isPaused: () => isPaused,

    /** Holds while the sync is paused; a cancellation ends it. */
    async holdWhilePaused(): Promise<void> {
      while (isPaused) {
        setCurrentDetails('Paused on request, until it is resumed');
        await condition(() => !isPaused);
      }
    },

    /** Waits by a durable timer that shows its reason, until it is over or the limit may be lifted. */
    async waitOut(
      { until, reason }: Wait,
      waitingFor: WaitingFor | null = 'GITHUB_LIMIT',
    ): Promise<void> {
      const current: Wait = { until, reason };
      wait = current;
      const scope = new CancellationScope();
      try {
        await scope.run(() =>
          Promise.race([waitUntil(current, waitingFor), condition(() => isLifted)]),
        );
      } finally {
        // Ends the timer, which would show that the sync still waits.
        scope.cancel();
        wait = null;
        isLifted = false;
      }
    },

    /** Resolves when the last state has been reported; called before the workflow ends. */
    async settle(): Promise<void> {
      if (reported === null) {
        await change(isPaused);
      }
      if (isReporting) {
        await CancellationScope.nonCancellable(() => condition(() => !isReporting));
      }
    },
  };

  /**
   * Reports one state at a time, so that the last report is what was requested last. A report that fails does not end the
   * workflow: an error thrown in a signal handler would leave the row open. It is repeated with the next change, or before
   * the workflow ends.
   */
  async function change(to: boolean): Promise<void> {
    isPaused = to;
    if (isReporting) {
      return;
    }
    isReporting = true;
    await CancellationScope.nonCancellable(async () => {
      while (reported !== isPaused) {
        const state = isPaused;
        reported = state;
        try {
          await options.report(state);
        } catch (error) {
          reported = null;
          const { errorCode, errorMessage } = toRunEnd(error);
          log.warn('The pause or resume could not be reported.', {
            isPaused: state,
            errorCode,
            errorMessage,
          });
          if (isPaused === state) {
            break;
          }
        }
      }
      // No await lies between this and the last check: a later change reports again.
      isReporting = false;
    });
  }
}

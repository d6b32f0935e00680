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
  pauseSyncSignal,
  progressQuery,
  resumeSyncSignal,
  type SyncProgress,
  type SyncWait,
} from '../../contracts/sync.ts';
import { toRunEnd } from '../core/outcome.ts';
import { waitUntil } from '../core/wait-until.ts';

export const pauseSync = defineSignal(pauseSyncSignal);
export const resumeSync = defineSignal(resumeSyncSignal);
const progress = defineQuery<SyncProgress>(progressQuery);

export interface SyncControlOptions {
  /** How an earlier run of the chain left it. */
  readonly isPaused: boolean;
  /** Tells whoever must know, such as the row of the run. */
  readonly report: (isPaused: boolean) => Promise<void>;
  /** What a query answers beside the pause and the wait. */
  readonly describe: () => Omit<SyncProgress, 'isPaused' | 'wait'>;
}

export interface SyncControl {
  readonly isPaused: () => boolean;
  /** Holds while the sync is paused; a cancellation ends it. */
  holdWhilePaused(): Promise<void>;
  /** Waits by a durable timer that says what for. */
  waitOut(wait: SyncWait): Promise<void>;
  /** Settles when all have been told: before the workflow ends. */
  settle(): Promise<void>;
}

/** Answers the signals and the query of a sync: paused until it is resumed, whatever comes in between. */
export function controlSync(options: SyncControlOptions): SyncControl {
  let isPaused = options.isPaused;
  /** Null when the last word may not have arrived. */
  let reported: boolean | null = isPaused;
  let isReporting = false;
  let wait: SyncWait | null = null;
  setHandler(progress, () => ({ isPaused, wait, ...options.describe() }));
  setHandler(pauseSync, () => change(true));
  setHandler(resumeSync, () => change(false));
  return {
    isPaused: () => isPaused,

    async holdWhilePaused() {
      while (isPaused) {
        setCurrentDetails('Paused on request, until it is resumed');
        await condition(() => !isPaused);
      }
    },

    async waitOut({ until, reason }) {
      wait = { until, reason };
      try {
        await waitUntil(wait);
      } finally {
        wait = null;
      }
    },

    async settle() {
      if (reported === null) {
        await change(isPaused);
      }
      if (isReporting) {
        await CancellationScope.nonCancellable(() => condition(() => !isReporting));
      }
    },
  };

  /**
   * One tells at a time, so that the last word is what was asked for last. A word that does not arrive ends no workflow:
   * thrown out of a signal it would leave the row open. It is told again with the next one, or at the end.
   */
  async function change(to: boolean): Promise<void> {
    isPaused = to;
    if (isReporting) {
      return;
    }
    isReporting = true;
    await CancellationScope.nonCancellable(async () => {
      while (reported !== isPaused) {
        const word = isPaused;
        reported = word;
        try {
          await options.report(word);
        } catch (error) {
          reported = null;
          const { errorCode, errorMessage } = toRunEnd(error);
          log.warn('A pause or a resume could not be reported.', {
            isPaused: word,
            errorCode,
            errorMessage,
          });
          if (isPaused === word) {
            break;
          }
        }
      }
      // In one step with the last look: who comes later tells again.
      isReporting = false;
    });
  }
}

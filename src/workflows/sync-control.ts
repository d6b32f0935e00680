import {
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  setCurrentDetails,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import {
  pauseSyncSignal,
  progressQuery,
  resumeSyncSignal,
  type SyncProgress,
  type SyncWait,
} from '../contracts/sync.ts';

export const pauseSync = defineSignal(pauseSyncSignal);
export const resumeSync = defineSignal(resumeSyncSignal);
const progress = defineQuery<SyncProgress>(progressQuery);

/** Characters of a timer's summary: Temporal takes 400 bytes. */
const SUMMARY_LENGTH = 130;

/** A clock that is behind must not make us ask at once; one far ahead must not make us wait for good. */
const SHORTEST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 24 * 60 * 60 * 1_000;

export interface SyncControlOptions {
  /** How an earlier run of the chain left it. */
  readonly isPaused: boolean;
  /** Tells whoever must know, such as the row of the run. */
  readonly tell: (isPaused: boolean) => Promise<void>;
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
  let told = isPaused;
  let telling = false;
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
      setCurrentDetails(`Waits until ${until}: ${reason}`);
      try {
        const waitMs = Date.parse(until) - Date.now();
        await sleep(Math.min(Math.max(waitMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS), {
          summary: `Until ${until}: ${reason}`.slice(0, SUMMARY_LENGTH),
        });
      } finally {
        wait = null;
      }
    },

    async settle() {
      if (telling) {
        await CancellationScope.nonCancellable(() => condition(() => !telling));
      }
    },
  };

  /** One tells at a time, so that the last word is what was asked for last. */
  async function change(to: boolean): Promise<void> {
    isPaused = to;
    if (telling) {
      return;
    }
    telling = true;
    try {
      await CancellationScope.nonCancellable(async () => {
        while (told !== isPaused) {
          told = isPaused;
          await options.tell(told);
        }
        // In one step with the last look: who comes later tells again.
        telling = false;
      });
    } catch (error) {
      telling = false;
      throw error;
    }
  }
}

import type { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import type { MeteredQueue } from './activity-meter.ts';
import {
  countFailure,
  databaseReason,
  readCounts,
  toApplicationFailure,
  type SettingsPatience,
} from './known-failures.ts';

/** One call of an activity on its way in, as Temporal's worker hands it to interceptors. */
interface ActivityCalls {
  execute<Input>(input: Input, next: (input: Input) => Promise<unknown>): Promise<unknown>;
}

export interface ActivityInterceptorOptions {
  /** Who hears of each attempt; nobody unless given. */
  readonly metered?: MeteredQueue | undefined;
  /** How long a setting of this worker is no reason to give up. */
  readonly settingsPatience?: SettingsPatience | undefined;
}

/** Heartbeats a timeout: two may be lost on the way before the activity counts as dead. */
const HEARTBEATS_PER_TIMEOUT = 3;

/** A cancellation is heard with a heartbeat, so none comes later than this. */
export const HEARTBEAT_AT_MOST_MS = 5_000;

/** Tells a meter how an attempt ended. */
async function measured(
  activity: string,
  { queue, meter }: MeteredQueue,
  work: () => Promise<unknown>,
): Promise<unknown> {
  const begun = performance.now();
  meter.onBegin(queue);
  let answer: unknown;
  let result: 'completed' | 'failed' | 'cancelled' = 'completed';
  try {
    answer = await work();
    return answer;
  } catch (error) {
    result = error instanceof CancelledFailure ? 'cancelled' : 'failed';
    throw error;
  } finally {
    meter.onEnd({ activity, queue, result, durationMs: performance.now() - begun, answer });
  }
}

/**
 * Wraps every activity: sends heartbeats while it runs (its timeout decides how often), and makes its errors known
 * failures, of which only the log has what the database said. What failed attempts have counted goes from one to the next in the details of the heartbeats.
 */
export function createActivityInterceptor(
  context: Context,
  { metered, settingsPatience }: ActivityInterceptorOptions = {},
): ActivityCalls {
  const wrapped: ActivityCalls = {
    async execute(input, next) {
      const { heartbeatTimeoutMs, heartbeatDetails } = context.info;
      const earlier = readCounts(heartbeatDetails);
      const beat = Object.keys(earlier).length === 0 ? undefined : earlier;
      const beating =
        heartbeatTimeoutMs === undefined || heartbeatTimeoutMs === 0
          ? undefined
          : setInterval(
              () => context.heartbeat(beat),
              Math.min(heartbeatTimeoutMs / HEARTBEATS_PER_TIMEOUT, HEARTBEAT_AT_MOST_MS),
            );
      try {
        return await next(input);
      } catch (error) {
        const failures = countFailure(error, earlier);
        if (failures !== earlier) {
          context.heartbeat(failures);
        }
        const reason = databaseReason(error);
        if (reason !== null) {
          context.log.warn('the database could not be used', { reason });
        }
        throw toApplicationFailure(error, failures, Date.now(), settingsPatience);
      } finally {
        clearInterval(beating);
      }
    },
  };
  return metered === undefined
    ? wrapped
    : {
        execute: (input, next) =>
          measured(context.info.activityType, metered, () => wrapped.execute(input, next)),
      };
}

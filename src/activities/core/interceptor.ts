import type { Context } from '@temporalio/activity';
import { toApplicationFailure } from './known-failures.ts';

/** One call of an activity on its way in, as Temporal's worker hands it to interceptors. */
interface ActivityCalls {
  execute<Input>(input: Input, next: (input: Input) => Promise<unknown>): Promise<unknown>;
}

/** Heartbeats a timeout: two may be lost on the way before the activity counts as dead. */
const HEARTBEATS_PER_TIMEOUT = 3;

/** A cancellation is heard with a heartbeat, so none comes later than this. */
export const HEARTBEAT_AT_MOST_MS = 5_000;

/**
 * Wraps every activity: sends heartbeats while it runs (its timeout decides how often), and makes its errors known
 * failures.
 */
export function createActivityInterceptor(context: Context): ActivityCalls {
  return {
    async execute(input, next) {
      const { heartbeatTimeoutMs } = context.info;
      const beat =
        heartbeatTimeoutMs === undefined || heartbeatTimeoutMs === 0
          ? undefined
          : setInterval(
              () => context.heartbeat(),
              Math.min(heartbeatTimeoutMs / HEARTBEATS_PER_TIMEOUT, HEARTBEAT_AT_MOST_MS),
            );
      try {
        return await next(input);
      } catch (error) {
        throw toApplicationFailure(error, context.info.attempt);
      } finally {
        clearInterval(beat);
      }
    },
  };
}

import type { Client } from '@temporalio/client';
import { unlessAborted } from '../core/unless-aborted.ts';
import type { TemporalClient } from './temporal-client.ts';
import { toTemporalFailure, type TemporalPlace } from './temporal-failures.ts';

/** After its deadline the client itself mostly says what was not answered: it gets so long to do it. */
const GRACE_MS = 250;

/**
 * Makes a request to Temporal within a deadline.
 * @throws DomainError TEMPORAL_UNAVAILABLE when Temporal has not answered in time or refuses the request, OVERLOADED and
 * CONFLICT where it says so; what a workflow fails with, as it is
 */
export type AskTemporal = <Answer>(
  request: (client: Client) => Promise<Answer>,
  deadlineMs?: number,
) => Promise<Answer>;

/**
 * The client heeds a deadline at each try, but not in its pauses between two tries nor before it is connected: a timer
 * ends those.
 */
export function createAskTemporal(
  options: TemporalPlace & {
    readonly temporal: TemporalClient;
    /** How long a request waits, in milliseconds, unless it names a deadline itself. */
    readonly answerMs: number;
  },
): AskTemporal {
  return async (request, deadlineMs = options.answerMs) => {
    const deadline = Date.now() + deadlineMs;
    try {
      return await unlessAborted(AbortSignal.timeout(deadlineMs + GRACE_MS), async () => {
        const client = await options.temporal.get();
        return client.withDeadline(deadline, () => request(client));
      });
    } catch (error) {
      throw toTemporalFailure(error, options);
    }
  };
}

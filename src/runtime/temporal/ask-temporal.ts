import type { Client } from '@temporalio/client';
import { isDomainError } from '../../domain/core/errors.ts';
import { unlessAborted } from '../core/unless-aborted.ts';
import { temporalSilent, type TemporalClient } from './temporal-client.ts';

/** After its deadline the client itself mostly says what was not answered: it gets so long to do it. */
const GRACE_MS = 250;

/**
 * Makes a request to Temporal within a deadline.
 * @throws DomainError TEMPORAL_UNAVAILABLE when Temporal has not answered in time
 */
export type AskTemporal = <Answer>(
  request: (client: Client) => Promise<Answer>,
  deadlineMs?: number,
) => Promise<Answer>;

/**
 * The client heeds a deadline at each try, but not in its pauses between two tries nor before it is connected: a timer
 * ends those. Whatever else Temporal fails to answer means that it is not there.
 */
export function createAskTemporal(options: {
  readonly temporal: TemporalClient;
  readonly address: string;
  /** How long a request waits, in milliseconds, unless it names a deadline itself. */
  readonly answerMs: number;
}): AskTemporal {
  return async (request, deadlineMs = options.answerMs) => {
    const deadline = Date.now() + deadlineMs;
    try {
      return await unlessAborted(AbortSignal.timeout(deadlineMs + GRACE_MS), async () => {
        const client = await options.temporal.get();
        return client.withDeadline(deadline, () => request(client));
      });
    } catch (error) {
      throw isDomainError(error) ? error : temporalSilent(options.address, error);
    }
  };
}

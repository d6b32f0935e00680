import { setCurrentDetails, sleep } from '@temporalio/workflow';
import type { Wait } from '../../contracts/wait.ts';

/** Characters of a timer's summary: Temporal accepts 400 bytes. */
const SUMMARY_LENGTH = 130;

/** A clock that is slow must not make us ask at once; one far ahead must not make us wait for ever. */
const MIN_WAIT_MS = 1_000;
const MAX_WAIT_MS = 24 * 60 * 60 * 1_000;

/**
 * Waits by a durable timer that the Temporal UI shows with its reason: at least a second, at most a day, and a second
 * where `until` is not an instant. The caller then asks again, and is given a new time if it was too early.
 */
export async function waitUntil({ until, reason }: Wait): Promise<void> {
  setCurrentDetails(`Waiting until ${until}: ${reason}`);
  const waitMs = Date.parse(until) - Date.now();
  const atLeastMs = waitMs > MIN_WAIT_MS ? waitMs : MIN_WAIT_MS;
  await sleep(Math.min(atLeastMs, MAX_WAIT_MS), {
    summary: `Until ${until}: ${reason}`.slice(0, SUMMARY_LENGTH),
  });
}

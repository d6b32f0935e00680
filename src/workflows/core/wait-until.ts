import { setCurrentDetails, sleep } from '@temporalio/workflow';
import type { SyncWait } from '../../contracts/sync.ts';

/** Characters of a timer's summary: Temporal takes 400 bytes. */
const SUMMARY_LENGTH = 130;

/** A clock that is behind must not make us ask at once; one far ahead must not make us wait for good. */
const MIN_WAIT_MS = 1_000;
const MAX_WAIT_MS = 24 * 60 * 60 * 1_000;

/**
 * Waits by a durable timer that the Temporal UI shows with its reason: a second at the least, a day at the most, a
 * second where `until` is no instant. Whoever waits then asks again, and hears until when if it was too soon.
 */
export async function waitUntil({ until, reason }: SyncWait): Promise<void> {
  setCurrentDetails(`Waits until ${until}: ${reason}`);
  const waitMs = Date.parse(until) - Date.now();
  const atLeastMs = waitMs > MIN_WAIT_MS ? waitMs : MIN_WAIT_MS;
  await sleep(Math.min(atLeastMs, MAX_WAIT_MS), {
    summary: `Until ${until}: ${reason}`.slice(0, SUMMARY_LENGTH),
  });
}

import { setCurrentDetails, sleep, workflowInfo } from '@temporalio/workflow';
import type { Wait } from '../../contracts/wait.ts';

/** Characters of a timer's summary: Temporal accepts 400 bytes. */
const SUMMARY_LENGTH = 130;

/** A clock that is slow must not make us ask at once; one far ahead must not make us wait for ever. */
const MIN_WAIT_MS = 1_000;
const MAX_WAIT_MS = 24 * 60 * 60 * 1_000;

/**
 * A limit may be lifted before its time, for all teams of the identity, by a test of one team's connection. Nobody knows
 * all workflows that wait for it, so each of them asks again after this time; while the limit stands, the database
 * answers and GitHub is not asked. A wait and its question are 11 events: those of the longest limit, two hours, are 264.
 */
const ASK_AGAIN_MS = 5 * 60 * 1_000;

/**
 * Waits by a durable timer that the Temporal UI shows with its reason: at least a second, and a second where `until` is
 * not an instant; at most five minutes, or a day once Temporal finds the history long. The caller then asks again, and is
 * given the time anew if it was too early.
 */
export async function waitUntil({ until, reason }: Wait): Promise<void> {
  setCurrentDetails(`Waiting until ${until}: ${reason}`);
  const waitMs = Date.parse(until) - Date.now();
  const atLeastMs = waitMs > MIN_WAIT_MS ? waitMs : MIN_WAIT_MS;
  const atMostMs = workflowInfo().continueAsNewSuggested ? MAX_WAIT_MS : ASK_AGAIN_MS;
  await sleep(Math.min(atLeastMs, atMostMs), {
    summary: `Until ${until}: ${reason}`.slice(0, SUMMARY_LENGTH),
  });
}

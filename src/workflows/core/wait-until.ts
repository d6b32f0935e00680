import {
  patched,
  setCurrentDetails,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { SEARCH_ATTRIBUTES, type WaitingFor } from '../../contracts/search-attributes.ts';
import type { Wait } from '../../contracts/wait.ts';
import { toPlainText } from '../../domain/core/plain-text.ts';

/** A timer's summary has 400 bytes in all. */
const UNTIL_CHARACTERS = 40;
const REASON_BYTES = 300;

/** A clock that is slow must not make us ask at once; one far ahead must not make us wait for ever. */
const MIN_WAIT_MS = 1_000;
const MAX_WAIT_MS = 24 * 60 * 60 * 1_000;

/**
 * A limit may be lifted before its time, for all teams of the identity, by a test of one team's connection. Nobody knows
 * all workflows that wait for it, so each of them asks again after this time; while the limit stands, the database
 * answers and GitHub is not asked. A wait and its question are 13 events: those of the longest limit, two hours, are 312.
 */
const ASK_AGAIN_MS = 5 * 60 * 1_000;

/**
 * Waits by a durable timer that the Temporal UI shows with its reason: at least a second, and a second where `until` is
 * not an instant; at most five minutes, or a day once Temporal finds the history long. The caller then asks again, and is
 * given the time anew if it was too early.
 * @param waitingFor what operators find the workflow by meanwhile; null for what they do not look for
 */
export async function waitUntil(
  { until, reason }: Wait,
  waitingFor: WaitingFor | null = 'GITHUB_LIMIT',
): Promise<void> {
  const plainReason = toPlainText(reason, REASON_BYTES);
  setCurrentDetails(`Waiting until ${until}: ${plainReason}`);
  const waitMs = Date.parse(until) - Date.now();
  const atLeastMs = waitMs > MIN_WAIT_MS ? waitMs : MIN_WAIT_MS;
  const atMostMs = workflowInfo().continueAsNewSuggested ? MAX_WAIT_MS : ASK_AGAIN_MS;
  // What was recorded before waits could be searched for waits as it did.
  const isShown = waitingFor !== null && patched('search-by-wait');
  if (isShown) {
    showWait(waitingFor);
  }
  try {
    await sleep(Math.min(atLeastMs, atMostMs), {
      summary: `Until ${until.slice(0, UNTIL_CHARACTERS)}: ${plainReason}`,
    });
  } finally {
    if (isShown) {
      showWait(null);
    }
  }
}

function showWait(waitingFor: WaitingFor | null): void {
  const key = { name: SEARCH_ATTRIBUTES.waitingFor, type: 'KEYWORD' } as const;
  upsertSearchAttributes([{ key, value: waitingFor }]);
}

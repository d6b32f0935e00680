import { ApplicationFailure } from '@temporalio/workflow';
import { BACKFILL_CLOSING, type WidenBackfillInput } from '../../contracts/sync.ts';

/** Whether a wish goes no further than one that was taken on. An empty list means all repositories. */
export function covers(earlier: WidenBackfillInput, wish: WidenBackfillInput): boolean {
  const names = new Set(earlier.repositories.map((name) => name.toLowerCase()));
  const sameRepositories =
    wish.repositories.length === 0
      ? names.size === 0
      : wish.repositories.every((name) => names.has(name.toLowerCase()));
  return sameRepositories && reaches(earlier.since, wish.since);
}

/** What is new is walked by every job; a job of what is new goes no further. */
function reaches(earlier: string | null, since: string | null): boolean {
  return since === null || (earlier !== null && Date.parse(earlier) <= Date.parse(since));
}

/** @throws when the wish cannot be read, or comes too late: whoever sent it starts a job of its own then */
export function validateWish(wish: WidenBackfillInput, closing: boolean): void {
  if (closing) {
    throw ApplicationFailure.nonRetryable('The backfill is closing.', BACKFILL_CLOSING);
  }
  if (wish.since !== null && Number.isNaN(Date.parse(wish.since))) {
    throw ApplicationFailure.nonRetryable('since is no instant', 'INVALID_INPUT');
  }
}

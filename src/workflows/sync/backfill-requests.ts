import { ApplicationFailure } from '@temporalio/workflow';
import { BACKFILL_CLOSING, type WidenBackfillInput } from '../../contracts/sync.ts';

/** Whether a wish goes no further than one that was taken on. An empty list means all repositories. */
export function covers(earlier: WidenBackfillInput, request: WidenBackfillInput): boolean {
  const names = new Set(earlier.repositories.map((name) => name.toLowerCase()));
  const sameRepositories =
    request.repositories.length === 0
      ? names.size === 0
      : request.repositories.every((name) => names.has(name.toLowerCase()));
  return sameRepositories && reaches(earlier.since, request.since);
}

/** What is new is walked by every job; a job of what is new goes no further. */
function reaches(earlier: string | null, since: string | null): boolean {
  return since === null || (earlier !== null && Date.parse(earlier) <= Date.parse(since));
}

/** @throws when the wish cannot be read, or comes too late: whoever sent it starts a job of its own then */
export function validateRequest(request: WidenBackfillInput, closing: boolean): void {
  if (closing) {
    throw ApplicationFailure.nonRetryable('The backfill is closing.', BACKFILL_CLOSING);
  }
  if (request.since !== null && Number.isNaN(Date.parse(request.since))) {
    throw ApplicationFailure.nonRetryable('since is no instant', 'INVALID_INPUT');
  }
}

import { ApplicationFailure, defineUpdate, setHandler } from '@temporalio/workflow';
import {
  BACKFILL_CLOSING,
  BACKFILL_COVERED,
  widenBackfillUpdate,
  type BackfillTeamInput,
  type WidenBackfillInput,
  type WidenBackfillResult,
} from '../../contracts/sync.ts';
import { INSTANT_FORM, parseInstant } from '../../domain/core/instants.ts';

const widenBackfill = defineUpdate<WidenBackfillResult, [WidenBackfillInput]>(widenBackfillUpdate);

export interface BackfillRequests {
  /** Everything that the backfill was asked for. */
  readonly accepted: readonly WidenBackfillInput[];
  /** What it was asked for and has not begun. */
  readonly pending: readonly WidenBackfillInput[];
  /** Takes the next request that has not begun; undefined when there is none. */
  takeNext(): WidenBackfillInput | undefined;
  /** Tells that a repository is about to be read, whatever came of it before. */
  begin(name: string): void;
  /** Tells that a repository was not read to its end, so that a request for it is no longer covered. */
  miss(name: string): void;
  /** Repositories that were missed and have not begun again; names in lower case. */
  missed(): readonly string[];
  /** Refuses the update from now on. */
  close(): void;
}

/** Collects what a backfill is asked for: by its input, and by the update `widenBackfill` while it runs. */
export function receiveRequests(input: BackfillTeamInput): BackfillRequests {
  const { repositories, since, carryOver } = input;
  const pending: WidenBackfillInput[] = [...(carryOver?.pending ?? [{ repositories, since }])];
  const accepted: WidenBackfillInput[] = [...(carryOver?.accepted ?? pending)];
  // As they came. A replay repeats the decisions of the code that recorded it, which knew nothing of whole days.
  const asked: WidenBackfillInput[] = [...accepted];
  const missed = new Set(carryOver?.missed);
  let isClosed = false;
  const isCovered = (request: WidenBackfillInput, earlier: readonly WidenBackfillInput[]) =>
    (request.again === true ? pending : earlier).some((one) => covers(one, request));
  const take = (request: WidenBackfillInput): void => {
    const wholeDay = { ...request, since: toDayStart(request.since) };
    accepted.push(wholeDay);
    pending.push(wholeDay);
  };
  setHandler(
    widenBackfill,
    ({ requestId, ...request }) => {
      const left = isCovered(request, accepted) ? leftOf(request, missed, pending) : [];
      if (left.length > 0) {
        // The rest of what it asks for is read, or was.
        take({ ...request, repositories: left });
        return { widened: true, ...(requestId !== undefined && { requestId }) };
      }
      // Only in a replay of what was recorded before the validator refused it: a replay does not validate.
      if (isCovered(request, asked)) {
        return { widened: false };
      }
      asked.push(request);
      take(request);
      return { widened: true, ...(requestId !== undefined && { requestId }) };
    },
    {
      validator(request) {
        validateRequest(request, isClosed);
        if (isCovered(request, accepted) && leftOf(request, missed, pending).length === 0) {
          throw ApplicationFailure.nonRetryable('The backfill reads it.', BACKFILL_COVERED);
        }
      },
    },
  );
  return {
    accepted,
    pending,
    takeNext() {
      const next = pending.shift();
      next?.repositories.forEach((name) => missed.delete(name.toLowerCase()));
      return next;
    },
    begin: (name) => void missed.delete(name.toLowerCase()),
    miss: (name) => void missed.add(name.toLowerCase()),
    missed: () => [...missed],
    close() {
      isClosed = true;
    },
  };
}

/** What a request asks for of the repositories that were missed, without those that a pending request reads. */
function leftOf(
  request: WidenBackfillInput,
  missed: ReadonlySet<string>,
  pending: readonly WidenBackfillInput[],
): string[] {
  const names = new Set(request.repositories.map((name) => name.toLowerCase()));
  return [...missed].filter(
    (name) =>
      (names.size === 0 || names.has(name)) &&
      !pending.some((one) => covers(one, { ...request, repositories: [name] })),
  );
}

/** Whether a request goes no further than one that was accepted earlier. An empty list means all repositories. */
function covers(earlier: WidenBackfillInput, request: WidenBackfillInput): boolean {
  const names = new Set(earlier.repositories.map((name) => name.toLowerCase()));
  const sameRepositories =
    request.repositories.length === 0
      ? names.size === 0
      : request.repositories.every((name) => names.has(name.toLowerCase()));
  return sameRepositories && reaches(earlier.since, request.since);
}

/** Every backfill reads what is new; one that was asked for nothing else goes no further. */
function reaches(earlier: string | null, since: string | null): boolean {
  return since === null || (earlier !== null && Date.parse(earlier) <= Date.parse(since));
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Requests of one day are one update, whose id names the day: whichever comes first has to go back as far as all. */
function toDayStart(since: string | null): string | null {
  return since === null
    ? null
    : new Date(Math.floor(Date.parse(since) / DAY_MS) * DAY_MS).toISOString();
}

/** @throws when the request cannot be read, or comes too late: its sender then starts a backfill of its own */
function validateRequest(request: WidenBackfillInput, isClosed: boolean): void {
  if (isClosed) {
    throw ApplicationFailure.nonRetryable('The backfill is closing.', BACKFILL_CLOSING);
  }
  if (request.since !== null && parseInstant(request.since) === null) {
    throw ApplicationFailure.nonRetryable(`since must be ${INSTANT_FORM}.`, 'INVALID_INPUT');
  }
}

import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import { databaseFailure } from '../../db/core/database-failure.ts';
import { toWriteError } from '../../db/core/database-errors.ts';
import { attemptsAgainst, dataRefusal, sqlState } from '../../db/core/sql-state.ts';
import { UnknownKeyError } from '../../db/core/secret-box.ts';
import { isDomainError } from '../../domain/core/errors.ts';
import { excerpt } from '../../domain/core/excerpt.ts';
import { GitHubFailure, isFailure } from '../../github/transport/failures.ts';
import { RetryAfter } from './retry-after.ts';

/** A server that fails so many times is down: the admin sees it, and the next sync tries again. */
const MAX_GITHUB_TRIES = 5;

/** How often what a worker's settings do not allow is tried, and how long after each other: by others, where there are. */
export interface SettingsPatience {
  readonly tries: number;
  readonly retryMs: number;
}

/** Two minutes: every worker that polls has had one by then, and a setting that is wrong everywhere is told soon. */
const SETTINGS_PATIENCE: SettingsPatience = { tries: 24, retryMs: 5_000 };

/** Failures that end an activity when there have been so many of their kind. */
const COUNTED_KINDS = ['GITHUB', 'DATA', 'SETTINGS'] as const;

/** How many attempts of an activity have failed of a kind. Those that failed of another cause are not among them. */
export type CountedFailures = Readonly<Partial<Record<(typeof COUNTED_KINDS)[number], number>>>;

/** The counts that a failed attempt has left in its last heartbeat, whoever wrote that; none where it left none. */
export function readCounts(heartbeatDetails: unknown): CountedFailures {
  const left = Object.entries(heartbeatDetails ?? {});
  return Object.fromEntries(
    left.filter(
      ([kind, count]) => COUNTED_KINDS.some((known) => known === kind) && Number.isInteger(count),
    ),
  );
}

/** The counts with one more attempt, which has failed with this error. */
export function countFailure(error: unknown, earlier: CountedFailures): CountedFailures {
  if (ofSettings(error) !== null) {
    return { ...earlier, SETTINGS: (earlier.SETTINGS ?? 0) + 1 };
  }
  if (error instanceof GitHubFailure) {
    return { ...earlier, GITHUB: (earlier.GITHUB ?? 0) + 1 };
  }
  return attemptsAgainst(error) === null ? earlier : { ...earlier, DATA: (earlier.DATA ?? 0) + 1 };
}

/**
 * What this worker cannot do by its settings, and another may.
 * @returns the type of the failure; null for every other failure
 */
export function ofSettings(error: unknown): 'HOST_NOT_ALLOWED' | 'UNKNOWN_KEY' | null {
  if (error instanceof UnknownKeyError) {
    return 'UNKNOWN_KEY';
  }
  return isFailure(error, 'HOST_NOT_ALLOWED') ? error.kind : null;
}

/** Type of the failure of values that PostgreSQL refuses. */
const DATA_REFUSED = 'DATA_REFUSED';

/** What the database or its driver said of itself, for the log only: it names hosts. Null for every other failure. */
export function databaseReason(error: unknown): string | null {
  const said = isDomainError(error) ? error.cause : error;
  return said instanceof Error && databaseFailure(said) !== null ? said.message : null;
}

/** Whether the same may work when it is tried again. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof GitHubFailure) {
    return error.kind === 'TRANSIENT' || error.kind === 'HOST_NOT_ALLOWED';
  }
  if (isDomainError(error)) {
    // What the database says of itself passes, whatever its code is to whoever sent a mutation: a deadlock is a CONFLICT.
    const isOfServer = error.code === 'DATABASE_UNAVAILABLE' || error.code === 'OVERLOADED';
    return isOfServer || databaseFailure(error.cause) !== null;
  }
  // Temporal's own are a cancellation, or have said already whether they are tried again.
  return attemptsAgainst(error) !== 1 && !(error instanceof TemporalFailure);
}

/**
 * Converts what activities throw into failures with a stable `type`, so that a workflow can distinguish them and Temporal
 * retries only what may work when tried again. The cause stays out of the history: it may hold text from outside.
 * @param failures how many attempts have failed of its kind, this one included
 * @param patience with settings that other workers may have
 */
export function toApplicationFailure(
  error: unknown,
  failures: CountedFailures = countFailure(error, {}),
  now = Date.now(),
  patience: SettingsPatience = SETTINGS_PATIENCE,
): unknown {
  const type = ofSettings(error);
  if (error instanceof Error && type !== null) {
    const nonRetryable = (failures.SETTINGS ?? 0) >= patience.tries;
    const nextRetryDelay = patience.retryMs;
    return ApplicationFailure.create({
      type,
      message: error.message,
      nonRetryable,
      nextRetryDelay,
    });
  }
  if (error instanceof GitHubFailure) {
    const nonRetryable = !isRetryable(error) || (failures.GITHUB ?? 0) >= MAX_GITHUB_TRIES;
    return ApplicationFailure.create({ type: error.kind, message: error.message, nonRetryable });
  }
  if (error instanceof RetryAfter) {
    // Activities answer a wait, so that their workflow shows it. One that forgot to is not run
    // again before it is over; to Temporal it counts as an attempt.
    const nextRetryDelay = Math.max(error.until.getTime() - now, 0);
    return ApplicationFailure.create({
      type: 'RETRY_AFTER',
      message: error.message,
      nextRetryDelay,
    });
  }
  const known = toWriteError(error);
  if (isDomainError(known)) {
    const nonRetryable = !isRetryable(known);
    return ApplicationFailure.create({ type: known.code, message: known.message, nonRetryable });
  }
  const attempts = attemptsAgainst(error);
  return attempts !== null && (failures.DATA ?? 0) >= attempts ? dataRefused(error) : error;
}

/** Enough of what PostgreSQL says to find the value. */
const MAX_SAID_CHARACTERS = 300;

/** What the database does not take however often it is given: the caller closes its row with this sentence. */
function dataRefused(error: unknown): ApplicationFailure {
  const said = excerpt(dataRefusal(error) ?? '', MAX_SAID_CHARACTERS);
  return ApplicationFailure.create({
    type: DATA_REFUSED,
    message: `The database refuses what was to be stored (${sqlState(error)}: ${said}): it would refuse it again, so nothing more is tried. Tell your operator.`,
    nonRetryable: true,
  });
}

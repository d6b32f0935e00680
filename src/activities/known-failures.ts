import { ApplicationFailure } from '@temporalio/common';
import { isDomainError } from '../domain/errors.ts';
import { GitHubFailure } from '../github/failures.ts';

/** A server that fails so often in a row is down: an admin is told, and the next sync tries again. */
const MAX_GITHUB_ATTEMPTS = 5;

/**
 * Turns what activities throw into failures with a stable `type`, so that a workflow can tell them apart and Temporal
 * retries only what may work when tried again. The cause stays out of the history: it may hold text from outside.
 */
export function toApplicationFailure(error: unknown, attempt: number): unknown {
  if (error instanceof GitHubFailure) {
    const nonRetryable = error.kind !== 'TRANSIENT' || attempt >= MAX_GITHUB_ATTEMPTS;
    return ApplicationFailure.create({ type: error.kind, message: error.message, nonRetryable });
  }
  if (isDomainError(error)) {
    const nonRetryable = error.code !== 'DATABASE_UNAVAILABLE' && error.code !== 'OVERLOADED';
    return ApplicationFailure.create({ type: error.code, message: error.message, nonRetryable });
  }
  return error;
}

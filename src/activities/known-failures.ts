import { ApplicationFailure } from '@temporalio/common';
import { isDomainError } from '../domain/errors.ts';
import { GitHubFailure } from '../github/failures.ts';

/**
 * Turns what activities throw into failures with a stable `type`, so that a workflow can tell them apart and Temporal
 * retries only what may work when tried again. The cause stays out of the history: it may hold text from outside.
 */
export function toApplicationFailure(error: unknown): unknown {
  if (error instanceof GitHubFailure) {
    const nonRetryable = error.kind !== 'TRANSIENT';
    return ApplicationFailure.create({ type: error.kind, message: error.message, nonRetryable });
  }
  if (isDomainError(error)) {
    const nonRetryable = error.code !== 'DATABASE_UNAVAILABLE' && error.code !== 'OVERLOADED';
    return ApplicationFailure.create({ type: error.code, message: error.message, nonRetryable });
  }
  return error;
}

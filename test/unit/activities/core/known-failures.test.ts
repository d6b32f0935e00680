import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { toApplicationFailure } from '../../../../src/activities/core/known-failures.ts';
import { RetryAfter } from '../../../../src/activities/core/retry-after.ts';
import { DOMAIN_ERROR_CODES, DomainError } from '../../../../src/domain/core/errors.ts';
import {
  GitHubFailure,
  type GitHubFailureKind,
} from '../../../../src/github/transport/failures.ts';

const SECRET = 'ghp_0123456789abcdef';

describe('a failure of an activity', () => {
  it.each<[kind: GitHubFailureKind, mayWorkLater: boolean]>([
    ['RATE_LIMITED', false],
    ['UNAUTHORIZED', false],
    ['FORBIDDEN', false],
    ['NOT_FOUND', false],
    ['UNEXPECTED', false],
    ['TRANSIENT', true],
  ])('%s of GitHub is known by its type; tried again: %s', (kind, mayWorkLater) => {
    const failure = toApplicationFailure(
      new GitHubFailure(kind, 'One sentence.', { cause: new Error(SECRET) }),
      1,
    );
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({
      type: kind,
      message: 'One sentence.',
      nonRetryable: !mayWorkLater,
    });
    expect((failure as ApplicationFailure).cause).toBeUndefined();
  });

  it('of GitHub is not tried a sixth time, also when it may pass', () => {
    const down = new GitHubFailure('TRANSIENT', 'GitHub did not answer.');
    expect(toApplicationFailure(down, 4)).toMatchObject({ nonRetryable: false });
    expect(toApplicationFailure(down, 5)).toMatchObject({ nonRetryable: true });
  });

  it('that is a wait which nobody answered is tried again when it is over', () => {
    const now = Date.parse('2026-03-10T12:00:00Z');
    const limited = new RetryAfter(new Date(now + 90_000), 'The rate limit of GitHub is used up.');
    expect(toApplicationFailure(limited, 1, now)).toMatchObject({
      type: 'RETRY_AFTER',
      message: 'The rate limit of GitHub is used up.',
      nonRetryable: false,
      nextRetryDelay: 90_000,
    });
    expect(toApplicationFailure(limited, 1, now + 100_000)).toMatchObject({ nextRetryDelay: 0 });
  });

  it('of our own is known by its code, and is tried again only where waiting helps', () => {
    const retried = DOMAIN_ERROR_CODES.filter((code) => {
      const failure = toApplicationFailure(new DomainError(code, `${code} it is.`), 1);
      expect(failure).toMatchObject({ type: code, message: `${code} it is.` });
      return (failure as ApplicationFailure).nonRetryable === false;
    });
    expect(retried).toEqual(['OVERLOADED', 'DATABASE_UNAVAILABLE']);
  });

  it.each([new Error('a defect'), new TypeError('x'), 'text', undefined, null])(
    'that nobody foresaw stays as it is: %s',
    (error) => {
      expect(toApplicationFailure(error, 1)).toBe(error);
    },
  );
});

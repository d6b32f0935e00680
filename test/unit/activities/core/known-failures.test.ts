import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import {
  isRetryable,
  countFailure,
  readCounts,
  toApplicationFailure,
} from '../../../../src/activities/core/known-failures.ts';
import { RetryAfter } from '../../../../src/activities/core/retry-after.ts';
import { UnknownKeyError } from '../../../../src/db/core/secret-box.ts';
import { DOMAIN_ERROR_CODES, DomainError } from '../../../../src/domain/core/errors.ts';
import {
  GitHubFailure,
  type GitHubFailureKind,
} from '../../../../src/github/transport/failures.ts';

const SECRET = 'ghp_0123456789abcdef';

/** As `pg` throws it, and as it comes through Prisma's adapter. */
function pgError(code: string, message = 'said by PostgreSQL'): Error {
  return Object.assign(new Error(message), { code });
}

function prismaError(code: string): Error {
  const cause = { originalCode: code, originalMessage: 'said by PostgreSQL' };
  return Object.assign(new Error('Raw query failed.'), {
    code: 'P2010',
    meta: { driverAdapterError: { cause } },
  });
}

describe('a failure of an activity', () => {
  it.each<[kind: GitHubFailureKind, mayWorkLater: boolean]>([
    ['RATE_LIMITED', false],
    ['UNAUTHORIZED', false],
    ['FORBIDDEN', false],
    ['NOT_FOUND', false],
    ['UNEXPECTED', false],
    ['TRANSIENT', true],
    ['HOST_NOT_ALLOWED', true],
  ])('%s of GitHub is known by its type; tried again: %s', (kind, mayWorkLater) => {
    const failure = toApplicationFailure(
      new GitHubFailure(kind, 'One sentence.', { cause: new Error(SECRET) }),
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
    expect(toApplicationFailure(down, { GITHUB: 4, DATA: 9 })).toMatchObject({
      nonRetryable: false,
    });
    expect(toApplicationFailure(down, { GITHUB: 5 })).toMatchObject({ nonRetryable: true });
  });

  it.each([
    ['HOST_NOT_ALLOWED', new GitHubFailure('HOST_NOT_ALLOWED', 'The host is not allowed.')],
    ['UNKNOWN_KEY', new UnknownKeyError('0123abcd')],
  ])(
    'of %s goes to other workers for two minutes, and ends with its sentence then',
    (type, error) => {
      const first = countFailure(error, { GITHUB: 2 });
      expect(first).toEqual({ GITHUB: 2, SETTINGS: 1 });
      expect(readCounts(first)).toEqual(first);
      const again = toApplicationFailure(error, first) as ApplicationFailure;
      expect(again).toMatchObject({ type, message: error.message, nonRetryable: false });
      const tries = 24;
      expect(Number(again.nextRetryDelay) * tries).toBe(120_000);
      expect(toApplicationFailure(error, { SETTINGS: tries - 1 })).toMatchObject({
        nonRetryable: false,
      });
      expect(toApplicationFailure(error, { SETTINGS: tries })).toMatchObject({
        type,
        message: error.message,
        nonRetryable: true,
      });
    },
  );

  it('that is a wait which nobody answered is tried again when it is over', () => {
    const now = Date.parse('2026-03-10T12:00:00Z');
    const limited = new RetryAfter(new Date(now + 90_000), 'The rate limit of GitHub is used up.');
    expect(toApplicationFailure(limited, {}, now)).toMatchObject({
      type: 'RETRY_AFTER',
      message: 'The rate limit of GitHub is used up.',
      nonRetryable: false,
      nextRetryDelay: 90_000,
    });
    expect(toApplicationFailure(limited, {}, now + 100_000)).toMatchObject({ nextRetryDelay: 0 });
  });

  it('of our own is known by its code, and is tried again only where waiting helps', () => {
    const retried = DOMAIN_ERROR_CODES.filter((code) => {
      const failure = toApplicationFailure(new DomainError(code, `${code} it is.`));
      expect(failure).toMatchObject({ type: code, message: `${code} it is.` });
      return (failure as ApplicationFailure).nonRetryable === false;
    });
    expect(retried).toEqual(['OVERLOADED', 'DATABASE_UNAVAILABLE']);
  });

  it.each([
    ['an instant that no column holds', '22008'],
    ['text with NUL', '22021'],
    ['a number that no column holds', '22003'],
    ['a missing value', '23502'],
    ['a CHECK', '23514'],
    ['a text that no index holds', '54000'],
  ])('of values that PostgreSQL refuses is final: %s', (_what, code) => {
    for (const refusal of [pgError(code), prismaError(code)]) {
      expect(toApplicationFailure(refusal)).toMatchObject({
        type: 'DATA_REFUSED',
        nonRetryable: true,
        message: expect.stringMatching(
          new RegExp(`^The database refuses .+ \\(${code}: said by PostgreSQL\\): .+\\.$`),
        ) as string,
      });
      expect((toApplicationFailure(refusal) as ApplicationFailure).cause).toBeUndefined();
      expect(isRetryable(refusal)).toBe(false);
    }
  });

  it.each([
    ['a row that another transaction wrote', '23505'],
    ['a row that another transaction removed', '23503'],
  ])('that another transaction may be to blame for is tried twice again: %s', (_what, code) => {
    for (const refusal of [pgError(code), prismaError(code)]) {
      expect(toApplicationFailure(refusal, { DATA: 1, GITHUB: 9 })).toBe(refusal);
      expect(toApplicationFailure(refusal, { DATA: 2 })).toBe(refusal);
      expect(toApplicationFailure(refusal, { DATA: 3 })).toMatchObject({
        type: 'DATA_REFUSED',
        nonRetryable: true,
      });
      expect(isRetryable(refusal)).toBe(true);
    }
  });

  it.each([
    ['40001', 'CONFLICT'],
    ['40P01', 'CONFLICT'],
    ['53300', 'OVERLOADED'],
    ['53100', 'DATABASE_UNAVAILABLE'],
    ['55P03', 'OVERLOADED'],
    ['57014', 'LIMIT_EXCEEDED'],
    ['57P01', 'DATABASE_UNAVAILABLE'],
    ['25006', 'DATABASE_UNAVAILABLE'],
  ])(
    'of PostgreSQL that may pass has a code of ours and is tried again for as long as it takes: %s',
    (code, type) => {
      for (const failed of [pgError(code, SECRET), prismaError(code)]) {
        const failure = toApplicationFailure(failed, { DATA: 29, GITHUB: 29 });
        expect(failure).toBeInstanceOf(ApplicationFailure);
        expect(failure).toMatchObject({ type, nonRetryable: false });
        expect((failure as ApplicationFailure).message).not.toContain(SECRET);
        expect((failure as ApplicationFailure).cause).toBeUndefined();
        expect(isRetryable(failed)).toBe(true);
        // The same where the database's own border has translated it before.
        const translated = new DomainError('CONFLICT', 'Try again.', { cause: failed });
        expect(toApplicationFailure(translated)).toMatchObject({ nonRetryable: false });
      }
    },
  );

  it('of a database that is away is told without the driver and its address', () => {
    const away = Object.assign(new Error("Can't reach database server at 127.0.0.1:5432"), {
      name: 'PrismaClientKnownRequestError',
      code: 'P1001',
    });
    expect(toApplicationFailure(away)).toMatchObject({
      type: 'DATABASE_UNAVAILABLE',
      message: 'The database does not answer at the moment: try again shortly.',
      nonRetryable: false,
    });
  });

  it('of a schema that lacks a migration stays as it is and is tried again', () => {
    const missing = pgError('42P01');
    expect(toApplicationFailure(missing, { DATA: 29, GITHUB: 29 })).toBe(missing);
    expect(isRetryable(missing)).toBe(true);
  });

  it('shows what PostgreSQL says in bounds and without what cannot be stored', () => {
    const refusal = pgError('22P02', `invalid input: "a\0b${'x'.repeat(100_000)}"`);
    const { message } = toApplicationFailure(refusal) as ApplicationFailure;
    expect(message.length).toBeLessThan(600);
    expect(message).not.toContain('\0');
  });

  it.each([new Error('a defect'), new TypeError('x'), 'text', undefined, null])(
    'that nobody foresaw stays as it is: %s',
    (error) => {
      expect(toApplicationFailure(error)).toBe(error);
    },
  );
});

describe('what an activity has failed with', () => {
  it('is counted by kind, and what is of no counted kind changes nothing', () => {
    const errors = [
      pgError('57P01'),
      pgError('23505'),
      new GitHubFailure('TRANSIENT', 'GitHub did not answer.'),
      prismaError('23503'),
      new Error('a defect'),
    ];
    const counted = errors.reduce((counts, error) => countFailure(error, counts), {});
    expect(counted).toEqual({ DATA: 2, GITHUB: 1 });
    expect(countFailure(pgError('57P01'), counted)).toBe(counted);
  });

  it.each([[undefined], [null], ['text'], [7], [{ DATA: 'many', other: 3 }], [[{ DATA: 2 }]]])(
    'is not read from what is no count: %j',
    (details) => {
      expect(readCounts(details)).toEqual({});
    },
  );

  it('is read as it was left', () => {
    expect(readCounts({ DATA: 2, other: 3 })).toEqual({ DATA: 2 });
  });
});

import { Prisma } from '../../../../src/db/generated/prisma/client.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toReadError, toWriteError } from '../../../../src/db/core/database-errors.ts';
import { DomainError } from '../../../../src/domain/core/errors.ts';

/** What an error is to a reader, and to a writer; null: it stays as it is. */
type Codes = readonly [string | null, string | null];

const AWAY: Codes = ['DATABASE_UNAVAILABLE', 'DATABASE_UNAVAILABLE'];
const BUSY: Codes = ['OVERLOADED', 'OVERLOADED'];
const SLOW: Codes = ['LIMIT_EXCEEDED', 'LIMIT_EXCEEDED'];
const LOST: Codes = ['OVERLOADED', 'CONFLICT'];
const READ_ONLY: Codes = [null, 'DATABASE_UNAVAILABLE'];
const DEFECT: Codes = [null, null];

function each(codes: Codes, ...names: readonly string[]): (readonly [string, Codes])[] {
  return names.map((name) => [name, codes]);
}

const STATES = [
  ...each(AWAY, '08000', '08001', '08003', '08004', '08006', '08007', '08P01'),
  ...each(AWAY, '57P01', '57P02', '57P03', '57P04', '57P05', '25P03', '40003'),
  ...each(AWAY, '28000', '28P01', '3D000', '53100'),
  ...each(BUSY, '53000', '53200', '53300', '53400', '55P03', '25P02'),
  ...each(SLOW, '57014', '25P04'),
  ...each(LOST, '40001', '40P01'),
  ...each(READ_ONLY, '25006'),
  ...each(DEFECT, '42P01', '42501', '42703', '21000', 'XX000', 'XX001', '0A000'),
];

/** Prisma's codes of errors that no code of PostgreSQL comes with. */
const PRISMA_CODES = [
  ...each(AWAY, 'P1000', 'P1001', 'P1002', 'P1003', 'P1008', 'P1010', 'P1011', 'P1017'),
  ...each(BUSY, 'P2024', 'P2037'),
  ...each(LOST, 'P2034'),
  ...each(DEFECT, 'P2000', 'P2002', 'P2003', 'P2010', 'P2025', 'P2039'),
];

/** Kinds of the driver adapter below Prisma's P2010 of a raw query. */
const KINDS = [
  ...each(AWAY, 'DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TlsConnectionError'),
  ...each(AWAY, 'AuthenticationFailed', 'DatabaseDoesNotExist', 'TransactionAlreadyClosed'),
  ...each(BUSY, 'TooManyConnections'),
  ...each(LOST, 'TransactionWriteConflict'),
  ...each(DEFECT, 'UniqueConstraintViolation', 'TableDoesNotExist', 'GenericJs'),
];

/** What pg, pg-pool and others say in errors without a code, which reach us as they are. */
const MESSAGES = [
  ...each(BUSY, 'timeout exceeded when trying to connect'),
  ...each(AWAY, 'Connection terminated unexpectedly'),
  ...each(AWAY, 'Connection terminated due to connection timeout'),
  ...each(AWAY, 'Client has encountered a connection error and is not queryable'),
  ...each(AWAY, 'Cannot use a pool after calling end on the pool'),
  ...each(DEFECT, 'a defect of ours', ''),
];

/** Node's codes of a socket that failed. */
const SOCKETS = [
  ...each(AWAY, 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'),
];

const TRANSACTION_ERRORS = [
  ...each(BUSY, 'Transaction API error: Unable to start a transaction in the given time.'),
  ...each(AWAY, 'Transaction API error: Transaction not found. Transaction ID is invalid, …'),
  ...each(SLOW, 'Transaction API error: A query cannot be executed on an expired transaction.'),
  ...each(SLOW, 'Transaction API error: Transaction already closed: A query cannot be …'),
];

class DriverAdapterError extends Error {
  override readonly name = 'DriverAdapterError';
}

function prismaError(code: string, said?: object, message = 'Invalid invocation'): Error {
  return new Prisma.PrismaClientKnownRequestError(message, {
    code,
    clientVersion: '7',
    ...(said !== undefined && {
      meta: { driverAdapterError: new DriverAdapterError('said', { cause: said }) },
    }),
  });
}

/** The forms in which a code of PostgreSQL reaches us. */
function formsOf(state: string): Error[] {
  const said = { kind: 'postgres', originalCode: state, originalMessage: 'as PostgreSQL says it' };
  return [
    prismaError('P2039', said),
    prismaError('P2010', said),
    new DriverAdapterError('said', { cause: said }),
    Object.assign(new Error('as pg says it'), { code: state, severity: 'ERROR' }),
  ];
}

/** The code that an error gets, with what it came from; null when it stays as it is. */
function codeOf(error: unknown, translate: (thrown: unknown) => unknown): string | null {
  const translated = translate(error);
  if (translated === error) {
    return null;
  }
  return translated instanceof DomainError && translated.cause === error
    ? translated.code
    : 'neither the error nor an expected failure with its cause';
}

function expectCodes(error: Error, codes: Codes): void {
  expect([codeOf(error, toReadError), codeOf(error, toWriteError)]).toEqual(codes);
}

describe('errors of the database', () => {
  it.each(STATES)('have one code in all their forms: %s', (state, codes) => {
    for (const form of formsOf(state)) {
      expectCodes(form, codes);
    }
  });

  it.each(PRISMA_CODES)('are translated by the code of Prisma: %s', (code, codes) => {
    expectCodes(prismaError(code), codes);
  });

  it.each(KINDS)('are translated by the kind of the driver adapter: %s', (kind, codes) => {
    expectCodes(prismaError('P2010', { kind }), codes);
    expectCodes(new DriverAdapterError(kind, { cause: { kind } }), codes);
  });

  it.each(MESSAGES)('are translated by the words of the driver: %s', (message, codes) => {
    expectCodes(new Error(message), codes);
  });

  it.each(SOCKETS)('are translated by the code of the socket: %s', (code, codes) => {
    // A host with several addresses fails with one error for each.
    for (const error of [new Error(`connect ${code}`), new AggregateError([], '')]) {
      expectCodes(Object.assign(error, { code }), codes);
    }
  });

  it.each(TRANSACTION_ERRORS)('are told apart within P2028: %s', (message, codes) => {
    expectCodes(prismaError('P2028', undefined, message), codes);
  });

  it('say that the disk is full, and who can mend it', () => {
    for (const form of formsOf('53100')) {
      expect(toWriteError(form)).toMatchObject({
        message: expect.stringContaining('The disk of the database is full') as string,
      });
    }
  });

  it('are never taken for more than they are: any other error stays as it is, and an expected one too', () => {
    const known = new Set(STATES.map(([state]) => state));
    const others = fc.string({
      minLength: 5,
      maxLength: 5,
      unit: fc.constantFrom('0', '1', '2', '3', '4', '6', '9', 'A', 'B', 'X'),
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          others.map((code) => ({ code })),
        ),
        (thrown) => {
          const code = (thrown as { code?: unknown } | null | undefined)?.code;
          fc.pre(typeof code !== 'string' || !(known.has(code) || /^(?:08|28|53)/.test(code)));
          expect(toReadError(thrown)).toBe(thrown);
          expect(toWriteError(thrown)).toBe(thrown);
        },
      ),
    );
    const expected = new DomainError('NOT_FOUND', 'It is not there.');
    expect([toReadError(expected), toWriteError(expected)]).toEqual([expected, expected]);
  });
});

import { DomainError, isDomainError } from '../../domain/core/errors.ts';
import { LOCK_NOT_AVAILABLE, sqlState } from './sql-state.ts';

/** Statement timeout, and the transaction's own timeout behind it. */
const TOO_SLOW_STATES: ReadonlySet<unknown> = new Set(['57014', '25P04']);

/** The server is going down, starting up, or has no connection left; a replica needs to replay what a read holds back. */
const AWAY_STATES: ReadonlySet<unknown> = new Set(['57P01', '57P02', '57P03', '53300', '40001']);

/** Prisma: no server, wrong address, time-out while connecting, connection closed. */
const AWAY_CODES: ReadonlySet<unknown> = new Set(['P1000', 'P1001', 'P1002', 'P1003', 'P1017']);

const TRANSACTION_API = 'P2028';

/** What pg-pool and pg say, in errors without a code. */
const POOL_TIMEOUT = 'timeout exceeded when trying to connect';
const LOST_CONNECTION = /^(Connection terminated|Client has encountered a connection error)/;

/** No connection came free in time. */
export function overloaded(cause?: unknown): DomainError {
  const message = 'The server is busy: try the same request again in a few seconds.';
  return new DomainError('OVERLOADED', message, { cause });
}

/** A query that holds its transaction for too long. */
export function tooSlow(cause?: unknown): DomainError {
  const message = 'This query takes too long: ask for fewer rows or a shorter range at a time.';
  return new DomainError('LIMIT_EXCEEDED', message, { cause });
}

/** Gives the failures that a reader can understand their code; anything else is a defect and stays as it is. */
export function toReadError(error: unknown): unknown {
  if (!(error instanceof Error)) {
    return error;
  }
  const { message } = error;
  const code = 'code' in error ? error.code : null;
  const state = sqlState(error);
  if (
    message === POOL_TIMEOUT ||
    (code === TRANSACTION_API && message.includes('Unable to start a transaction'))
  ) {
    return overloaded(error);
  }
  if (code === TRANSACTION_API || TOO_SLOW_STATES.has(state)) {
    return tooSlow(error);
  }
  if (AWAY_CODES.has(code) || AWAY_STATES.has(state) || LOST_CONNECTION.test(message)) {
    return new DomainError(
      'DATABASE_UNAVAILABLE',
      'The database does not answer at the moment: try again shortly.',
      { cause: error },
    );
  }
  return error;
}

/** Two transactions wait for one another. */
const DEADLOCK_DETECTED = '40P01';

/** As `toReadError`, for a transaction that writes: then nothing of it is stored. */
export function toWriteError(error: unknown): unknown {
  const state = sqlState(error);
  if (state === LOCK_NOT_AVAILABLE) {
    return new DomainError(
      'OVERLOADED',
      'Other work holds the same data and takes long: try again in a few seconds.',
      { cause: error },
    );
  }
  if (state === DEADLOCK_DETECTED) {
    return new DomainError(
      'CONFLICT',
      'Another change of the same data came in between: try again.',
      { cause: error },
    );
  }
  const known = toReadError(error);
  return isDomainError(known) && known.code === 'LIMIT_EXCEEDED'
    ? new DomainError(
        'LIMIT_EXCEEDED',
        'This change takes longer than the database may work on it: try a smaller one.',
        { cause: error },
      )
    : known;
}

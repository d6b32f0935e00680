import { DomainError } from '../../domain/core/errors.ts';
import { databaseFailure, type DatabaseFailure } from './database-failure.ts';

type Answer = readonly [DomainError['code'], message: string];

const AWAY: Answer = [
  'DATABASE_UNAVAILABLE',
  'The database does not answer at the moment: try again shortly.',
];

const BUSY: Answer = [
  'OVERLOADED',
  'The server is busy: try the same request again in a few seconds.',
];

const FULL: Answer = [
  'DATABASE_UNAVAILABLE',
  'The disk of the database is full: its operator has to free space before anything can be stored.',
];

const LOCKED: Answer = [
  'OVERLOADED',
  'Other work holds the same data and takes long: try again in a few seconds.',
];

type Answers = Readonly<Record<DatabaseFailure, Answer | null>>;

/** What a reader is told. A read cannot be in the way of another: what conflicts there is told as busy. */
const READ_ANSWERS: Answers = {
  AWAY,
  BUSY,
  FULL,
  LOCKED,
  CONFLICT: BUSY,
  SLOW: [
    'LIMIT_EXCEEDED',
    'This query takes too long: ask for fewer rows or a shorter range at a time.',
  ],
  // A read that writes is a defect.
  READ_ONLY: null,
};

/** What is told of a transaction that writes; nothing of it is stored then. */
const WRITE_ANSWERS: Answers = {
  AWAY,
  BUSY,
  FULL,
  LOCKED,
  CONFLICT: ['CONFLICT', 'Another change of the same data came in between: try again.'],
  SLOW: [
    'LIMIT_EXCEEDED',
    'This change takes longer than the database may work on it: try a smaller one.',
  ],
  READ_ONLY: [
    'DATABASE_UNAVAILABLE',
    'The database takes no changes at the moment, only reads: try again shortly.',
  ],
};

/** No connection came free in time. */
export function overloaded(cause?: unknown): DomainError {
  const [code, message] = BUSY;
  return new DomainError(code, message, { cause });
}

/** A query that holds its transaction for too long. */
export function tooSlow(cause?: unknown): DomainError {
  return toDomainError(READ_ANSWERS, 'SLOW', cause) ?? overloaded(cause);
}

/** What a read outside of a session answers. @throws what `toReadError` makes of its failure */
export async function asRead<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw toReadError(error);
  }
}

/** What a transaction that writes answers. @throws what `toWriteError` makes of its failure */
export async function asWrite<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw toWriteError(error);
  }
}

/**
 * Gives what the database says of itself the code of an expected failure; anything else is a defect and stays as it is.
 * With `toWriteError` the one place that translates errors of PostgreSQL, pg and Prisma.
 */
export function toReadError(error: unknown): unknown {
  return translate(READ_ANSWERS, error);
}

/** As `toReadError`, for a transaction that writes: then nothing of it is stored. */
export function toWriteError(error: unknown): unknown {
  return translate(WRITE_ANSWERS, error);
}

function translate(answers: Answers, error: unknown): unknown {
  if (error instanceof DomainError) {
    return error;
  }
  const failure = databaseFailure(error);
  return failure === null ? error : (toDomainError(answers, failure, error) ?? error);
}

function toDomainError(
  answers: Answers,
  failure: DatabaseFailure,
  cause: unknown,
): DomainError | null {
  const answer = answers[failure];
  return answer === null ? null : new DomainError(answer[0], answer[1], { cause });
}

import { saidByDriver, sqlState } from './sql-state.ts';

/**
 * What a failed statement says of the database, whatever the statement was: it cannot be reached, has no room for more
 * work, has no disk left, took too long, waited too long for a lock, lost against another transaction, or takes no
 * writes.
 */
export type DatabaseFailure =
  'AWAY' | 'BUSY' | 'FULL' | 'SLOW' | 'LOCKED' | 'CONFLICT' | 'READ_ONLY';

/**
 * PostgreSQL's codes, whole or by their class, which a whole one overrides. Codes that stand for a defect of ours, or for
 * values that cannot be stored, are not here.
 */
const SQL_STATES: Readonly<Record<string, DatabaseFailure>> = {
  // Connection exceptions, also those of PgBouncer.
  '08': 'AWAY',
  // A standby, or a primary that was made one.
  '25006': 'READ_ONLY',
  // A statement behind one that failed in its transaction.
  '25P02': 'BUSY',
  // Ended by a time-out of the server: idle in a transaction, and the transaction's own.
  '25P03': 'AWAY',
  '25P04': 'SLOW',
  // The role or its password is wrong, or the database is not there.
  '28': 'AWAY',
  '3D000': 'AWAY',
  // Serialisation failures, deadlocks, and what a replica has to replay before it can answer.
  '40001': 'CONFLICT',
  '40003': 'AWAY',
  '40P01': 'CONFLICT',
  // Connections, memory or another limit of the server is used up.
  '53': 'BUSY',
  '53100': 'FULL',
  '55P03': 'LOCKED',
  // Cancelled: by the statement's time-out, by us or by an operator.
  '57014': 'SLOW',
  // Shutting down, crashed, starting up, dropped, idle for too long.
  '57P01': 'AWAY',
  '57P02': 'AWAY',
  '57P03': 'AWAY',
  '57P04': 'AWAY',
  '57P05': 'AWAY',
};

const BY_SQL_STATE: ReadonlyMap<string, DatabaseFailure> = new Map(Object.entries(SQL_STATES));

const CLASS_LENGTH = 2;

/** Prisma's codes, the kinds of its driver adapter, and Node's codes of a socket that failed. */
const CODES: Readonly<Partial<Record<DatabaseFailure, string>>> = {
  AWAY: `P1000 P1001 P1002 P1003 P1008 P1010 P1011 P1017 P1018
    DatabaseNotReachable ConnectionClosed SocketTimeout TlsConnectionError TransactionAlreadyClosed
    AuthenticationFailed DatabaseAccessDenied DatabaseDoesNotExist
    ECONNREFUSED ECONNRESET ECONNABORTED ETIMEDOUT EPIPE ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH`,
  BUSY: 'P2024 P2037 TooManyConnections',
  CONFLICT: 'P2034 TransactionWriteConflict',
};

const BY_CODE: ReadonlyMap<unknown, DatabaseFailure> = new Map(
  Object.entries(CODES).flatMap(([failure, codes]) =>
    codes.split(/\s+/).map((code) => [code, failure as DatabaseFailure] as const),
  ),
);

/** Prisma's code for whatever goes wrong with an interactive transaction, which its message tells apart. */
const TRANSACTION_API = 'P2028';

/** What Prisma, pg-pool and pg say in errors that no code tells apart. */
const BY_MESSAGE: readonly (readonly [RegExp, DatabaseFailure])[] = [
  [/^timeout exceeded when trying to connect/, 'BUSY'],
  [/Unable to start a transaction in the given time/, 'BUSY'],
  [/Transaction not found/, 'AWAY'],
  [/^(?:Connection terminated|Client has encountered a connection error)/, 'AWAY'],
  [/^(?:Client was closed and is not queryable|Cannot use a pool after calling end)/, 'AWAY'],
];

/** What the database says of itself with an error of Prisma, its adapter or pg; null for every other error. */
export function databaseFailure(error: unknown): DatabaseFailure | null {
  if (!(error instanceof Error)) {
    return null;
  }
  // Of PostgreSQL, Prisma or Node.
  const { code } = error as { readonly code?: unknown };
  return (
    bySqlState(sqlState(error)) ??
    BY_CODE.get(saidByDriver(error)?.kind) ??
    BY_CODE.get(code) ??
    BY_MESSAGE.find(([pattern]) => pattern.test(error.message))?.[1] ??
    (code === TRANSACTION_API ? 'SLOW' : null)
  );
}

/** Whether the driver refused a statement: its transaction answers nothing more, as one that PostgreSQL has aborted. */
export function isFailedStatement(error: unknown): boolean {
  return error instanceof Error && saidByDriver(error) !== null;
}

function bySqlState(state: string | null): DatabaseFailure | null {
  return state === null
    ? null
    : (BY_SQL_STATE.get(state) ?? BY_SQL_STATE.get(state.slice(0, CLASS_LENGTH)) ?? null);
}

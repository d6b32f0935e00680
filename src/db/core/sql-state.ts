/** What Prisma's adapter makes of a failure of the driver, with what PostgreSQL said. */
export interface DriverFailure {
  readonly kind?: unknown;
  readonly originalCode?: unknown;
  readonly originalMessage?: unknown;
}

/** Where that stands in an error of Prisma, and in one of the adapter that Prisma did not translate. */
interface FailedRequest {
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly meta?: { readonly driverAdapterError?: { readonly cause?: unknown } };
}

const ADAPTER_ERROR = 'DriverAdapterError';

/** What lies below an error of Prisma or of its adapter; null for every other error. */
export function saidByDriver(error: Error): DriverFailure | null {
  const { cause, meta }: FailedRequest = error;
  const said = meta?.driverAdapterError?.cause ?? (error.name === ADAPTER_ERROR ? cause : null);
  return typeof said === 'object' ? said : null;
}

/** PostgreSQL's code for a lock that did not come free in time. */
export const LOCK_NOT_AVAILABLE = '55P03';

/** PostgreSQL's code for a table that is not there, as in a database of an earlier release. */
export const UNDEFINED_TABLE = '42P01';

const SQL_STATE = /^[0-9A-Z]{5}$/;

/** PostgreSQL's five-character code of a failed statement, through Prisma or past it; null when it is none. */
export function sqlState(error: unknown): string | null {
  if (!(error instanceof Error)) {
    return null;
  }
  const { code }: FailedRequest = error;
  // Prisma's own codes have the same form; what PostgreSQL said lies below them.
  const state = saidByDriver(error)?.originalCode ?? code;
  return typeof state === 'string' && SQL_STATE.test(state) ? state : null;
}

/**
 * What comes of the same statement when it is sent again, by PostgreSQL's code. All other failures may pass: the server
 * was away, a lock was held, a newer migration had not run.
 */
const REPEATED: readonly (readonly [states: RegExp, outcome: 'SAME' | 'PERHAPS_OTHER'])[] = [
  // The values themselves: out of range, of no form, missing where they must not be, against a CHECK, too long for an index.
  [/^(?:22...|23502|23514|54000)$/, 'SAME'],
  // What another transaction wrote or removed meanwhile, or what is wrong for good.
  [/^(?:23505|23503)$/, 'PERHAPS_OTHER'],
];

/**
 * How often a statement that PostgreSQL has refused may be sent in all, the first time included.
 * @returns 1 where the values are to blame, 3 where another transaction may be; null for every other failure
 */
export function attemptsAgainst(error: unknown): number | null {
  const state = sqlState(error) ?? '';
  const [, outcome] = REPEATED.find(([states]) => states.test(state)) ?? [];
  return outcome === undefined ? null : outcome === 'SAME' ? 1 : 3;
}

/** Values that are out of range, that a constraint refuses, or that are too large for an index. */
const DATA_STATE = /^(?:22|23|54)/;

/** What PostgreSQL says against the values that were written; null for every other failure. */
export function dataRefusal(error: unknown): string | null {
  if (!(error instanceof Error) || !DATA_STATE.test(sqlState(error) ?? '')) {
    return null;
  }
  const said = saidByDriver(error)?.originalMessage;
  return typeof said === 'string' ? said : error.message;
}

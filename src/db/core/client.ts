import type { DatabaseDeadlines } from '../../domain/core/deadlines.ts';
import type { Prisma, PrismaClient } from '../generated/prisma/client.ts';

/** The Prisma client of the application role. Made by `createNodeDb` on Node; other hosts bring their own adapter. */
export type Db = PrismaClient & {
  /** Bounds of the work on this client where it names none itself; the product's unless given. */
  readonly deadlines?: DatabaseDeadlines;
  /** What its connections do now; absent on hosts that cannot tell. */
  readonly poolState?: () => PoolState;
  /** Absent on hosts that cannot; there the statement's own time limit ends it. */
  readonly cancelStatement?: CancelStatement;
};

/** Connections of a pool, and who waits for one. */
export interface PoolState {
  readonly inUse: number;
  readonly idle: number;
  readonly waiting: number;
}

/** A transaction as the server knows it: no other one has the same process and the same beginning. */
export interface TransactionIdentity {
  readonly pid: number;
  /** When it began, to the microsecond, as PostgreSQL writes it. */
  readonly began: string;
}

/**
 * Cancels the statement that runs in a transaction. When this answers, the server has seen it or could not be asked: the
 * caller must keep the transaction until then, so that nothing else runs on its connection.
 */
export type CancelStatement = (transaction: TransactionIdentity) => Promise<void>;

/** The client inside an interactive transaction. */
export type DbTransaction = Prisma.TransactionClient;

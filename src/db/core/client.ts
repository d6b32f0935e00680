import type { DatabaseDeadlines } from '../../domain/core/deadlines.ts';
import type { Prisma, PrismaClient } from '../generated/prisma/client.ts';

/** The Prisma client of the application role. Made by `createNodeDb` on Node; other hosts bring their own adapter. */
export type Db = PrismaClient & {
  /** Bounds of the work on this client where it names none itself; the product's unless given. */
  readonly deadlines?: DatabaseDeadlines;
};

/** The client inside an interactive transaction. */
export type DbTransaction = Prisma.TransactionClient;

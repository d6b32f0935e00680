import type { Prisma, PrismaClient } from '../generated/prisma/client.ts';

/** The Prisma client of the application role. Made by `createNodeDb` on Node; other hosts bring their own adapter. */
export type Db = PrismaClient;

/** The client inside an interactive transaction. */
export type DbTransaction = Prisma.TransactionClient;

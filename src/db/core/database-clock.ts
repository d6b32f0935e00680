import type { DbTransaction } from './client.ts';
import { firstRow } from './first-row.ts';

/** What the clock of the database says, which all processes share: when the transaction began. */
export async function readDatabaseClock(tx: DbTransaction): Promise<Date> {
  const rows = await tx.$queryRaw<{ now: Date }[]>`SELECT now() AS now`;
  return firstRow(rows, 'the clock of the database was read, but no row came back').now;
}

import type { ReadSession } from './read-source.ts';
import { selectionOf, type Model, type Row } from '../core/tables.ts';

/**
 * Reads rows of a table.
 * @param from constant text of the statement from FROM on; the alias of the table is `t`
 */
export function readRows<M extends Model>(
  session: ReadSession,
  model: M,
  from: string,
  values: readonly unknown[],
): Promise<Row<M>[]> {
  return session.query<Row<M>>(`SELECT ${selectionOf(model)}\n${from}`, values);
}

/**
 * Reads for many keys with one statement.
 * @param text each row has as `ordinal` which key it belongs to, from 1
 * @param count number of keys
 * @returns the rows of each key, in the order of the keys
 */
export async function readPerKey<Found>(
  session: ReadSession,
  text: string,
  values: readonly unknown[],
  count: number,
): Promise<Found[][]> {
  const rowsOf: Found[][] = Array.from({ length: count }, () => []);
  for (const row of await session.query<Found & { readonly ordinal: number }>(text, values)) {
    rowsOf[row.ordinal - 1]?.push(row);
  }
  return rowsOf;
}

/**
 * Reads rows of a table for many keys with one statement.
 * @param from constant text of the statement from FROM on; the alias of the table is `t`, and `wanted` has a row for
 *   each key with an `ordinal` from 1
 */
export function readRowsOfKeys<M extends Model>(
  session: ReadSession,
  model: M,
  from: string,
  values: readonly unknown[],
  count: number,
): Promise<Row<M>[][]> {
  const columns = selectionOf(model);
  const text = `SELECT wanted.ordinal::integer AS ordinal, ${columns}\n${from}`;
  return readPerKey(session, text, values, count);
}

import { DomainError } from '../../domain/core/errors.ts';
import { toArrayLiteral, type SqlScalar } from '../core/array-literal.ts';
import { extentOf } from './bulk-extent.ts';
import { inKeyOrder, toChunks } from './bulk-rows.ts';
import {
  insertReturningStatement,
  insertStatement,
  unnestStatement,
  type BulkStatementRow,
  type InsertedRow,
} from './bulk-statement.ts';
import type { DbTransaction } from '../core/client.ts';
import type { TableDescriptor } from './table-descriptor.ts';

export interface BulkCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Rows that a later row of the same key replaced before anything was written. */
  readonly duplicates: number;
}

export interface BulkUpsertResult extends BulkCounts {
  /** The `returning` columns of the inserted and updated rows as text, each combination once a chunk. */
  readonly changed: readonly Readonly<Record<string, string>>[];
}

/** A connection of its own, where each chunk is a transaction. `createBulkConnection` makes one on Node. */
export interface BulkConnection {
  /**
   * Writes rows of one team in chunks, one after another; a chunk of more than 5,000 rows goes by binary COPY.
   * @param onWritten called for each chunk, one after another; when it throws, no more is written
   * @throws what PostgreSQL says; then nothing of the chunk is written
   */
  writeAll<Row>(
    descriptor: TableDescriptor<Row>,
    teamId: bigint,
    rows: Iterable<Row> | AsyncIterable<Row>,
    onWritten: (size: ChunkSize, answer: readonly BulkStatementRow[]) => void,
  ): Promise<void>;
}

export interface ChunkSize {
  /** Rows that the chunk was made of, and those of them that went to the server. */
  readonly received: number;
  readonly sent: number;
}

/** Rows a statement with arrays: larger ones gain nothing and hold locks longer. */
export const MAX_UNNEST_ROWS = 5_000;

/** Characters of text a statement: keeps it far below PostgreSQL's 1 GB and in a worker's memory. */
const MAX_UNNEST_CHARACTERS = 8_000_000;

const BOUNDS = { rows: MAX_UNNEST_ROWS, characters: MAX_UNNEST_CHARACTERS };

/**
 * The one way in which more than one row is written. Rows belong to one team, are de-duplicated by key (the last one
 * wins) and written in key order, so that two writers cannot deadlock; unchanged rows are not touched, older rows do
 * not overwrite newer ones, references that PostgreSQL does not enforce are proved.
 *
 * There are two write paths: in the caller's transaction, arrays of up to 5,000 rows a statement; on a connection of its own, chunks of
 * up to 50,000 rows that are committed one by one, by COPY when they are large; while one is written, the next one
 * travels, and is written beside it when none of its keys can be in both. There a failure leaves other chunks written,
 * and doing all again writes only the rest.
 * @returns counts that add up to the rows that came in
 * @throws DomainError INVALID_INPUT when a reference names no row of the team; Error when the counts do not add up
 */
export async function bulkUpsert<Row>(
  target: DbTransaction | BulkConnection,
  descriptor: TableDescriptor<Row>,
  teamId: bigint,
  rows: Iterable<Row> | AsyncIterable<Row>,
): Promise<BulkUpsertResult> {
  const total = { inserted: 0, updated: 0, unchanged: 0, duplicates: 0 };
  const changed: Readonly<Record<string, string>>[] = [];
  const take = (size: ChunkSize, answer: readonly BulkStatementRow[]): void => {
    const result = readAnswer(descriptor, size, answer);
    total.inserted += result.inserted;
    total.updated += result.updated;
    total.unchanged += result.unchanged;
    total.duplicates += result.duplicates;
    changed.push(...result.changed);
  };
  if ('writeAll' in target) {
    await target.writeAll(descriptor, teamId, rows, take);
  } else {
    // All rows of a transaction in one order: a lock of a later chunk must not stand before one of an earlier.
    const all = Array.isArray(rows) ? (rows as Row[]) : await collect(rows);
    const distinct = inKeyOrder(descriptor, all);
    total.duplicates += all.length - distinct.length;
    const months = extentOf(descriptor, distinct).months();
    if (months.length > 0) {
      await target.$queryRaw`SELECT throughline_ensure_usage_partition(month)
        FROM unnest(${toArrayLiteral(months)}::text::date[]) AS month`;
    }
    for (const chunk of toChunks(descriptor, distinct, BOUNDS)) {
      const { text, values } = unnestQuery(descriptor, teamId, chunk);
      const answer = await target.$queryRawUnsafe<BulkStatementRow[]>(text, ...values);
      take({ received: chunk.length, sent: chunk.length }, answer);
    }
  }
  return { ...total, changed };
}

/**
 * Writes rows of what was itself inserted in this transaction. They are new but for a key that says nothing of what they
 * belong to: none is looked for, and one that is stored all the same is updated as by `bulkUpsert`. What they refer to is
 * not proved: the caller has read or written it. Several statements where there are many rows.
 * @returns how many rows there were, of one key only the last, and how many were written
 */
export async function bulkInsert<Row>(
  tx: DbTransaction,
  descriptor: TableDescriptor<Row>,
  teamId: bigint,
  rows: readonly Row[],
): Promise<{ readonly distinct: number; readonly written: number }> {
  const text = insertStatement(descriptor);
  const distinct = inKeyOrder(descriptor, rows);
  let written = 0;
  for (const chunk of toChunks(descriptor, distinct, BOUNDS)) {
    written += await tx.$executeRawUnsafe(text, teamId, ...arraysOf(descriptor, chunk));
  }
  return { distinct: distinct.length, written };
}

/**
 * As `bulkInsert`, for rows that the caller has looked for and not found; answers as `bulkUpsert` does, of a table whose
 * `returning` columns tell its rows apart.
 */
export async function bulkInsertReturning<Row>(
  tx: DbTransaction,
  descriptor: TableDescriptor<Row>,
  teamId: bigint,
  rows: readonly Row[],
): Promise<BulkUpsertResult> {
  const text = insertReturningStatement(descriptor);
  const distinct = inKeyOrder(descriptor, rows);
  const written: InsertedRow[] = [];
  for (const chunk of toChunks(descriptor, distinct, BOUNDS)) {
    const values = arraysOf(descriptor, chunk);
    written.push(...(await tx.$queryRawUnsafe<InsertedRow[]>(text, teamId, ...values)));
  }
  const inserted = written.filter(({ isNew }) => isNew).length;
  return {
    inserted,
    updated: written.length - inserted,
    unchanged: distinct.length - written.length,
    duplicates: rows.length - distinct.length,
    changed: written.map(({ returned }) => returned),
  };
}

async function collect<Row>(rows: Iterable<Row> | AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) {
    all.push(row);
  }
  return all;
}

/** Reads the answer of a bulk statement, and holds it against what was sent. */
function readAnswer<Row>(
  descriptor: TableDescriptor<Row>,
  { received, sent }: ChunkSize,
  answer: readonly BulkStatementRow[],
): BulkUpsertResult {
  const counts = answer.find((row) => row.kind === 'counts');
  if (counts?.missing) {
    throw new DomainError(
      'INVALID_INPUT',
      `Rows for ${descriptor.table} name what the team does not have: ${counts.missing.join(', ')}. Nothing of them was written.`,
    );
  }
  const { arrived = 0, incoming = 0, inserted = 0, updated = 0 } = counts ?? {};
  const unchanged = incoming - inserted - updated;
  if (arrived !== sent || incoming > arrived || unchanged < 0) {
    throw new Error(
      `bulk write of ${descriptor.table}: ${sent} rows were sent, ${arrived} arrived, ${incoming} of them distinct, ${inserted} were inserted and ${updated} updated`,
    );
  }
  const changed = answer.flatMap((row) => (row.returned === null ? [] : [row.returned]));
  return { inserted, updated, unchanged, duplicates: received - incoming, changed };
}

/** The statement of a chunk in key order, with its parameters. Its text depends on the descriptor alone. */
export function unnestQuery<Row>(
  descriptor: TableDescriptor<Row>,
  teamId: bigint,
  rows: readonly Row[],
): { readonly text: string; readonly values: readonly unknown[] } {
  return {
    text: unnestStatement(descriptor),
    values: [teamId, ...arraysOf(descriptor, rows), ...extentOf(descriptor, rows).range()],
  };
}

/** The values of each column as one array literal. */
function arraysOf<Row>({ columns }: TableDescriptor<Row>, rows: readonly Row[]): string[] {
  return columns.map((column) =>
    toArrayLiteral(
      rows.map((row) => {
        const value = column.value(row);
        return Array.isArray(value)
          ? toArrayLiteral(value as readonly string[])
          : (value as SqlScalar);
      }),
    ),
  );
}

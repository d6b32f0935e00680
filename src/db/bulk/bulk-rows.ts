import type { SqlScalar } from '../core/array-literal.ts';
import { compareKeyParts } from './key-order.ts';
import { keyColumns, type TableDescriptor } from './table-descriptor.ts';

/**
 * Rows in the order of their key, no two of one key (the last one wins): two writers that lock rows in one order cannot
 * deadlock, and one statement may not write a row twice. Rows that come so already, as most sources give them, are
 * only looked at.
 */
export function inKeyOrder<Row>(
  descriptor: TableDescriptor<Row>,
  rows: readonly Row[],
): readonly Row[] {
  const compare = keyComparator(descriptor);
  if (rows.every((row, index) => index === 0 || compare(rows[index - 1] as Row, row) < 0)) {
    return rows;
  }
  // The sort is stable, so of equal keys the last one came in last.
  const sorted = rows.toSorted(compare);
  return sorted.filter((row, index) => {
    const next = sorted[index + 1];
    return next === undefined || compare(row, next) !== 0;
  });
}

/** Orders rows by their key as PostgreSQL does; 0 for two rows of one key. */
export function keyComparator<Row>(descriptor: TableDescriptor<Row>): (a: Row, b: Row) => number {
  const columns = keyColumns(descriptor);
  return (a, b) => {
    for (const column of columns) {
      const order = compareKeyParts(column.value(a), column.value(b));
      if (order !== 0) {
        return order;
      }
    }
    return 0;
  };
}

export interface ChunkBounds {
  readonly rows: number;
  /** Characters of text in all rows of a chunk; a single row may be longer. */
  readonly characters: number;
}

/** Splits rows into chunks within bounds, holding no more than one. */
export function* toChunks<Row>(
  descriptor: TableDescriptor<Row>,
  rows: Iterable<Row>,
  bounds: ChunkBounds,
): Generator<Row[]> {
  const texts = descriptor.columns.filter(({ type }) => type === 'text' || type === 'text[]');
  let chunk: Row[] = [];
  let characters = 0;
  for (const row of rows) {
    for (const column of texts) {
      characters += lengthOf(column.value(row));
    }
    chunk.push(row);
    if (chunk.length >= bounds.rows || characters >= bounds.characters) {
      yield chunk;
      chunk = [];
      characters = 0;
    }
  }
  if (chunk.length > 0) {
    yield chunk;
  }
}

function lengthOf(value: SqlScalar | readonly string[]): number {
  if (typeof value === 'string') {
    return value.length;
  }
  return Array.isArray(value)
    ? value.reduce((sum: number, text: string) => sum + text.length, 0)
    : 0;
}

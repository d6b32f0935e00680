import type { SqlScalar } from '../core/array-literal.ts';

/** Types of columns that can be written in bulk; `text[]` travels as one literal a row. */
export type ColumnType =
  'bigint' | 'integer' | 'boolean' | 'text' | 'text[]' | 'timestamptz' | 'date' | 'numeric';

export interface Column<Row> {
  readonly name: string;
  readonly type: ColumnType;
  /** A date is `YYYY-MM-DD`, an instant a Date, a number that needs more than 53 bits a bigint. */
  readonly value: (row: Row) => SqlScalar | readonly string[];
  /** `skip`: written, but a difference in it alone is no change. `and`: once false, stays false. */
  readonly compare?: 'skip' | 'and';
  /** A column of the table that is not written here: where it has a value, what is stored in this one stays. */
  readonly unlessSet?: string;
}

/** A column that names a row of another tenant table by its id; null names none. */
export interface Reference {
  readonly column: string;
  readonly table: string;
}

/** How rows of one table are written. Every tenant table begins its key with team_id, which is given apart. */
export interface TableDescriptor<Row> {
  readonly table: string;
  readonly columns: readonly Column<Row>[];
  /** Columns that, after team_id, make a row unique. */
  readonly key: readonly string[];
  /** A row whose value here is older than the stored one does not overwrite it. */
  readonly newest?: string;
  /** What PostgreSQL itself does not check row by row (a foreign key that is NOT ENFORCED): one join a statement does. */
  readonly references?: readonly Reference[];
  /** Month partitions by this column, a date of the key. */
  readonly partitionedBy?: string;
  /** Columns of a changed row that name the member and the UTC day whose week has to be rolled up again. */
  readonly dirtyWeekColumns?: { readonly member: string; readonly date: string };
  /** Columns that callers read back, each combination once, from the rows that changed. */
  readonly returning: readonly string[];
}

/** The columns of the key, in its order. */
export function keyColumns<Row>(descriptor: TableDescriptor<Row>): readonly Column<Row>[] {
  return descriptor.key.flatMap((name) =>
    descriptor.columns.filter((column) => column.name === name),
  );
}

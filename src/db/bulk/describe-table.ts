import type { CalendarDate } from '../../domain/rollups/week.ts';
import type { SqlScalar } from '../core/array-literal.ts';
import { columnOf, columnsOf, tableName, type Field, type Model } from '../core/tables.ts';
import type PrismaTypes from '../generated/pothos.ts';
import type { ColumnType, TableDescriptor } from './table-descriptor.ts';

/** A value of the data model as rows bring it: any whole number may be given for a bigint. */
type Written<Value> = Value extends bigint
  ? bigint | number
  : Value extends string[]
    ? readonly string[]
    : Value;

/** A row of a model as it is written, with the names and types of the data model; its team is given apart. */
type BulkRow<M extends Model, Unwritten, Dates> = {
  readonly [F in Exclude<Field<M>, 'teamId' | Unwritten>]: F extends Dates
    ? CalendarDate | Extract<PrismaTypes[M]['Shape'][F], null>
    : Written<PrismaTypes[M]['Shape'][F]>;
};

/** The row that a descriptor writes. */
export type RowOf<Descriptor> = Descriptor extends TableDescriptor<infer Row> ? Row : never;

interface TableWriting<M extends Model, Unwritten extends Field<M>, Dates extends Field<M>> {
  /** Fields that, after teamId, make a row unique. */
  readonly key: readonly Field<M>[];
  /** Fields that PostgreSQL or another write sets. */
  readonly unwritten?: readonly Unwritten[];
  /** Fields that hold a day, and no instant. */
  readonly dates?: readonly Dates[];
  readonly newest?: Field<M>;
  /** Fields that name a row of another model by its id, without a foreign key that is enforced. */
  readonly references?: Readonly<Record<string, Model>> & { readonly [F in Field<M>]?: Model };
  readonly returning?: readonly Field<M>[];
}

/** When a row was synced: written, but no change by itself. */
const SYNCED_AT = 'syncedAt';

/** How the rows of a model are written in bulk. Columns and their types come from the data model. */
export function describeTable<
  M extends Model,
  const Unwritten extends Field<M> = never,
  const Dates extends Field<M> = never,
>(
  model: M,
  { key, newest, references, returning = [], ...writing }: TableWriting<M, Unwritten, Dates>,
): TableDescriptor<BulkRow<M, Unwritten, Dates>> {
  const unwritten: readonly string[] = ['teamId', ...(writing.unwritten ?? [])];
  const dates: readonly string[] = writing.dates ?? [];
  const toColumn = (field: Field<M>): string => columnOf(model, field);
  return {
    table: tableName(model),
    columns: columnsOf(model)
      .filter(({ field }) => !unwritten.includes(field))
      .map(({ field, column, type, isList }) => ({
        name: column,
        type: (dates.includes(field) ? 'date' : isList ? `${type}[]` : type) as ColumnType,
        value: (row) => row[field as keyof typeof row] as SqlScalar | readonly string[],
        ...(field === SYNCED_AT && { compare: 'skip' }),
      })),
    key: key.map(toColumn),
    ...(newest !== undefined && { newest: toColumn(newest) }),
    ...(references !== undefined && {
      references: Object.entries(references).map(([field, target]) => ({
        column: toColumn(field as Field<M>),
        table: tableName(target),
      })),
    }),
    returning: returning.map(toColumn),
  };
}

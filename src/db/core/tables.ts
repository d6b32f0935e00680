import type PrismaTypes from '../generated/pothos.ts';
import { getDatamodel } from '../generated/pothos.ts';

/** A model of prisma/schema.prisma, the only source of the names of tables and columns and of the types of rows. */
export type Model = keyof PrismaTypes;

/** A field of a model that is a column of its table. */
export type Field<M extends Model> = keyof PrismaTypes[M]['Shape'] & string;

/**
 * Columns that the rows of reads do not contain. All other columns, new ones too, are always read. A body may be long
 * and has a read of its own, as has what reconcile found; the others are bookkeeping of syncs.
 */
const LEFT_OUT = {
  PullRequest: ['body', 'reviewCommentsAt'],
  Repository: ['completeness', 'lastVerifiedAt', 'pageStreak'],
} as const satisfies { readonly [M in Model]?: readonly Field<M>[] };

type LeftOut<M extends Model> = M extends keyof typeof LEFT_OUT
  ? (typeof LEFT_OUT)[M][number]
  : never;

/** A row of a table as reads return it, with the names and types of the data model. */
export type Row<M extends Model> = Omit<PrismaTypes[M]['Shape'], LeftOut<M>>;

/** PostgreSQL's types for those of the data model; a `DateTime` may also be a date, which it does not say. */
const SQL_TYPES = {
  BigInt: 'bigint',
  Boolean: 'boolean',
  Bytes: 'bytea',
  DateTime: 'timestamptz',
  Decimal: 'numeric',
  Float: 'double precision',
  Int: 'integer',
  Json: 'jsonb',
  String: 'text',
} as const;

type SqlType = (typeof SQL_TYPES)[keyof typeof SQL_TYPES];

/** A column of a table, with the field of the model that it belongs to. */
interface TableColumn {
  readonly field: string;
  readonly column: string;
  readonly type: SqlType;
  readonly isList: boolean;
}

/** Types of columns that a list can be ordered by. */
const SORT_TYPES = ['bigint', 'integer', 'text', 'timestamptz'] as const;

/** A column that a list is ordered by, and the type that its value in a cursor is cast to. */
export interface SortColumn {
  readonly column: string;
  readonly type: (typeof SORT_TYPES)[number];
}

interface Table {
  readonly name: string;
  /** All columns by their field. */
  readonly columns: ReadonlyMap<string, TableColumn>;
  readonly selection: string;
}

/** `pullRequestId` → `pull_request_id`. All names follow this rule: a test compares them with the catalogue. */
function toSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter, at) => `${at === 0 ? '' : '_'}${letter.toLowerCase()}`);
}

const TABLES: ReadonlyMap<string, Table> = new Map(
  Object.entries(getDatamodel().datamodel.models).map(([model, { fields }]) => {
    const leftOut: ReadonlySet<string> = new Set(
      Object.hasOwn(LEFT_OUT, model) ? LEFT_OUT[model as keyof typeof LEFT_OUT] : [],
    );
    const columns = new Map(
      fields
        .filter(({ kind }) => kind !== 'object')
        .map(({ name: field, type, isList }) => {
          const column = toSnakeCase(field);
          return [
            field,
            { field, column, type: SQL_TYPES[type as keyof typeof SQL_TYPES], isList },
          ];
        }),
    );
    const selection = [...columns]
      .filter(([field]) => !leftOut.has(field))
      .map(([field, { column }]) => `t.${column} AS "${field}"`)
      .join(', ');
    return [model, { name: toSnakeCase(model), columns, selection }];
  }),
);

function tableOf(model: Model): Table {
  const table = TABLES.get(model);
  if (table === undefined) {
    throw new Error(`The data model has no ${model}.`);
  }
  return table;
}

/** The name of a model's table. */
export function tableName(model: Model): string {
  return tableOf(model).name;
}

/** The select list of a `Row` of the model, where the alias of its table is `t`: `t.team_id AS "teamId", …`. */
export function selectionOf(model: Model): string {
  return tableOf(model).selection;
}

/** All columns of a model's table. */
export function columnsOf(model: Model): readonly TableColumn[] {
  return [...tableOf(model).columns.values()];
}

/** The name of a field's column. */
export function columnOf<M extends Model>(model: M, field: Field<M>): string {
  return tableColumn(model, field).column;
}

/** The column of a field by which a list is ordered. */
export function sortColumnOf<M extends Model>(model: M, field: Field<M>): SortColumn {
  const { column, type } = tableColumn(model, field);
  const sortType = SORT_TYPES.find((known) => known === type);
  if (sortType === undefined) {
    throw new Error(`No list can be ordered by ${model}.${field}: it is ${type}.`);
  }
  return { column, type: sortType };
}

function tableColumn(model: Model, field: string): TableColumn {
  const column = tableOf(model).columns.get(field);
  if (column === undefined) {
    throw new Error(`The data model has no ${model}.${field}.`);
  }
  return column;
}

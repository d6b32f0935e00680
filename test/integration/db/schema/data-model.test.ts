import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ColumnType } from '../../../../src/db/bulk/table-descriptor.ts';
import { withDirectConnection } from '../../../../src/db/core/direct-connection.ts';
import { getDatamodel } from '../../../../src/db/generated/pothos.ts';
import { columnOf, tableName, type Field, type Model } from '../../../../src/db/core/tables.ts';
import * as pullRequestTables from '../../../../src/db/pulls/pull-request-tables.ts';
import * as usageTables from '../../../../src/db/usage/ai-usage-total-tables.ts';
import { createTestDatabase, type TestDatabase } from '../../../support/postgres/postgres.ts';

const MODELS = Object.entries(getDatamodel().datamodel.models).map(([model, { fields }]) => ({
  model: model as Model,
  columns: fields.filter(({ kind }) => kind !== 'object'),
}));

/** PostgreSQL's types for a type of the data model: a raw read gives the value that Prisma gives for them. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  BigInt: ['int8'],
  Boolean: ['bool'],
  Bytes: ['bytea'],
  DateTime: ['timestamptz', 'date'],
  Decimal: ['numeric'],
  Float: ['float8'],
  Int: ['int4'],
  Json: ['jsonb'],
  String: ['text'],
};

/** The catalogue's names of the types that bulk writes name. */
const UDT_NAMES: Readonly<Record<ColumnType, string>> = {
  bigint: 'int8',
  integer: 'int4',
  boolean: 'bool',
  text: 'text',
  'text[]': '_text',
  timestamptz: 'timestamptz',
  date: 'date',
  numeric: 'numeric',
};

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
});

function query<Row extends pg.QueryResultRow>(text: string) {
  return withDirectConnection(database.superuserUrl, async (connection) => {
    const { rows } = await connection.query<Row>(text);
    return rows;
  });
}

/** All columns of all tables that are no partitions, as `table.column`. */
function readCatalogue() {
  return query<{ name: string; type: string; nullable: boolean }>(`
    SELECT c.table_name || '.' || c.column_name AS name, c.udt_name AS type, c.is_nullable = 'YES' AS nullable
    FROM information_schema.columns c
    JOIN pg_class t ON t.oid = format('%I.%I', c.table_schema, c.table_name)::regclass
    WHERE c.table_schema = 'public' AND t.relkind IN ('r', 'p') AND NOT t.relispartition
      AND c.table_name <> '_prisma_migrations'`);
}

const nameOf = (model: Model, field: string): string =>
  `${tableName(model)}.${columnOf(model, field as Field<Model>)}`;

describe('the columns that reads derive from the data model', () => {
  it('are those of the catalogue, for each table', async () => {
    const derived = MODELS.flatMap(({ model, columns }) =>
      columns.map(({ name }) => nameOf(model, name)),
    );
    expect(derived.length).toBeGreaterThan(400);
    const stored = (await readCatalogue()).map(({ name }) => name);
    expect(derived.toSorted()).toEqual(stored.toSorted());
  });

  it('have the types of the catalogue, and are null where it allows that', async () => {
    const stored = new Map((await readCatalogue()).map((column) => [column.name, column]));
    const differing = MODELS.flatMap(({ model, columns }) =>
      columns
        .filter(({ name, type, isList, isRequired }) => {
          const column = stored.get(nameOf(model, name));
          const types = (TYPES[type] ?? []).map((known) => (isList ? `_${known}` : known));
          // Prisma makes the columns of lists nullable, though a list is never null to it.
          const nullable = isList || !isRequired;
          return (
            column === undefined || !types.includes(column.type) || column.nullable !== nullable
          );
        })
        .map(({ name, type }) => `${nameOf(model, name)} (${type})`),
    );
    expect(differing).toEqual([]);
  });

  it('have the types of the catalogue where they are written in bulk', async () => {
    const { toPullRequestRow: _row, ...tables } = { ...pullRequestTables, ...usageTables };
    const written = Object.values(tables).flatMap(({ table, columns }) =>
      columns.map(({ name, type }) => [`${table}.${name}`, UDT_NAMES[type]] as const),
    );
    expect(written.length).toBeGreaterThan(100);
    const stored = new Map((await readCatalogue()).map(({ name, type }) => [name, type]));
    expect(written).toEqual(written.map(([name]) => [name, stored.get(name)]));
  });

  it('differ when a table does', async () => {
    await query(`ALTER TABLE incident RENAME COLUMN title TO heading`);
    const stored = (await readCatalogue()).map(({ name }) => name);
    expect(stored).toContain('incident.heading');
    expect(stored).not.toContain(nameOf('Incident', 'title'));
  });
});

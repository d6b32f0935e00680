import type { DbTransaction } from './client.ts';
import { toArrayLiteral, type SqlScalar } from './array-literal.ts';
import { compareKeyParts } from './key-order.ts';

/** Types of columns that can be written in bulk; `text[]` travels as one literal a row. */
export type ColumnType =
  'bigint' | 'integer' | 'boolean' | 'text' | 'text[]' | 'timestamptz' | 'date' | 'numeric';

export interface Column<Row> {
  readonly name: string;
  readonly type: ColumnType;
  readonly value: (row: Row) => SqlScalar | readonly string[];
  /** `skip`: written, but a difference in it alone is no change. `and`: once false, stays false. */
  readonly compare?: 'skip' | 'and';
}

/** How rows of one table are written. Every tenant table begins its key with team_id, which is given apart. */
export interface TableDescriptor<Row> {
  readonly table: string;
  readonly columns: readonly Column<Row>[];
  /** Columns that, after team_id, make a row unique. */
  readonly key: readonly string[];
  /** A row whose value here is older than the stored one does not overwrite it. */
  readonly newest?: string;
  /** Columns that callers read back from the rows that changed. */
  readonly returning: readonly string[];
}

export interface BulkUpsertResult {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  /** The key and the `returning` columns of each inserted or updated row, as text. */
  readonly changed: readonly Readonly<Record<string, string>>[];
}

/** Rows a statement: larger chunks gain nothing and hold locks longer. */
const MAX_CHUNK_ROWS = 5_000;

/** Characters of array literals a statement: keeps one statement far below PostgreSQL's 1 GB and in a worker's memory. */
const MAX_CHUNK_CHARACTERS = 8_000_000;

/**
 * Writes rows of one team: one statement a chunk with constant text and one array parameter a column.
 * Rows are de-duplicated by key (the last one wins) and written in key order, so that two writers cannot deadlock;
 * unchanged rows are not touched; older rows do not overwrite newer ones.
 * @returns counts that add up to the distinct rows that came in
 * @throws when they do not, which only a defect can cause
 */
export async function bulkUpsert<Row>(
  tx: DbTransaction,
  descriptor: TableDescriptor<Row>,
  teamId: bigint,
  rows: readonly Row[],
): Promise<BulkUpsertResult> {
  const distinct = inKeyOrder(descriptor, [...deduplicate(descriptor, rows).values()]);
  const statement = buildStatement(descriptor);
  let inserted = 0;
  let updated = 0;
  let incoming = 0;
  let unchanged = 0;
  const changed: Record<string, string>[] = [];
  for (const arrays of toChunks(descriptor, distinct)) {
    const result = await tx.$queryRawUnsafe<ChunkRow[]>(statement, teamId, ...arrays.literals);
    const counts = result.find((row) => row.kind === 'counts');
    incoming += arrays.rows;
    unchanged += Number(counts?.unchanged ?? 0);
    for (const row of result) {
      if (row.kind === 'changed') {
        inserted += row.is_new ? 1 : 0;
        updated += row.is_new ? 0 : 1;
        changed.push(row.returned);
      }
    }
  }
  if (inserted + updated + unchanged !== incoming) {
    throw new Error(
      `bulk write of ${descriptor.table}: ${inserted} inserted, ${updated} updated and ${unchanged} unchanged do not add up to ${incoming}`,
    );
  }
  return { inserted, updated, unchanged, changed };
}

interface ChunkRow {
  readonly kind: 'counts' | 'changed';
  readonly is_new: boolean;
  readonly unchanged: bigint;
  readonly returned: Record<string, string>;
}

function deduplicate<Row>(
  descriptor: TableDescriptor<Row>,
  rows: readonly Row[],
): Map<string, Row> {
  const keyColumns = descriptor.columns.filter((column) => descriptor.key.includes(column.name));
  const byKey = new Map<string, Row>();
  for (const row of rows) {
    byKey.set(JSON.stringify(keyColumns.map((column) => toKeyPart(column.value(row)))), row);
  }
  return byKey;
}

/** The text of an instant has no milliseconds unless it is asked for them. */
function toKeyPart(value: SqlScalar | readonly string[]): string {
  return value instanceof Date ? value.toISOString() : String(value);
}

/** The order of the statement, over all chunks: a lock of a later chunk must not stand before one of an earlier. */
function inKeyOrder<Row>(descriptor: TableDescriptor<Row>, rows: readonly Row[]): Row[] {
  const keyColumns = descriptor.key.flatMap((name) =>
    descriptor.columns.filter((column) => column.name === name),
  );
  return rows.toSorted((a, b) => {
    for (const column of keyColumns) {
      const order = compareKeyParts(column.value(a), column.value(b));
      if (order !== 0) {
        return order;
      }
    }
    return 0;
  });
}

interface Chunk {
  readonly rows: number;
  readonly literals: readonly string[];
}

function* toChunks<Row>(descriptor: TableDescriptor<Row>, rows: readonly Row[]): Generator<Chunk> {
  let start = 0;
  while (start < rows.length) {
    let end = Math.min(rows.length, start + MAX_CHUNK_ROWS);
    let literals = toLiterals(descriptor, rows.slice(start, end));
    while (end - start > 1 && total(literals) > MAX_CHUNK_CHARACTERS) {
      end = start + Math.ceil((end - start) / 2);
      literals = toLiterals(descriptor, rows.slice(start, end));
    }
    yield { rows: end - start, literals };
    start = end;
  }
}

function total(literals: readonly string[]): number {
  return literals.reduce((sum, literal) => sum + literal.length, 0);
}

function toLiterals<Row>(descriptor: TableDescriptor<Row>, rows: readonly Row[]): string[] {
  return descriptor.columns.map((column) =>
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

/** The statement of a table: its text depends on the descriptor only, so PostgreSQL plans it once. */
function buildStatement<Row>(descriptor: TableDescriptor<Row>): string {
  const { table, columns, key, newest, returning } = descriptor;
  const list = (names: readonly string[], prefix = ''): string =>
    names.map((name) => `${prefix}"${name}"`).join(', ');
  const names = columns.map((column) => column.name);
  const wire = columns.map(
    (column, index) => `$${index + 2}::text::${column.type === 'text[]' ? 'text' : column.type}[]`,
  );
  const typed = columns.map((column) =>
    column.type === 'text[]' ? `"${column.name}"::text[]` : `"${column.name}"`,
  );
  const values = columns.filter((column) => !key.includes(column.name));
  const compared = values.filter((column) => column.compare !== 'skip');
  const isChange = (incoming: string, stored: string): string => {
    if (compared.length === 0) {
      return 'false';
    }
    const row = compared.map((column) =>
      column.compare === 'and'
        ? `${stored}."${column.name}" AND ${incoming}."${column.name}"`
        : `${incoming}."${column.name}"`,
    );
    const storedRow = list(
      compared.map((column) => column.name),
      `${stored}.`,
    );
    const differs = `ROW(${row.join(', ')}) IS DISTINCT FROM ROW(${storedRow})`;
    return newest === undefined
      ? differs
      : `${differs} AND ${incoming}."${newest}" >= ${stored}."${newest}"`;
  };
  const assign = values.map((column) =>
    column.compare === 'and'
      ? `"${column.name}" = target."${column.name}" AND EXCLUDED."${column.name}"`
      : `"${column.name}" = EXCLUDED."${column.name}"`,
  );
  const onConflict =
    compared.length === 0
      ? 'DO NOTHING'
      : `DO UPDATE SET ${assign.join(', ')} WHERE ${isChange('EXCLUDED', 'target')}`;
  const order = key.map((name) =>
    columns.find((column) => column.name === name)?.type === 'text'
      ? `"${name}" COLLATE "C"`
      : `"${name}"`,
  );
  const match = (left: string, right: string): string =>
    key.map((name) => `${left}."${name}" = ${right}."${name}"`).join(' AND ');
  const returned = [...new Set([...key, ...returning])];
  // Anti-join first, so that an unchanged row costs no write; ON CONFLICT guards against a concurrent insert, and only
  // its old row tells whether there was one.
  return `WITH typed AS (
  SELECT ${typed.map((expression, index) => `${expression} AS "${names[index]}"`).join(', ')}
  FROM unnest(${wire.join(', ')}) AS u(${list(names)})
), incoming AS MATERIALIZED (
  SELECT t.*, stored."team_id" IS NULL OR (${isChange('t', 'stored')}) AS is_change
  FROM typed t
  LEFT JOIN "${table}" AS stored ON stored."team_id" = $1::bigint AND ${match('stored', 't')}
), changed AS (
  INSERT INTO "${table}" AS target ("team_id", ${list(names)})
  SELECT $1::bigint, ${list(names)} FROM incoming WHERE is_change ORDER BY ${order.join(', ')}
  ON CONFLICT ("team_id", ${list(key)}) ${onConflict}
  RETURNING ${list(returned, 'target.')}, old."team_id" IS NULL AS is_new
)
SELECT 'changed' AS kind, c.is_new, 0::bigint AS unchanged,
  jsonb_build_object(${returned.map((name) => `'${name}', c."${name}"::text`).join(', ')}) AS returned
FROM changed c
UNION ALL
SELECT 'counts', false, (SELECT count(*) FROM incoming) - (SELECT count(*) FROM changed), '{}'::jsonb`;
}

import type pg from 'pg';
import { formatBytes, formatShare } from '../../domain/core/quantities.ts';
import { defineSection, look, orFine, type Finding } from './section.ts';

export interface IndexBloat {
  readonly index: string;
  readonly bytes: number;
  /** What its entries would take packed; null before the first ANALYZE. */
  readonly packedBytes: number | null;
  /** Share of the index that is more than that; 0 when it is smaller. */
  readonly bloatShare: number | null;
}

interface IndexShape {
  readonly index: string;
  /** The parent, for a partition. */
  readonly table: string;
  readonly bytes: number;
  /** -1 = not analysed since the first row. */
  readonly entries: number;
  /** Bytes of key columns that all have the same width. */
  readonly fixedBytes: number;
  readonly variableColumns: readonly string[];
}

// Entries are counted by ANALYZE; what came since is added in proportion.
const SHAPES = `
SELECT c.relname AS index, coalesce(pg_partition_root(i.indrelid), i.indrelid)::regclass::text AS table,
  pg_relation_size(i.indexrelid)::float8 AS bytes,
  CASE WHEN t.reltuples > 0 THEN c.reltuples * coalesce(nullif(s.n_live_tup, 0) / t.reltuples, 1)
    WHEN t.reltuples = 0 AND s.n_live_tup = 0 THEN 0 ELSE -1 END::float8 AS entries,
  coalesce(sum(a.attlen) FILTER (WHERE a.attlen > 0), 0)::integer AS "fixedBytes",
  coalesce(array_agg(quote_ident(a.attname)) FILTER (WHERE a.attlen < 0), '{}') AS "variableColumns"
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i'
JOIN pg_am m ON m.oid = c.relam AND m.amname = 'btree'
JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname IN ('public', 'partitions')
JOIN pg_stat_user_tables s ON s.relid = t.oid
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
WHERE i.indexprs IS NULL AND i.indisvalid
GROUP BY 1, 2, 3, 4`;

/** Rows whose values are measured: enough for a mean, few enough to cost nothing. */
const SAMPLE_ROWS = 1_000;

// A leaf page of 8 KB has 8,152 bytes for entries and is filled to 90 %; an entry has a header of 8 bytes, a line
// pointer of 4, and its data are padded to multiples of 8.
const PAGE_BYTES = 8_192;
const FILLED_BYTES = 8_152 * 0.9;
const ENTRY_BYTES = 12;

/** Bytes that a freshly built B-tree with so many entries of that width would take, inner pages left out. */
export function packedIndexBytes(entries: number, keyBytes: number): number {
  const entryBytes = ENTRY_BYTES + Math.ceil(keyBytes / 8) * 8;
  const leaves = Math.ceil((entries * entryBytes) / FILLED_BYTES);
  return (Math.max(leaves, 1) + 1) * PAGE_BYTES;
}

/**
 * The planner's own widths (pg_stats) are hidden from whoever is under row-level security, the owner of the tables
 * too: the first rows are measured instead.
 */
async function measureWidths(
  connection: pg.Client,
  shapes: readonly IndexShape[],
): Promise<ReadonlyMap<string, number>> {
  const wanted = new Map<string, Set<string>>();
  for (const { table, variableColumns } of shapes) {
    for (const column of variableColumns) {
      wanted.set(table, (wanted.get(table) ?? new Set()).add(column));
    }
  }
  const widths = new Map<string, number>();
  for (const [table, columns] of wanted) {
    const names = [...columns];
    const means = names.map((name) => `avg(pg_column_size(${name}))::float8`);
    const { rows } = await connection.query<(number | null)[]>({
      text: `SELECT ${means.join(', ')} FROM (SELECT ${names.join(', ')} FROM ${table} LIMIT ${SAMPLE_ROWS}) AS sample`,
      rowMode: 'array',
    });
    for (const [position, name] of names.entries()) {
      widths.set(`${table}.${name}`, rows[0]?.[position] ?? 0);
    }
  }
  return widths;
}

async function readBloat(connection: pg.Client): Promise<IndexBloat[]> {
  const { rows: shapes } = await connection.query<IndexShape>(SHAPES);
  const widths = await measureWidths(connection, shapes);
  const bloated = shapes.map(({ index, table, bytes, entries, fixedBytes, variableColumns }) => {
    const variable = variableColumns.map((column) => widths.get(`${table}.${column}`) ?? 0);
    const keyBytes = variable.reduce((sum, width) => sum + width, fixedBytes);
    const packedBytes = entries < 0 ? null : packedIndexBytes(entries, keyBytes);
    const bloatShare =
      packedBytes === null || bytes === 0 ? null : Math.max(0, 1 - packedBytes / bytes);
    return { index, bytes, packedBytes, bloatShare };
  });
  const spare = (row: IndexBloat): number => row.bytes * (row.bloatShare ?? 0);
  return bloated.toSorted((a, b) => spare(b) - spare(a) || b.bytes - a.bytes);
}

/** A half-empty index is the normal end of random inserts; what is more, and large, is worth a rebuild. */
const MUCH = 0.6;
const LARGE_BYTES = 10 * 1024 ** 2;

/** Names large indexes that are mostly empty. */
export function evaluateBloat(rows: readonly IndexBloat[]): readonly Finding[] {
  const bloated = rows.filter((row) => row.bytes > LARGE_BYTES && (row.bloatShare ?? 0) > MUCH);
  const findings = bloated.map(({ index, bytes, bloatShare }) =>
    look(
      `By estimate ${formatShare(bloatShare ?? 0)} of index ${index} (${formatBytes(bytes)}) is empty.`,
      `Run REINDEX INDEX CONCURRENTLY ${index} in a quiet hour.`,
    ),
  );
  return orFine(findings, 'By estimate no large index is mostly empty.');
}

/**
 * B-trees by the space that a rebuild would free. An estimate: from row counts and widths of a sample; equal keys,
 * which PostgreSQL stores once, make it too low.
 */
export const readIndexBloat = defineSection<IndexBloat>({
  key: 'indexBloat',
  title: 'Index bloat (estimated from widths of a sample)',
  columns: {
    index: ['index', 'text'],
    bytes: ['size', 'bytes'],
    packedBytes: ['packed', 'bytes'],
    bloatShare: ['empty', 'share'],
  },
  read: readBloat,
  evaluate: evaluateBloat,
});

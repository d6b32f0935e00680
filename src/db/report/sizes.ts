import { formatBytes, formatCount } from '../../domain/core/quantities.ts';
import { defineSection, fine, look, type Finding } from './section.ts';

export interface TableSize {
  readonly table: string;
  /** How many partitions were summed; null for a plain table. */
  readonly partitions: number | null;
  /** As PostgreSQL estimates them. */
  readonly rows: number;
  readonly heapBytes: number;
  readonly indexBytes: number;
  readonly totalBytes: number;
}

// TOAST belongs to the heap. A table that was never analysed has -1 rows.
const SIZES = `
SELECT coalesce(pg_partition_root(c.oid), c.oid)::regclass::text AS table,
  CASE WHEN bool_or(c.relkind = 'p') THEN (count(*) FILTER (WHERE c.relkind = 'r'))::integer END AS partitions,
  sum(CASE WHEN s.n_live_tup > 0 THEN s.n_live_tup ELSE greatest(c.reltuples, 0) END)
    FILTER (WHERE c.relkind = 'r')::float8 AS rows,
  sum(pg_table_size(c.oid))::float8 AS "heapBytes", sum(pg_indexes_size(c.oid))::float8 AS "indexBytes",
  sum(pg_total_relation_size(c.oid))::float8 AS "totalBytes"
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('public', 'partitions')
LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
WHERE c.relkind IN ('r', 'p')
GROUP BY 1 ORDER BY "totalBytes" DESC, 1`;

/** Up to here one server needs no thought (seed 002: "10-20 GB easily"). */
const LARGE_TABLE_BYTES = 20 * 1024 ** 3;

/** Says how large the tables are together, and names those that outgrow one plain server. */
export function evaluateSizes(rows: readonly TableSize[]): readonly Finding[] {
  const bytes = rows.reduce((sum, row) => sum + row.totalBytes, 0);
  const large = rows.filter((row) => row.totalBytes > LARGE_TABLE_BYTES);
  return [
    fine(`${formatCount(rows.length)} tables take ${formatBytes(bytes)} with their indexes.`),
    ...large.map(({ table, totalBytes }) =>
      look(
        `${table} takes ${formatBytes(totalBytes)}.`,
        'Shorten its retention (`throughline retention --dry-run`), or partition it.',
      ),
    ),
  ];
}

/** Tables by size, partitions summed under their parent. */
export const readSizes = defineSection<TableSize>({
  key: 'sizes',
  title: 'Tables',
  columns: {
    table: ['table', 'text'],
    partitions: ['partitions', 'count'],
    rows: ['rows', 'count'],
    heapBytes: ['data', 'bytes'],
    indexBytes: ['indexes', 'bytes'],
    totalBytes: ['total', 'bytes'],
  },
  read: async (connection) => (await connection.query<TableSize>(SIZES)).rows,
  evaluate: evaluateSizes,
});

import { formatCount } from '../../domain/core/quantities.ts';
import { defineSection, look, orFine, type Finding } from './section.ts';

export interface TableScans {
  readonly table: string;
  readonly sequentialScans: number;
  readonly indexScans: number;
  readonly rows: number;
}

const SCANS = `
SELECT coalesce(pg_partition_root(s.relid), s.relid)::regclass::text AS table,
  sum(s.seq_scan)::float8 AS "sequentialScans", sum(coalesce(s.idx_scan, 0))::float8 AS "indexScans",
  sum(s.n_live_tup)::float8 AS rows
FROM pg_stat_user_tables s WHERE s.schemaname IN ('public', 'partitions')
GROUP BY 1 ORDER BY "sequentialScans" DESC, 1`;

/** Seed 002: a table of more rows that is read whole ten times as often as by an index misses one. */
const MANY_ROWS = 10_000;
const MANY_TIMES = 10;

/** Names tables that are read whole again and again. */
export function evaluateScans(rows: readonly TableScans[]): readonly Finding[] {
  const suspects = rows.filter(
    (row) => row.rows > MANY_ROWS && row.sequentialScans > row.indexScans * MANY_TIMES,
  );
  const findings = suspects.map(({ table, rows: count, sequentialScans, indexScans }) =>
    look(
      `${table} (${formatCount(count)} rows) was read whole ${formatCount(sequentialScans)} times, by an index ${formatCount(indexScans)} times.`,
      'Find the statement below, and give its filter an index that begins with team_id.',
    ),
  );
  return orFine(
    findings,
    `No table of more than ${formatCount(MANY_ROWS)} rows is mostly read from end to end.`,
  );
}

/** Tables by how often they were read from end to end. */
export const readScans = defineSection<TableScans>({
  key: 'scans',
  title: 'Sequential scans',
  columns: {
    table: ['table', 'text'],
    sequentialScans: ['read whole', 'count'],
    indexScans: ['by an index', 'count'],
    rows: ['rows', 'count'],
  },
  read: async (connection) => (await connection.query<TableScans>(SCANS)).rows,
  evaluate: evaluateScans,
});

import { formatBytes, formatDuration } from '../../domain/core/quantities.ts';
import { act, defineSection, fine, look, type Finding, type ReportScope } from './section.ts';

export interface IndexUse {
  readonly index: string;
  readonly table: string;
  readonly bytes: number;
  /** Since the statistics were reset. */
  readonly scans: number;
  /** A primary or unique key holds a rule, used or not. */
  readonly isKey: boolean;
  readonly isValid: boolean;
}

const INDEXES = `
SELECT coalesce(pg_partition_root(i.indexrelid), i.indexrelid)::regclass::text AS index,
  coalesce(pg_partition_root(i.indrelid), i.indrelid)::regclass::text AS table,
  sum(pg_relation_size(i.indexrelid))::float8 AS bytes, coalesce(sum(s.idx_scan), 0)::float8 AS scans,
  bool_or(i.indisunique) AS "isKey", bool_and(i.indisvalid) AS "isValid"
FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('public', 'partitions')
LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = i.indexrelid
GROUP BY 1, 2 ORDER BY bytes DESC, 1`;

/** A week has a Monday, a rollup, a retention run: what none of them used is worth a look. */
const MIN_DAYS = 7;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Names indexes that nothing reads though the statistics are a week old, and those that are broken. */
export function evaluateIndexes(
  rows: readonly IndexUse[],
  scope: Pick<ReportScope, 'now' | 'statisticsSince'>,
): readonly Finding[] {
  const broken = rows
    .filter((row) => !row.isValid)
    .map(({ index }) =>
      act(
        `Index ${index} is invalid: a build of it was broken off.`,
        `Run REINDEX INDEX CONCURRENTLY ${index}, or drop it.`,
      ),
    );
  return [...broken, ...evaluateUnused(rows, scope)];
}

function evaluateUnused(
  rows: readonly IndexUse[],
  { now, statisticsSince }: Pick<ReportScope, 'now' | 'statisticsSince'>,
): readonly Finding[] {
  const unused = rows.filter((row) => row.scans === 0 && !row.isKey && row.isValid);
  const ageMs = statisticsSince === null ? 0 : now.getTime() - statisticsSince.getTime();
  const age = statisticsSince === null ? 'an unknown time' : formatDuration(ageMs / 1000);
  if (unused.length === 0) {
    return [fine(`Every index that is no key was read within the statistics of ${age}.`)];
  }
  if (ageMs < MIN_DAYS * DAY_MS) {
    return [
      fine(
        `${unused.length} indexes were not read yet, but the statistics cover ${age}: too little to tell.`,
      ),
    ];
  }
  return unused.map(({ index, bytes }) =>
    look(
      `Index ${index} (${formatBytes(bytes)}) was not read in ${age}.`,
      'Read its comment for the query that needs it; if that is gone and no replica reads it, drop it in a migration.',
    ),
  );
}

/** Indexes by size with how often they were read; those of partitions are summed under their parent's. */
export const readIndexes = defineSection<IndexUse>({
  key: 'indexes',
  title: 'Indexes',
  columns: {
    index: ['index', 'text'],
    table: ['of table', 'text'],
    bytes: ['size', 'bytes'],
    scans: ['scans', 'count'],
  },
  read: async (connection) => (await connection.query<IndexUse>(INDEXES)).rows,
  evaluate: evaluateIndexes,
});

import { formatShare } from '../../domain/core/quantities.ts';
import { defineSection, fine, look, type Finding } from './section.ts';

export interface CacheUse {
  readonly what: string;
  /** Blocks found in shared_buffers. */
  readonly hits: number;
  /** Blocks asked of the operating system. */
  readonly reads: number;
  /** Null when nothing was read. */
  readonly ratio: number | null;
}

const CACHE = `
SELECT what, hits::float8 AS hits, reads::float8 AS reads, (hits / nullif(hits + reads, 0))::float8 AS ratio
FROM (
  SELECT 'tables' AS what, sum(heap_blks_hit) AS hits, sum(heap_blks_read) AS reads FROM pg_statio_user_tables
  UNION ALL
  SELECT 'indexes', sum(idx_blks_hit), sum(idx_blks_read) FROM pg_statio_user_tables
) AS blocks`;

/** Seeds 001 and 002 want more. */
const WANTED_RATIO = 0.99;

/** Below this many blocks (about 800 MB of reading) the first, cold reads decide. */
const MIN_BLOCKS = 100_000;

/** Says whether the database finds what it reads in its memory. */
export function evaluateCache(rows: readonly CacheUse[]): readonly Finding[] {
  return rows.map(({ what, hits, reads, ratio }) => {
    if (ratio === null || hits + reads < MIN_BLOCKS) {
      return fine(
        `Of ${what} too little was read to judge the cache${ratio === null ? '' : ` (${formatShare(ratio)} hits)`}.`,
      );
    }
    const measured = `${formatShare(ratio)} of the blocks of ${what} came from the cache.`;
    return ratio > WANTED_RATIO
      ? fine(measured)
      : look(
          measured,
          'Raise shared_buffers to a quarter of the memory (deploy/postgres/tier-*.conf), or find what reads whole tables above.',
        );
  });
}

/** How much of what was read was in memory. */
export const readCache = defineSection<CacheUse>({
  key: 'cache',
  title: 'Cache',
  columns: {
    what: ['blocks of', 'text'],
    hits: ['hits', 'count'],
    reads: ['reads', 'count'],
    ratio: ['hit ratio', 'share'],
  },
  read: async (connection) => (await connection.query<CacheUse>(CACHE)).rows,
  evaluate: evaluateCache,
});

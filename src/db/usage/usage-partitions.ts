import { DomainError } from '../../domain/core/errors.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import type { Db } from '../core/client.ts';
import { sqlState } from '../core/sql-state.ts';

/** PostgreSQL's codes for a date that is none, or that lies outside of what may have a partition. */
const BAD_DAY = new Set(['22007', '22008']);

/**
 * Makes the monthly partitions of `ai_usage_daily` that these days need and that are missing, in a transaction of its
 * own: called before the rows are written, so that the writer holds no lock on them.
 * @param days calendar days as YYYY-MM-DD, from 2000-01-01 to a year ahead
 * @throws DomainError INVALID_INPUT when a day lies outside of that; then no partition is made
 */
export async function ensureUsagePartitions(db: Db, days: Iterable<string>): Promise<void> {
  // One day a month says enough; the day itself stays, so that a wrong one is refused.
  const byMonth = new Map<string, string>();
  for (const day of days) {
    byMonth.set(day.slice(0, 7), day);
  }
  const wanted = [...byMonth.values()].toSorted();
  if (wanted.length === 0) {
    return;
  }
  try {
    await db.$queryRaw`
      SELECT throughline_ensure_usage_partition(wanted.day)
      FROM (SELECT day FROM unnest(${toArrayLiteral(wanted)}::text::date[]) AS given(day) ORDER BY day) AS wanted`;
  } catch (error) {
    if (BAD_DAY.has(sqlState(error) ?? '')) {
      throw new DomainError(
        'INVALID_INPUT',
        `Usage days lie between 2000-01-01 and a year ahead; one of ${wanted[0]} to ${wanted.at(-1)} does not.`,
        { cause: error },
      );
    }
    throw error;
  }
}

/** How long before they are needed partitions exist: retention that fails for weeks then does no harm. */
const MONTHS_AHEAD = 3;

/** The first days of this UTC month and of the next three. */
export function upcomingUsageMonths(now: Date): readonly string[] {
  return Array.from({ length: MONTHS_AHEAD + 1 }, (_, ahead) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1))
      .toISOString()
      .slice(0, 10),
  );
}

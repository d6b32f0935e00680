/** What contradicts itself in the times of a pull request: a wrong clock, or an import that made its times up. */
export type PullRequestAnomaly =
  'REVIEWED_BEFORE_CREATED' | 'MERGED_BEFORE_CREATED' | 'CLOSED_BEFORE_CREATED';

interface PullRequestTimes {
  readonly createdAt: Date;
  readonly firstReviewAt: Date | null;
  readonly mergedAt: Date | null;
  readonly closedAt: Date | null;
}

/**
 * Why a span of a pull request is negative; null where none is. `IS_ANOMALY` (src/db/rollups) is the same in SQL: such a
 * pull request is kept and counts, and is in no mean of times.
 */
export function anomalyOf(times: PullRequestTimes): PullRequestAnomaly | null {
  const isBefore = (at: Date | null): boolean => at !== null && at < times.createdAt;
  if (isBefore(times.mergedAt)) {
    return 'MERGED_BEFORE_CREATED';
  }
  if (isBefore(times.firstReviewAt)) {
    return 'REVIEWED_BEFORE_CREATED';
  }
  return isBefore(times.closedAt) ? 'CLOSED_BEFORE_CREATED' : null;
}

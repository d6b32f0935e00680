/** Key of what GitHub gave no number for: two of them cannot be told apart. */
export const UNKNOWN_KEY = 'unknown';

/** Begins the key of a month that reconcile gave up, `month:2026-02`: it is no number of a pull request. */
export const MONTH_KEY_PREFIX = 'month:';

/**
 * Key of the dead letter of a month that reconcile gave up.
 * @param month its first day, `YYYY-MM-01`
 */
export function toMonthKey(month: string): string {
  return `${MONTH_KEY_PREFIX}${month.slice(0, 7)}`;
}

/** Key of a stage that the credential may not read, of which no row is known. */
export const PERMISSION_KEY = 'permission';

/** Key of the newest deployment and release, which come with the first page of a sync's pull requests and hold nothing. */
export const HEADS_KEY = 'heads';

/** Code of what GitHub does not answer in time, however little of it is asked for. */
export const TOO_HEAVY = 'TOO_HEAVY';

/** A pull request waits so long for its next try, in an incremental sync. */
export const PULL_REQUEST_RETRY_MINUTES = 30;

/**
 * What costs many requests is tried again at least n² hours after its nth try: 1, 4, 9, 16 and 25. What is tried further
 * than that keeps to the last pause.
 */
export const MAX_RETRY_STEP = 5;

/** How many syncs try a range that GitHub does not answer. */
export const MAX_RANGE_ATTEMPTS = MAX_RETRY_STEP + 1;

/** Code of what contradicts itself within one answer: what else the answer should have shown is not known. */
export const CONTRADICTORY = 'CONTRADICTORY';

/**
 * So long at the most syncs go back by themselves for what a stage could not read, whose watermark is held meanwhile, and
 * for a page of pull requests that contradicts itself. Then they go on without them, and they wait for an admin.
 */
export const WATERMARK_HOLD_DAYS = 7;

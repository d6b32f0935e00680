/** Key of what GitHub gave no number for: two of them cannot be told apart. */
export const UNKNOWN_KEY = 'unknown';

/** Key of a stage that the credential may not read, of which no row is known. */
export const PERMISSION_KEY = 'permission';

/** Key of the newest deployment and release, which come with the first page of a sync's pull requests and hold nothing. */
export const HEADS_KEY = 'heads';

/** A pull request waits so long for its next try, in an incremental sync. */
export const PULL_REQUEST_RETRY_MINUTES = 30;

/** How many syncs try a range that GitHub does not answer: at least 1, 4, 9, 16 and 25 hours after the one before. */
export const MAX_RANGE_ATTEMPTS = 6;

/** Code of what contradicts itself within one answer: what else the answer should have shown is not known. */
export const CONTRADICTORY = 'CONTRADICTORY';

/**
 * What a stage could not read, and a page of pull requests that contradicts itself, hold their watermark so long at the
 * most: every sync reads from there. Then it goes on without them, and they wait for an admin.
 */
export const WATERMARK_HOLD_DAYS = 7;

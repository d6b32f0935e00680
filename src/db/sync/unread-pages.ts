import {
  CONTRADICTORY,
  MONTH_KEY_PREFIX,
  UNKNOWN_KEY,
  WATERMARK_HOLD_DAYS,
} from '../../domain/sync/dead-letter.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';
import type { RunKey } from './sync-runs.ts';

/**
 * Resolves what had no number, and the months that reconcile gave up, that a sync that has read its last page did not
 * meet. The sync must have read the pages anew: from its own first page, and to the end of the range that is unread, or
 * as far back as the repository is complete where nobody knows a range.
 */
export async function resolveReadPages(
  tx: DbTransaction,
  run: RepositoryKey & RunKey,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE dead_letter d SET resolved_at = now()
    FROM sync_run s JOIN repository r ON r.team_id = s.team_id AND r.id = s.repository_id
    WHERE s.team_id = ${run.teamId} AND s.id = ${run.syncRunId}
      AND d.team_id = s.team_id AND d.repository_id = s.repository_id AND d.entity = 'pull_request'
      AND (d.natural_key = ${UNKNOWN_KEY} OR starts_with(d.natural_key, ${MONTH_KEY_PREFIX}))
      AND d.resolved_at IS NULL AND d.last_sync_run_id IS DISTINCT FROM s.id
      AND NOT EXISTS (SELECT FROM sync_page p WHERE p.team_id = s.team_id AND p.sync_run_id = s.id AND p.page = 1
        AND p.cursor_before IS NOT NULL)
      AND s.since <= coalesce(d.unread_since, r.complete_from)`;
}

/**
 * Whether a page contradicted itself in the last week and no sync has read it since: nobody knows which pull requests it
 * should have shown.
 */
export async function hasUnreadPages(tx: DbTransaction, key: RepositoryKey): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 AS found FROM dead_letter
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND entity = 'pull_request'
      AND natural_key = ${UNKNOWN_KEY} AND reason_code = ${CONTRADICTORY} AND resolved_at IS NULL
      AND first_seen_at > now() - make_interval(days => ${WATERMARK_HOLD_DAYS}::integer)`;
  return rows.length > 0;
}

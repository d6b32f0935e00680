import type { RejectedFact } from '../../domain/pulls/github-facts.ts';
import { CONTRADICTORY, UNKNOWN_KEY, WATERMARK_HOLD_DAYS } from '../../domain/sync/dead-letter.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';

/** Longer reasons are not added to: the newest takes their place. */
const MAX_REASONS_CHARACTERS = 2_000;

export interface UnnumberedInput extends RepositoryKey {
  readonly entity: string;
  readonly rejected: RejectedFact;
  readonly seenAt: Date | null;
  readonly syncRunId: bigint | null;
}

/**
 * Dead-letters what GitHub gives no number for; all of it of one entity is one row. A contradiction stays: it says that
 * more may be missing, and other reasons are added to its own. What is met again is known, and makes no sync partial,
 * where the reason is the same (of contradictions apart from numbers) and it was never missed since: by a sync that
 * begins behind the unread range, or whose week is over, which meets what a finished sync before it did not. A
 * contradiction of a sync that went further back is another one too. What is another one has a week of its own.
 *
 * The row of a page that contradicts itself has the range that is unread, `unread_since`. Only a sync that goes back so
 * far tries it again: one that begins behind it and meets the same changes neither `attempts` nor `last_seen_at`, from
 * which the next try is counted.
 */
export async function storeUnnumbered(tx: DbTransaction, input: UnnumberedInput): Promise<void> {
  const { teamId, repositoryId, entity, rejected, seenAt, syncRunId } = input;
  await tx.$executeRaw`
    INSERT INTO dead_letter AS d (team_id, repository_id, entity, natural_key, reason_code, reason, first_seen_at,
      last_seen_at, sync_run_id, last_sync_run_id, unread_since)
    SELECT ${teamId}::bigint, ${repositoryId}::bigint, ${entity}, ${UNKNOWN_KEY}, ${rejected.reasonCode},
      ${rejected.reason}, coalesce(${seenAt}::timestamptz, now()), coalesce(${seenAt}::timestamptz, now()),
      ${syncRunId}::bigint, ${syncRunId}::bigint,
      CASE WHEN ${entity} = 'pull_request' AND ${rejected.reasonCode} = ${CONTRADICTORY} THEN (
        SELECT since FROM sync_run WHERE team_id = ${teamId} AND id = ${syncRunId}::bigint) END
    ON CONFLICT (team_id, repository_id, entity, natural_key) DO UPDATE SET (reason_code, reason, attempts, first_seen_at,
      last_seen_at, sync_run_id, last_sync_run_id, unread_since, resolved_at, retry_requested_at) = (
      SELECT CASE WHEN stays THEN d.reason_code ELSE excluded.reason_code END,
        CASE WHEN NOT stays OR begins OR new_text = old_text THEN excluded.reason
          WHEN is_told OR length(d.reason || excluded.reason) > ${MAX_REASONS_CHARACTERS}::integer AND NOT contradicts
            THEN d.reason
          WHEN length(d.reason || excluded.reason) > ${MAX_REASONS_CHARACTERS}::integer THEN excluded.reason
          ELSE d.reason || ' ' || excluded.reason END,
        CASE WHEN begins THEN 1 WHEN is_near OR d.last_sync_run_id = excluded.last_sync_run_id THEN d.attempts
          ELSE d.attempts + 1 END,
        CASE WHEN NOT is_open OR begins OR (is_new AND (contradicts OR (is_old AND excluded.entity <> 'pull_request')))
          THEN excluded.first_seen_at ELSE d.first_seen_at END,
        CASE WHEN is_near AND NOT (is_new AND contradicts) THEN d.last_seen_at ELSE excluded.last_seen_at END,
        CASE WHEN is_new THEN excluded.sync_run_id ELSE d.sync_run_id END,
        coalesce(excluded.last_sync_run_id, d.last_sync_run_id),
        CASE WHEN stays AND NOT begins THEN least(d.unread_since, excluded.unread_since)
          ELSE excluded.unread_since END,
        NULL::timestamptz, CASE WHEN is_near THEN d.retry_requested_at END
      FROM (SELECT d.resolved_at IS NULL AS is_open, excluded.reason_code = ${CONTRADICTORY} AS contradicts,
          d.resolved_at IS NULL AND d.reason_code = ${CONTRADICTORY} AS stays,
          d.first_seen_at <= now() - make_interval(days => ${WATERMARK_HOLD_DAYS}::integer) AS is_old,
          regexp_replace(d.reason, '[0-9]+', '0', 'g') AS old_text,
          regexp_replace(excluded.reason, '[0-9]+', '0', 'g') AS new_text,
          (SELECT since FROM sync_run WHERE team_id = ${teamId} AND id = ${syncRunId}::bigint) AS since,
          EXISTS (SELECT FROM sync_run s WHERE s.team_id = d.team_id AND s.repository_id = d.repository_id
            AND s.status IN ('COMPLETED', 'PARTIAL') AND (s.pages > 0 OR d.entity <> 'pull_request')
            AND coalesce(s.id > d.last_sync_run_id, s.started_at > d.last_seen_at)) AS was_missed) AS met
      CROSS JOIN LATERAL (SELECT
          CASE WHEN stays THEN strpos(old_text, new_text) > 0
            ELSE is_open AND d.reason_code = excluded.reason_code AND d.reason = excluded.reason END AS is_told,
          stays AND d.entity = 'pull_request' AND coalesce(since > d.unread_since, since IS NULL) AS is_near,
          stays AND contradicts AND coalesce(since < d.unread_since, false) AS is_wider) AS compared
      CROSS JOIN LATERAL (SELECT NOT is_told OR is_wider OR (was_missed
          AND (is_old OR is_near OR (d.entity = 'pull_request' AND NOT stays))) AS is_new) AS told
      CROSS JOIN LATERAL (SELECT contradicts AND (NOT stays OR (is_new AND is_old)) AS begins) AS started)`;
}

import { PERMISSION_KEY, UNKNOWN_KEY, WATERMARK_HOLD_DAYS } from '../../domain/sync/dead-letter.ts';
import { SYNC_STAGES, type SyncStage } from '../../domain/sync/sync-stage.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';
import type { RunKey } from './sync-runs.ts';

/** What a stage needs of its run. */
export interface SyncRunRepository {
  readonly connectionId: bigint;
  readonly owner: string;
  readonly name: string;
  readonly since: Date;
}

/** The repository of a run and the connection that reads it; null when it was removed. */
export async function readSyncRunRepository(
  tx: DbTransaction,
  key: RunKey,
): Promise<SyncRunRepository | null> {
  const rows = await tx.$queryRaw<SyncRunRepository[]>`
    SELECT r.connection_id AS "connectionId", r.owner, r.name, s.since
    FROM sync_run s JOIN repository r ON r.team_id = s.team_id AND r.id = s.repository_id
    WHERE s.team_id = ${key.teamId} AND s.id = ${key.syncRunId}`;
  return rows[0] ?? null;
}

/** Stores what a run works on, and that it no longer waits. */
export async function startStage(tx: DbTransaction, key: RunKey, stage: SyncStage): Promise<void> {
  await tx.$executeRaw`
    UPDATE sync_run SET stage = ${stage}, waiting_until = NULL, waiting_reason = NULL, updated_at = now(),
      stage_requests = CASE WHEN stage = ${stage} THEN stage_requests ELSE 0 END
    WHERE team_id = ${key.teamId} AND id = ${key.syncRunId} AND status = 'RUNNING'
      AND (stage <> ${stage} OR waiting_until IS NOT NULL)`;
}

/** Which stages of a repository are due. */
export async function readDueStages(tx: DbTransaction, key: RepositoryKey): Promise<SyncStage[]> {
  const rows = await tx.$queryRaw<{ stage: SyncStage }[]>`
    SELECT stage FROM repository_stage
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND is_due
    ORDER BY array_position(${[...SYNC_STAGES]}::text[], stage)`;
  return rows.map((row) => row.stage);
}

/** Sets stages of a repository due; one that has begun stays due after its end, because it may have missed the cause. */
export async function setStagesDue(
  tx: DbTransaction,
  key: RepositoryKey,
  stages: readonly SyncStage[],
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO repository_stage (team_id, repository_id, stage, is_due)
    SELECT ${key.teamId}::bigint, ${key.repositoryId}::bigint, stage, true FROM unnest(${[...stages]}::text[]) AS stage
    ON CONFLICT (team_id, repository_id, stage) DO UPDATE SET is_due = true,
      is_due_again = repository_stage.is_due AND repository_stage.running_from IS NOT NULL, updated_at = now()`;
}

/** How far a stage of a repository is. */
export interface OpenStage {
  /** The cursor after which it goes on; null at its beginning. */
  readonly cursor: string | null;
  /** How far back it goes. */
  readonly from: Date;
}

/**
 * Begins a stage, or finds the one that was begun. It goes back to the newest thing that the last one saw, on GitHub's
 * clock and less an overlap, or as far as the pull requests of the repository are stored where no stage has gone so far
 * yet, or where an admin wants something tried again that it would not meet; one that was begun and does not go back far
 * enough begins anew. What it will meet again, where it is still there, is marked as wanted: see `finishStage`.
 * @returns null when nothing is due: an attempt before this one came to the end
 */
export async function openStage(
  tx: DbTransaction,
  key: RepositoryKey & RunKey,
  stage: SyncStage,
): Promise<OpenStage | null> {
  const rows = await tx.$queryRaw<OpenStage[]>`
    WITH wanted AS (
      SELECT s.team_id, s.repository_id,
        coalesce(least(r.complete_from, CASE WHEN s.kind = 'BACKFILL' THEN s.since END), s.since) AS since
      FROM sync_run s JOIN repository r ON r.team_id = s.team_id AND r.id = s.repository_id
      WHERE s.team_id = ${key.teamId} AND s.id = ${key.syncRunId}
    ), planned AS (
      SELECT n.*, CASE WHEN st.complete_from <= n.since AND st.watermark IS NOT NULL
          AND NOT EXISTS (SELECT FROM dead_letter d WHERE d.team_id = n.team_id AND d.repository_id = n.repository_id
            AND d.entity = lower(${stage}) AND d.resolved_at IS NULL AND d.retry_requested_at IS NOT NULL
            AND d.natural_key <> ${PERMISSION_KEY} AND (${stage} = 'REVIEW_COMMENTS'
              OR d.first_seen_at <= now() - make_interval(days => ${WATERMARK_HOLD_DAYS}::integer)))
          THEN st.watermark - interval '5 minutes' ELSE n.since END AS target
      FROM wanted n
      LEFT JOIN repository_stage st ON st.team_id = n.team_id AND st.repository_id = n.repository_id AND st.stage = ${stage}
    )
    INSERT INTO repository_stage AS st (team_id, repository_id, stage, is_due, running_from)
    SELECT team_id, repository_id, ${stage}, true, target FROM planned
    ON CONFLICT (team_id, repository_id, stage) DO UPDATE SET
      is_due_again = st.is_due_again AND st.cursor IS NOT NULL AND st.running_from <= excluded.running_from,
      cursor = CASE WHEN st.running_from <= excluded.running_from THEN st.cursor END,
      newest_seen_at = CASE WHEN st.running_from <= excluded.running_from THEN st.newest_seen_at END,
      running_from = CASE WHEN st.cursor IS NULL THEN excluded.running_from
        ELSE least(st.running_from, excluded.running_from) END,
      updated_at = now()
    WHERE st.is_due
    RETURNING cursor, running_from AS "from"`;
  const open = rows[0] ?? null;
  if (open?.cursor === null) {
    await markMetAgain(tx, key, stage);
  }
  return open;
}

/**
 * Marks the dead letters that a stage meets again when it is read from its beginning: all that hold its watermark. Review
 * comments of a single pull request are asked for once, so that theirs are met again only where an admin wants it. What
 * was marked before is marked anew: all that is met from now on is newer than the marks.
 */
async function markMetAgain(
  tx: DbTransaction,
  key: RepositoryKey,
  stage: SyncStage,
): Promise<void> {
  if (stage !== 'REVIEW_COMMENTS') {
    await tx.$executeRaw`
      UPDATE dead_letter SET retry_requested_at = now()
      WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND entity = lower(${stage})
        AND resolved_at IS NULL AND natural_key <> ${PERMISSION_KEY} AND (retry_requested_at IS NOT NULL
          OR first_seen_at > now() - make_interval(days => ${WATERMARK_HOLD_DAYS}::integer))`;
    return;
  }
  await tx.$executeRaw`
    UPDATE pull_request p SET review_comments_at = NULL
    WHERE p.team_id = ${key.teamId} AND p.repository_id = ${key.repositoryId} AND p.review_comments_at IS NOT NULL
      AND EXISTS (SELECT FROM dead_letter d WHERE d.team_id = p.team_id AND d.repository_id = p.repository_id
        AND d.entity = 'review_comments' AND d.resolved_at IS NULL AND d.retry_requested_at IS NOT NULL
        AND d.natural_key <> ${PERMISSION_KEY})`;
}

/**
 * Moves the cursor of a stage. Must be in the transaction that writes what was read.
 * @returns false when it does not stand at `from` any more: another attempt was faster, and nothing may be written
 */
export async function advanceStage(
  tx: DbTransaction,
  key: RepositoryKey,
  stage: SyncStage,
  move: {
    readonly from: string | null;
    readonly to: string | null;
    /** Time of the newest thing that was read, on GitHub's clock. */
    readonly newestSeenAt: Date | null;
  },
): Promise<boolean> {
  const moved = await tx.$executeRaw`
    UPDATE repository_stage SET cursor = ${move.to}, updated_at = now(),
      newest_seen_at = greatest(newest_seen_at, ${move.newestSeenAt}::timestamptz)
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND stage = ${stage}
      AND cursor IS NOT DISTINCT FROM ${move.from}::text`;
  return moved === 1;
}

/** Counts requests of a stage in its run. */
export async function countStageRequests(
  tx: DbTransaction,
  key: RunKey,
  asked: { readonly requests: number; readonly points: number },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE sync_run SET requests = requests + ${asked.requests}::integer, points = points + ${asked.points}::integer,
      stage_requests = stage_requests + ${asked.requests}::integer, updated_at = now()
    WHERE team_id = ${key.teamId} AND id = ${key.syncRunId}`;
}

/**
 * Ends a stage: nothing of it is due until the next sync finds something. What it was to meet again and did not is
 * there no more, or was read, and is resolved; not where something without a number was met meanwhile, which may be that
 * or hide it. While it has dead letters neither end of what it has read moves for a
 * week, so that the next syncs meet them again.
 */
export async function finishStage(
  tx: DbTransaction,
  key: RepositoryKey,
  stage: SyncStage,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE dead_letter d SET resolved_at = now() FROM repository_stage st
    WHERE st.team_id = ${key.teamId} AND st.repository_id = ${key.repositoryId} AND st.stage = ${stage}
      AND st.is_due AND NOT st.is_due_again AND st.running_from IS NOT NULL
      AND d.team_id = st.team_id AND d.repository_id = st.repository_id AND d.entity = lower(st.stage)
      AND d.resolved_at IS NULL AND d.retry_requested_at IS NOT NULL AND d.natural_key <> ${PERMISSION_KEY}
      AND NOT EXISTS (SELECT FROM dead_letter met WHERE met.team_id = d.team_id AND met.repository_id = d.repository_id
        AND met.entity = d.entity AND met.natural_key = ${UNKNOWN_KEY} AND met.resolved_at IS NULL
        AND met.retry_requested_at IS NULL AND met.last_seen_at >= d.retry_requested_at)`;
  await tx.$executeRaw`
    UPDATE repository_stage st SET is_due = st.is_due_again, is_due_again = false, cursor = NULL, newest_seen_at = NULL,
      running_from = NULL,
      complete_from = CASE WHEN is_held THEN complete_from ELSE least(complete_from, running_from) END,
      watermark = CASE WHEN is_held THEN watermark
        ELSE greatest(watermark, least(newest_seen_at, CASE WHEN st.stage = 'REVIEW_COMMENTS' THEN
          (SELECT r.watermark FROM repository r WHERE r.team_id = st.team_id AND r.id = st.repository_id) END)) END,
      updated_at = now()
    FROM (SELECT EXISTS (SELECT FROM dead_letter WHERE team_id = ${key.teamId}
      AND repository_id = ${key.repositoryId} AND entity = lower(${stage}) AND resolved_at IS NULL
      AND natural_key <> ${PERMISSION_KEY}
      AND first_seen_at > now() - make_interval(days => ${WATERMARK_HOLD_DAYS}::integer)) AS is_held) AS held
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND stage = ${stage}`;
}

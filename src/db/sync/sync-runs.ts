import type { SyncStage } from '../../domain/sync/sync-stage.ts';
import {
  CONTRADICTORY,
  MAX_RETRY_STEP,
  MONTH_KEY_PREFIX,
  UNKNOWN_KEY,
  WATERMARK_HOLD_DAYS,
} from '../../domain/sync/dead-letter.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';
import { firstRow } from '../core/first-row.ts';

export type SyncRunStatus = 'RUNNING' | 'COMPLETED' | 'PARTIAL' | 'FAILED' | 'CANCELLED';

/** How far back the first sync of a repository goes when nobody says how far. */
const DEFAULT_LOOKBACK = '90 days';

const REMOVED = 'a row that must be there is missing: the team or repository was removed meanwhile';

export interface OpenBackfillRunInput {
  readonly teamId: bigint;
  readonly workflowId: string;
  readonly workflowRunId: string;
  /** Pull requests updated since then are wanted; null: what is new since the last syncs. */
  readonly since: Date | null;
  /** Names as they were asked for; empty = all of the team. */
  readonly repositories: readonly string[];
  readonly requestedBy: bigint | null;
}

/**
 * The row of a backfill job, once for each run of its workflow: a job that a schedule starts writes it with its first
 * activity, one that an admin asks for has it before (`requestBackfillRun`).
 * @returns id of the row
 */
export async function openBackfillRun(
  tx: DbTransaction,
  input: OpenBackfillRunInput,
): Promise<bigint> {
  const rows = await tx.$queryRaw<{ id: bigint }[]>`
    INSERT INTO sync_run (team_id, kind, workflow_id, workflow_run_id, requested_by_id, requested_names, since,
      started_at, updated_at)
    VALUES (${input.teamId}, CASE WHEN ${input.since}::timestamptz IS NULL THEN 'INCREMENTAL' ELSE 'BACKFILL' END,
      ${input.workflowId}, ${input.workflowRunId}, ${input.requestedBy}, ${[...input.repositories]}::text[],
      coalesce(${input.since}::timestamptz, (SELECT min(watermark) - interval '5 minutes' FROM repository
        WHERE team_id = ${input.teamId}), now() - ${DEFAULT_LOOKBACK}::interval), now(), now())
    ON CONFLICT (team_id, workflow_id, workflow_run_id) DO UPDATE
      SET requested_by_id = coalesce(sync_run.requested_by_id, excluded.requested_by_id)
    RETURNING id`;
  return firstRow(rows, REMOVED).id;
}

export interface OpenRepositoryRunInput extends RepositoryKey {
  readonly parentId: bigint;
  readonly workflowId: string;
  /** Makes two syncs of one repository within one job two rows. */
  readonly attempt: number;
  /** Null: from the last complete sync on; 90 days where there was none. */
  readonly since: Date | null;
}

/**
 * The row of one repository sync. A repository that is already complete as far back as asked is synced from the last
 * complete sync on, less an overlap for clocks that differ; else the sync goes back to `since`, and begins where a
 * backfill broke off within the last week. What changed since that one began is left to the next sync: the newest update
 * that it saw is kept.
 *
 * Where a page contradicted itself, a sync that begins at the end of its pause goes back as far as the range that is
 * unread, for a week; one that is asked for a `since` does so at once, and one that an admin wants what has no number
 * or a month tried again by goes over all that the repository has. The syncs between read what is new, also where no sync has been
 * complete yet; after the week such a repository is read as far back as the range once more, and is complete.
 */
export async function openRepositoryRun(
  tx: DbTransaction,
  input: OpenRepositoryRunInput,
): Promise<OpenedRepositoryRun> {
  const { since } = input;
  const rows = await tx.$queryRaw<OpenedRepositoryRun[]>`
    INSERT INTO sync_run (team_id, parent_id, repository_id, kind, workflow_id, workflow_run_id, requested_names,
      since, cursor, newest_seen_at, started_at, updated_at)
    SELECT r.team_id, ${input.parentId}, r.id, CASE WHEN is_new THEN 'INCREMENTAL' ELSE 'BACKFILL' END,
      ${input.workflowId}, ${`${input.parentId}#${input.attempt}`}, '{}', planned.since,
      CASE WHEN NOT is_new THEN broken.cursor END, CASE WHEN NOT is_new THEN broken.newest_seen_at END, now(), now()
    FROM repository r
    LEFT JOIN repository_stage broken ON broken.team_id = r.team_id AND broken.repository_id = r.id
      AND broken.stage = 'PULL_REQUESTS' AND broken.updated_at > now() - interval '7 days'
    LEFT JOIN dead_letter d ON d.team_id = r.team_id AND d.repository_id = r.id AND d.entity = 'pull_request'
      AND d.natural_key = ${UNKNOWN_KEY} AND d.resolved_at IS NULL
    CROSS JOIN LATERAL (SELECT d.reason_code = ${CONTRADICTORY} AS contradicts,
      coalesce(d.reason_code = ${CONTRADICTORY}
        AND d.first_seen_at > now() - make_interval(days => ${WATERMARK_HOLD_DAYS}::integer), false) AS is_unread,
      d.last_seen_at + make_interval(hours => least(d.attempts, ${MAX_RETRY_STEP}::integer)
        * least(d.attempts, ${MAX_RETRY_STEP}::integer)) > now() AS is_paused,
      d.retry_requested_at IS NOT NULL OR EXISTS (SELECT FROM dead_letter m WHERE m.team_id = r.team_id
        AND m.repository_id = r.id AND m.entity = 'pull_request' AND starts_with(m.natural_key, ${MONTH_KEY_PREFIX})
        AND m.resolved_at IS NULL AND m.retry_requested_at IS NOT NULL) AS is_wanted) AS page
    CROSS JOIN LATERAL (SELECT CASE
      WHEN is_wanted THEN least(r.complete_from, d.unread_since, ${since}::timestamptz)
      WHEN ${since}::timestamptz IS NOT NULL THEN CASE WHEN contradicts THEN least(d.unread_since, ${since}::timestamptz) END
      WHEN is_unread AND NOT is_paused THEN coalesce(d.unread_since, r.complete_from) END AS since) AS again
    CROSS JOIN LATERAL (SELECT
      coalesce(r.watermark IS NOT NULL AND r.complete_from <= coalesce(${since}::timestamptz, r.complete_from), false)
        AS is_complete,
      is_unread AND is_paused AND NOT is_wanted AND ${since}::timestamptz IS NULL
        AND broken.cursor IS NULL AS waits) AS known
    CROSS JOIN LATERAL (SELECT least(again.since, CASE
      WHEN is_complete OR waits THEN coalesce(r.watermark, d.last_seen_at) - interval '5 minutes'
      ELSE coalesce(${since}::timestamptz, d.unread_since, now() - ${DEFAULT_LOOKBACK}::interval) END) AS since) AS planned
    CROSS JOIN LATERAL (SELECT waits OR (is_complete AND coalesce(again.since >= r.complete_from, true)) AS is_new) AS kind
    WHERE r.team_id = ${input.teamId} AND r.id = ${input.repositoryId}
    ON CONFLICT (team_id, workflow_id, workflow_run_id) DO UPDATE SET updated_at = sync_run.updated_at
    RETURNING id, kind, since, pages = 0 AND cursor IS NOT NULL AS "isResumed"`;
  return firstRow(rows, REMOVED);
}

export interface OpenedRepositoryRun {
  readonly id: bigint;
  readonly kind: 'BACKFILL' | 'INCREMENTAL';
  readonly since: Date;
  /** It begins where an earlier backfill broke off, and does not see what changed since that one began. */
  readonly isResumed: boolean;
}

/** A repository sync with what the next page needs. */
export interface RepositoryRun {
  readonly kind: 'BACKFILL' | 'INCREMENTAL';
  readonly status: SyncRunStatus;
  /** Another one than PULL_REQUESTS once the last page is committed. */
  readonly stage: 'PULL_REQUESTS' | SyncStage;
  readonly cursor: string | null;
  readonly since: Date;
  readonly pages: number;
  /** GitHub's id of the repository that was synced so far: a new one of the same name is another. */
  readonly githubId: bigint;
  readonly owner: string;
  readonly name: string;
  /** How many pull requests are asked for at a time, and how many full pages of them went well in a row. */
  readonly pageSize: number;
  readonly pageStreak: number;
  readonly connectionId: bigint;
}

/** Reads a sync run and its repository; null when the repository was removed. */
export async function readRepositoryRun(
  tx: DbTransaction,
  key: { readonly teamId: bigint; readonly syncRunId: bigint },
): Promise<RepositoryRun | null> {
  const rows = await tx.$queryRaw<RepositoryRun[]>`
    SELECT s.kind, s.status, s.stage, s.cursor, s.since, s.pages, r.github_id AS "githubId", r.owner, r.name,
      r.page_size AS "pageSize", r.page_streak AS "pageStreak", r.connection_id AS "connectionId"
    FROM sync_run s JOIN repository r ON r.team_id = s.team_id AND r.id = s.repository_id
    WHERE s.team_id = ${key.teamId} AND s.id = ${key.syncRunId}`;
  return rows[0] ?? null;
}

export interface RunKey {
  readonly teamId: bigint;
  readonly syncRunId: bigint;
}

/** Stores that a run waits, and for what; the page that follows clears it. */
export async function recordWait(
  tx: DbTransaction,
  key: RunKey,
  wait: { readonly until: Date; readonly reason: string },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE sync_run SET waiting_until = ${wait.until}, waiting_reason = ${wait.reason}, updated_at = now()
    WHERE team_id = ${key.teamId} AND id = ${key.syncRunId} AND status = 'RUNNING'`;
}

/** Shows since when a run is paused, or that it goes on. */
export async function recordPause(
  tx: DbTransaction,
  key: RunKey,
  isPaused: boolean,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE sync_run SET paused_at = CASE WHEN ${isPaused}::boolean THEN coalesce(paused_at, now()) END, updated_at = now()
    WHERE team_id = ${key.teamId} AND id = ${key.syncRunId} AND status = 'RUNNING'
      AND (paused_at IS NOT NULL) <> ${isPaused}::boolean`;
}

export interface CloseRunInput extends RunKey {
  readonly status: 'COMPLETED' | 'PARTIAL' | 'FAILED' | 'CANCELLED';
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

/**
 * Ends a run that is still open; a run that has ended keeps its end. What it was the first to dead-letter makes it partial.
 * Where a backfill breaks off in its pages, its cursor is kept for the next one; one that gets no further does not keep
 * it longer. Answers the end that the row has, null where there is no row. What had happened by the beginning of a sync
 * that came to its end is stored: the repository keeps the time.
 */
export async function closeRun(
  tx: DbTransaction,
  input: CloseRunInput,
): Promise<CloseRunInput['status'] | null> {
  const [closed] = await tx.$queryRaw<Pick<CloseRunInput, 'status'>[]>`
    WITH closed AS (UPDATE sync_run s SET error_code = ${input.errorCode},
      status = CASE WHEN ${input.status} = 'COMPLETED' AND EXISTS (SELECT 1 FROM dead_letter d
        WHERE d.team_id = s.team_id AND d.repository_id = s.repository_id AND d.sync_run_id = s.id
          AND d.resolved_at IS NULL) THEN 'PARTIAL' ELSE ${input.status} END,
      error_message = ${input.errorMessage}, waiting_until = NULL, waiting_reason = NULL, paused_at = NULL,
      finished_at = now(), updated_at = now()
    WHERE s.team_id = ${input.teamId} AND s.id = ${input.syncRunId} AND s.status = 'RUNNING'
      RETURNING s.team_id, s.repository_id, s.status, s.started_at
    ), synced AS (UPDATE repository r SET synced_at = greatest(r.synced_at, closed.started_at)
      FROM closed WHERE r.team_id = closed.team_id AND r.id = closed.repository_id
        AND closed.status IN ('COMPLETED', 'PARTIAL'))
    SELECT status FROM closed`;
  if (closed === undefined) {
    const [ended] = await tx.$queryRaw<Pick<CloseRunInput, 'status'>[]>`
      SELECT status FROM sync_run WHERE team_id = ${input.teamId} AND id = ${input.syncRunId}`;
    return ended?.status ?? null;
  }
  // UNEXPECTED before the first page may be GitHub's word on the cursor: the next sync begins at the beginning then.
  await tx.$executeRaw`
    INSERT INTO repository_stage AS st (team_id, repository_id, stage, cursor, newest_seen_at)
    SELECT s.team_id, s.repository_id, 'PULL_REQUESTS',
      CASE WHEN s.pages > 0 OR s.error_code IS DISTINCT FROM 'UNEXPECTED' THEN s.cursor END, s.newest_seen_at
    FROM sync_run s
    WHERE s.team_id = ${input.teamId} AND s.id = ${input.syncRunId} AND s.repository_id IS NOT NULL
      AND s.kind = 'BACKFILL' AND s.stage = 'PULL_REQUESTS' AND s.status IN ('FAILED', 'CANCELLED')
    ON CONFLICT (team_id, repository_id, stage) DO UPDATE SET cursor = excluded.cursor,
      newest_seen_at = excluded.newest_seen_at,
      updated_at = CASE WHEN st.cursor = excluded.cursor THEN st.updated_at ELSE now() END`;
  return closed.status;
}

/** How a run ends whose workflow could not end it. */
const ABANDONED = {
  status: 'FAILED',
  errorCode: 'ABANDONED',
  errorMessage: 'Its workflow was ended from outside: start the sync again.',
} as const;

/**
 * Ends what earlier jobs of a workflow have left open, with their repository syncs: Temporal gives an id to one at a
 * time, so theirs are dead. A repository sync does not outlive its job: one that still ends its page was cancelled, and
 * that page, which finds its row closed, is not stored. Rows that are newer than the job's own stay: the caller itself
 * may be late. Dead is also what a release before installations had identities began, under the name without one.
 */
export async function closeAbandonedRuns(
  tx: DbTransaction,
  job: RunKey & { readonly workflowId: string },
): Promise<void> {
  const { teamId } = job;
  const open = await tx.$queryRaw<{ id: bigint }[]>`
    WITH job AS (
      SELECT id FROM sync_run
      WHERE team_id = ${teamId} AND id < ${job.syncRunId} AND status = 'RUNNING'
        AND workflow_id IN (${job.workflowId}, regexp_replace(${job.workflowId}, '^[0-9a-f]{10}:', ''))
    )
    SELECT id FROM job
    UNION ALL
    SELECT part.id FROM job JOIN sync_run part ON part.team_id = ${teamId} AND part.parent_id = job.id
    WHERE part.status = 'RUNNING'
    ORDER BY id`;
  for (const { id } of open) {
    await closeRun(tx, { teamId, syncRunId: id, ...ABANDONED });
  }
}

/** Moves the `since` of a job further back, never forward; what it waited for is over. Null moves nothing. */
export async function widenRun(tx: DbTransaction, key: RunKey, since: Date | null): Promise<void> {
  await tx.$executeRaw`
    UPDATE sync_run SET since = least(since, ${since}::timestamptz), waiting_until = NULL, waiting_reason = NULL,
      kind = CASE WHEN ${since}::timestamptz IS NULL THEN kind ELSE 'BACKFILL' END, updated_at = now()
    WHERE team_id = ${key.teamId} AND id = ${key.syncRunId} AND status = 'RUNNING'`;
}

/** Counts a request that belongs to a job and to no page: looking a repository up. */
export async function countRequest(tx: DbTransaction, key: RunKey, points: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE sync_run SET requests = requests + 1, points = points + ${points}, updated_at = now()
    WHERE team_id = ${key.teamId} AND id = ${key.syncRunId}`;
}

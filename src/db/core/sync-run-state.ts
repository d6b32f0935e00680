import type { RunningPart, SyncState } from '../../domain/sync/sync-progress.ts';
import type { SyncWait } from '../../domain/sync/sync-wait.ts';

/** What the sums of a run and its repository syncs say, as the statement below answers it. */
export interface SyncRunSums {
  readonly pages: number;
  readonly requests: number;
  readonly points: number;
  readonly pullRequestsSeen: number;
  readonly pullRequestsStored: number;
  readonly nestedRows: number;
  /** Null until it is known for all repositories. */
  readonly pullRequestsTotal: number | null;
  readonly oldestReachedAt: Date | null;
}

export interface SyncRunStateRow extends SyncRunSums, Omit<SyncState, 'running'> {
  readonly startedAt: Date;
  readonly pausedAt: Date | null;
  readonly waitingUntil: Date | null;
  readonly waitingReason: string | null;
  readonly running: readonly StoredPart[];
}

/** A part as JSON: instants are milliseconds since 1970. */
type StoredPart = {
  readonly [Key in keyof RunningPart]: RunningPart[Key] extends Date
    ? number
    : RunningPart[Key] extends Date | null
      ? number | null
      : RunningPart[Key];
};

function milliseconds(column: string): string {
  return `(extract(epoch FROM ${column}) * 1000)::float8`;
}

const RUNNING_PART = `json_build_object('stage', p.stage, 'pullRequestsSeen', p.pull_requests_seen,
    'pullRequestsTotal', p.pull_requests_total, 'startedAt', ${milliseconds('p.started_at')},
    'since', ${milliseconds('p.since')}, 'oldestReachedAt', ${milliseconds('p.oldest_reached_at')},
    'stageRequests', p.stage_requests)`;

/**
 * The state of sync runs, one row per run; a job has the sums of its repository syncs, of which only those that run are
 * listed. Needs arrays of teams and ids.
 */
export const SYNC_RUN_STATES = `
SELECT wanted.ordinal::integer AS ordinal, coalesce(sum(p.pages), 0)::integer AS pages,
  (coalesce(sum(p.requests), 0) + coalesce(max(job.requests), 0))::integer AS requests,
  (coalesce(sum(p.points), 0) + coalesce(max(job.points), 0))::integer AS points,
  coalesce(sum(p.pull_requests_seen), 0)::integer AS "pullRequestsSeen",
  coalesce(sum(p.pull_requests_stored), 0)::integer AS "pullRequestsStored",
  coalesce(sum(p.nested_rows), 0)::integer AS "nestedRows",
  CASE WHEN count(*) = count(p.pull_requests_total) THEN sum(p.pull_requests_total)::integer END AS "pullRequestsTotal",
  min(p.oldest_reached_at) AS "oldestReachedAt",
  greatest(max(p.waiting_until), max(job.waiting_until)) AS "waitingUntil",
  CASE WHEN max(job.waiting_until) >= max(p.waiting_until) OR max(p.waiting_until) IS NULL THEN max(job.waiting_reason)
    ELSE (array_agg(p.waiting_reason ORDER BY p.waiting_until DESC NULLS LAST))[1] END AS "waitingReason",
  count(job.id) > 0 AS "isJob", coalesce(max(job.status), max(p.status)) <> 'RUNNING' AS "hasEnded",
  coalesce(max(job.started_at), max(p.started_at)) AS "startedAt",
  CASE WHEN count(job.id) > 0 THEN max(job.paused_at) ELSE max(p.paused_at) END AS "pausedAt",
  greatest(max(cardinality(job.planned_repositories)), count(DISTINCT p.repository_id))::integer AS repositories,
  (count(DISTINCT p.repository_id) - count(DISTINCT p.repository_id) FILTER (WHERE p.status = 'RUNNING'))::integer
    AS "repositoriesEnded",
  (count(DISTINCT p.repository_id) - count(DISTINCT p.repository_id)
    FILTER (WHERE p.status IN ('RUNNING', 'COMPLETED', 'PARTIAL')))::integer AS "repositoriesFailed",
  coalesce(max(p.stage), 'PULL_REQUESTS') AS "lastStage",
  coalesce(max(job.shown_before), 0)::float8 AS "shownBefore", coalesce(max(job.work_before), 0)::float8 AS "workBefore",
  coalesce(json_agg(${RUNNING_PART}) FILTER (WHERE p.status = 'RUNNING'), '[]') AS running
FROM unnest($1::text::bigint[], $2::text::bigint[]) WITH ORDINALITY AS wanted(team_id, id, ordinal)
-- A job sends requests of its own, to list the repositories.
LEFT JOIN sync_run job ON job.team_id = wanted.team_id AND job.id = wanted.id AND job.repository_id IS NULL
LEFT JOIN LATERAL (
  SELECT * FROM sync_run part WHERE part.team_id = wanted.team_id AND part.parent_id = wanted.id
  UNION ALL
  SELECT * FROM sync_run own
  WHERE own.team_id = wanted.team_id AND own.id = wanted.id AND own.repository_id IS NOT NULL
) AS p ON true
GROUP BY wanted.ordinal`;

/** The state that a row says, for the functions that measure it. */
export function toSyncState(row: SyncRunStateRow): SyncState {
  return {
    isJob: row.isJob,
    hasEnded: row.hasEnded,
    repositories: row.repositories,
    repositoriesEnded: row.repositoriesEnded,
    repositoriesFailed: row.repositoriesFailed,
    lastStage: row.lastStage,
    shownBefore: row.shownBefore,
    workBefore: row.workBefore,
    running: row.running.map(({ startedAt, since, oldestReachedAt, ...part }) => ({
      ...part,
      startedAt: new Date(startedAt),
      since: new Date(since),
      oldestReachedAt: oldestReachedAt === null ? null : new Date(oldestReachedAt),
    })),
  };
}

/** What the row says that a run waits for at a time; one that has ended waits for nothing. */
export function toSyncWaits(row: SyncRunStateRow, now: Date): SyncWait[] {
  const { hasEnded, pausedAt, waitingUntil, waitingReason } = row;
  if (hasEnded) {
    return [];
  }
  return [
    ...(pausedAt === null ? [] : [{ kind: 'PAUSED' as const, since: pausedAt }]),
    // One that is over stays in the row until the page behind it is stored.
    ...(waitingUntil === null || waitingUntil <= now
      ? []
      : [{ kind: 'GITHUB' as const, until: waitingUntil, reason: waitingReason ?? '' }]),
  ];
}

import type { ReadSession } from './read-source.ts';
import { keyArrays, type RowKey } from './rows-by-key.ts';
import { readPerKey } from './table-rows.ts';

/** Progress of a sync run; for a job, over all its repository syncs. */
export interface SyncRunProgressRow {
  readonly pages: number;
  readonly requests: number;
  readonly points: number;
  readonly pullRequestsSeen: number;
  readonly pullRequestsStored: number;
  readonly nestedRows: number;
  /** Null until it is known for all repositories. */
  readonly pullRequestsTotal: number | null;
  readonly oldestReachedAt: Date | null;
  readonly waitingUntil: Date | null;
  readonly waitingReason: string | null;
  /** Share of the work that is done, 0 to 1; for a job, the mean over its repository syncs. */
  readonly fractionDone: number;
}

const NOTHING: SyncRunProgressRow = {
  pages: 0,
  requests: 0,
  points: 0,
  pullRequestsSeen: 0,
  pullRequestsStored: 0,
  nestedRows: 0,
  pullRequestsTotal: null,
  oldestReachedAt: null,
  waitingUntil: null,
  waitingReason: null,
  fractionDone: 0,
};

// A repository sync ends at its `since` or at its last pull request, whichever comes first, so the larger share counts.
const FRACTION = `CASE WHEN p.status <> 'RUNNING' THEN 1 ELSE least(1, greatest(0,
    p.pull_requests_seen::float8 / nullif(p.pull_requests_total, 0),
    extract(epoch FROM p.started_at - p.oldest_reached_at)::float8
      / nullif(extract(epoch FROM p.started_at - p.since)::float8, 0))) END`;

const PROGRESS = `
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
  coalesce(avg(${FRACTION}) FILTER (WHERE p.id IS NOT NULL), 0)::float8 AS "fractionDone"
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

/** Sums the progress of sync runs, with one statement and one row per run. In the order of `keys`. */
export async function readSyncRunProgress(
  session: ReadSession,
  keys: readonly RowKey[],
): Promise<SyncRunProgressRow[]> {
  const found = await readPerKey<SyncRunProgressRow>(
    session,
    PROGRESS,
    keyArrays(keys),
    keys.length,
  );
  return found.map(([progress = NOTHING]) => progress);
}

/** Identifies a state of a run and its repository syncs. */
export interface SyncRunVersion {
  /** Changes whenever the run or one of its repository syncs changes. */
  readonly version: string;
  readonly status: string;
  /** The job that a repository sync belongs to, otherwise the run itself. Notifications contain this id. */
  readonly rootId: bigint;
}

const VERSION = `
SELECT r.status, coalesce(r.parent_id, r.id) AS "rootId",
  (SELECT md5(string_agg(md5(s::text), '' ORDER BY s.id)) FROM sync_run s
    WHERE s.team_id = r.team_id AND (s.id = r.id OR s.parent_id = r.id)) AS version
FROM sync_run r WHERE r.team_id = $1::text::bigint AND r.id = $2::text::bigint`;

/** Reads the version of a run; null when there is no such run. */
export async function readSyncRunVersion(
  session: ReadSession,
  key: RowKey,
): Promise<SyncRunVersion | null> {
  const rows = await session.query<SyncRunVersion>(VERSION, [String(key.teamId), String(key.id)]);
  return rows[0] ?? null;
}

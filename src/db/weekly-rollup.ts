import { DEFINITION_VERSION } from '../domain/definition-version.ts';
import type { Db } from './client.ts';
import { withTeam } from './team-transaction.ts';

export interface RollUpInput {
  readonly teamId: bigint;
  /** Weeks in one statement, oldest first. */
  readonly maxWeeks: number;
}

export interface RollUpResult {
  readonly weeks: number;
  readonly rowsWritten: number;
  readonly rowsRemoved: number;
  readonly marksConsumed: number;
  /** True when marks of further weeks are left. */
  readonly more: boolean;
}

/** A rollup of many weeks of a large team may take this long. */
const ROLLUP_TIMEOUT_MS = 120_000;

/** Columns of a cell with the expression that computes each from the joined sources; all are sums or counts. */
const CELL_COLUMNS: readonly (readonly [column: string, expression: string])[] = [
  ['pull_requests_opened', 'opened.n'],
  ['pull_requests_merged', 'merged.n'],
  ['pull_requests_closed', 'closed.n'],
  ['cycle_time_seconds', 'merged.cycle_time'],
  ['coding_seconds', 'merged.coding'],
  ['pickup_seconds', 'merged.pickup'],
  ['review_seconds', 'merged.review'],
  ['merge_wait_seconds', 'merged.merge_wait'],
  ['open_to_merge_seconds', 'merged.open_to_merge'],
  ['first_review_seconds', 'merged.first_review'],
  ['first_review_count', 'merged.reviewed'],
  ['sized_count', 'merged.sized'],
  ['additions', 'merged.additions'],
  ['deletions', 'merged.deletions'],
  ['revert_count', 'merged.reverts'],
  ['hotfix_count', 'merged.hotfixes'],
  ['reviews_submitted', 'reviewed.n'],
  ['commits', 'committed.n'],
  ['ai_suggestions_shown', 'usage.shown'],
  ['ai_suggestions_accepted', 'usage.accepted'],
  ['ai_active_days', 'usage.days'],
];

const NAMES = CELL_COLUMNS.map(([name]) => name);
const COMPARED = [...NAMES, 'definition_version'];

/** Whole seconds between two columns; each instant is floored once, as the phases are. */
function secondsBetween(from: string, to: string): string {
  return `floor(extract(epoch FROM ${to}))::bigint - floor(extract(epoch FROM ${from}))::bigint`;
}

/**
 * The range finds rows by an index; the function decides, as for the marks. A range alone would not do: in a zone whose
 * clocks go back to midnight, midnight is twice, and the day begins with the first.
 */
function inWeek(column: string): string {
  return `${column} >= w.from_at AND ${column} < w.to_at
    AND throughline_week_start(${column}, w.time_zone, w.first_day) = w.week`;
}

/**
 * One statement, so one snapshot: it reads marks and facts, writes the cells, removes cells whose activity is gone
 * and deletes exactly the marks that it has read. A mark that is committed later stays for the next call.
 */
const ROLL_UP = `
WITH settings AS MATERIALIZED (
  SELECT id, time_zone, week_start AS first_day, rollup_generation AS generation FROM team WHERE id = $1::bigint
), marks AS MATERIALIZED (
  SELECT week_start, seq FROM rollup_dirty
  WHERE team_id = $1::bigint AND week_start IN (
    SELECT DISTINCT week_start FROM rollup_dirty WHERE team_id = $1::bigint ORDER BY week_start LIMIT $2::integer)
), weeks AS MATERIALIZED (
  SELECT DISTINCT m.week_start AS week, s.time_zone, s.first_day,
    (m.week_start - 1)::timestamp AT TIME ZONE s.time_zone AS from_at,
    (m.week_start + 8)::timestamp AT TIME ZONE s.time_zone AS to_at
  FROM marks m CROSS JOIN settings s
), opened AS (
  SELECT p.author_id AS member_id, w.week, count(*) AS n
  FROM weeks w JOIN pull_request p ON p.team_id = $1::bigint AND ${inWeek('p.created_at')}
  GROUP BY 1, 2
), merged AS (
  SELECT p.author_id AS member_id, w.week, count(*) AS n,
    sum(p.cycle_time_seconds) AS cycle_time, sum(p.coding_seconds) AS coding, sum(p.pickup_seconds) AS pickup,
    sum(p.review_seconds) AS review, sum(p.merge_wait_seconds) AS merge_wait,
    sum(${secondsBetween('p.created_at', 'p.merged_at')}) AS open_to_merge,
    sum(${secondsBetween('p.created_at', 'p.first_review_at')}) AS first_review, count(p.first_review_at) AS reviewed,
    count(p.additions) AS sized, sum(p.additions) AS additions, sum(p.deletions) AS deletions,
    count(*) FILTER (WHERE p.is_revert) AS reverts, count(*) FILTER (WHERE p.is_hotfix) AS hotfixes
  FROM weeks w JOIN pull_request p ON p.team_id = $1::bigint AND ${inWeek('p.merged_at')}
  GROUP BY 1, 2
), closed AS (
  SELECT p.author_id AS member_id, w.week, count(*) AS n
  FROM weeks w JOIN pull_request p ON p.team_id = $1::bigint AND ${inWeek('p.closed_at')}
  WHERE p.merged_at IS NULL
  GROUP BY 1, 2
), reviewed AS (
  SELECT r.reviewer_id AS member_id, w.week, count(*) AS n
  FROM weeks w JOIN review r ON r.team_id = $1::bigint AND ${inWeek('r.submitted_at')}
  JOIN pull_request p ON p.team_id = r.team_id AND p.id = r.pull_request_id AND p.author_id <> r.reviewer_id
  GROUP BY 1, 2
), committed AS (
  SELECT c.author_id AS member_id, w.week, count(DISTINCT c.sha) AS n
  FROM weeks w JOIN commit c ON c.team_id = $1::bigint AND ${inWeek('c.authored_at')}
  WHERE c.author_id IS NOT NULL
  GROUP BY 1, 2
), usage AS (
  SELECT u.member_id, w.week, sum(u.suggestions_shown) AS shown, sum(u.suggestions_accepted) AS accepted,
    count(DISTINCT u.date) FILTER (WHERE u.interactions > 0 OR u.suggestions_shown > 0) AS days
  FROM weeks w JOIN ai_usage_daily u ON u.team_id = $1::bigint AND u.date >= w.week AND u.date < w.week + 7
  GROUP BY 1, 2
), cells AS MATERIALIZED (
  SELECT member_id, week, ${CELL_COLUMNS.map(([name, expression]) => `coalesce(${expression}, 0)::bigint AS ${name}`).join(', ')}
  FROM opened
  FULL JOIN merged USING (member_id, week)
  FULL JOIN closed USING (member_id, week)
  FULL JOIN reviewed USING (member_id, week)
  FULL JOIN committed USING (member_id, week)
  FULL JOIN usage USING (member_id, week)
), removed AS (
  DELETE FROM weekly_metrics m USING settings s, weeks w
  WHERE m.team_id = s.id AND m.generation = s.generation AND m.week_start = w.week
    AND NOT EXISTS (SELECT 1 FROM cells c WHERE c.member_id = m.member_id AND c.week = m.week_start)
  RETURNING 1
), written AS (
  INSERT INTO weekly_metrics AS target (team_id, generation, member_id, week_start, ${NAMES.join(', ')},
    definition_version, computed_at)
  SELECT s.id, s.generation, c.member_id, c.week, ${NAMES.map((name) => `c.${name}`).join(', ')}, $3::text, now()
  FROM cells c CROSS JOIN settings s
  ORDER BY c.member_id, c.week
  ON CONFLICT (team_id, generation, member_id, week_start) DO UPDATE
    SET ${[...COMPARED, 'computed_at'].map((name) => `${name} = EXCLUDED.${name}`).join(', ')}
    WHERE (${COMPARED.map((name) => `target.${name}`).join(', ')})
      IS DISTINCT FROM (${COMPARED.map((name) => `EXCLUDED.${name}`).join(', ')})
  RETURNING 1
), consumed AS (
  DELETE FROM rollup_dirty d USING marks m
  WHERE d.team_id = $1::bigint AND d.week_start = m.week_start AND d.seq = m.seq
  RETURNING 1
)
SELECT (SELECT count(*) FROM weeks)::integer AS weeks, (SELECT count(*) FROM written)::integer AS "rowsWritten",
  (SELECT count(*) FROM removed)::integer AS "rowsRemoved", (SELECT count(*) FROM consumed)::integer AS "marksConsumed",
  EXISTS (SELECT 1 FROM rollup_dirty d WHERE d.team_id = $1::bigint
    AND d.week_start NOT IN (SELECT week FROM weeks)) AS more`;

/**
 * Recomputes the oldest dirty weeks of a team and takes their marks away, in one transaction.
 * Run twice, or killed anywhere, it gives the same rows as run once.
 */
export async function rollUpDirtyWeeks(db: Db, input: RollUpInput): Promise<RollUpResult> {
  return withTeam(
    db,
    input.teamId,
    async (tx) => {
      // Before the statement takes its snapshot: an older snapshot must not overwrite what a newer one has written.
      await tx.$queryRaw`
        SELECT true AS locked FROM (SELECT pg_advisory_xact_lock(hashtextextended('throughline:roll-up:' || ${String(input.teamId)}, 0))) AS l`;
      const [result] = await tx.$queryRawUnsafe<RollUpResult[]>(
        ROLL_UP,
        input.teamId,
        input.maxWeeks,
        DEFINITION_VERSION,
      );
      if (result === undefined) {
        throw new Error('the rollup statement answered no row');
      }
      return result;
    },
    // A team's rollups take turns: the second waits for as long as the first may take.
    { timeoutMs: ROLLUP_TIMEOUT_MS, lockTimeoutMs: ROLLUP_TIMEOUT_MS },
  );
}

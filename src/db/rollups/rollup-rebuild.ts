import { DEFINITION_VERSION } from '../../domain/rollups/definition-version.ts';
import type { CalendarDate, WeekStart } from '../../domain/rollups/week.ts';
import { recordWritten, type AuditRecord, type Written } from '../core/admin-audit.ts';
import type { Db, DbTransaction } from '../core/client.ts';
import { firstRow } from '../core/first-row.ts';
import {
  expectAppliedDefinition,
  expectOwnDefinition,
  type RebuildDefinition,
} from './rebuild-definition.ts';
import { withRollupLock } from './rollup-lock.ts';
import { memberWeekDiffers, WRITE_WEEKS } from './member-week-writes.ts';
import { COMPUTE_WEEKS } from './member-weeks.ts';
import { spanBounds, weekOfDate, weekShift } from './week-bounds.ts';

export type RebuildReason = 'REQUESTED' | 'SETTINGS' | 'DEFINITION';

export interface OpenRebuildInput {
  readonly teamId: bigint;
  readonly workflowId: string;
  readonly workflowRunId: string;
  readonly reason: RebuildReason;
  /** Computes and compares, and writes nothing but its counts. */
  readonly isDryRun: boolean;
  /** First day of the range, in any week; null = from the first week that retention has not removed. */
  readonly from: CalendarDate | null;
  /** First day after the range; null = to the last week with activity. */
  readonly to: CalendarDate | null;
  /** New settings, which the team gets when the rebuild is done; null = as they are. A range with them is refused. */
  readonly timeZone: string | null;
  readonly weekStart: WeekStart | null;
  readonly requestedBy: bigint | null;
}

export interface RebuildKey {
  readonly teamId: bigint;
  readonly rebuildId: bigint;
}

// Of usage that retention has removed only the stored weeks are left.
const ACTIVITY = `
  SELECT throughline_week_start(instant.at, settings.time_zone, settings.first_day) AS week
  FROM (VALUES
    ((SELECT min(created_at) FROM pull_request WHERE team_id = $1)), ((SELECT max(created_at) FROM pull_request WHERE team_id = $1)),
    ((SELECT min(merged_at) FROM pull_request WHERE team_id = $1)), ((SELECT max(merged_at) FROM pull_request WHERE team_id = $1)),
    ((SELECT min(closed_at) FROM pull_request WHERE team_id = $1 AND merged_at IS NULL)),
    ((SELECT max(closed_at) FROM pull_request WHERE team_id = $1 AND merged_at IS NULL)),
    ((SELECT min(submitted_at) FROM review WHERE team_id = $1)), ((SELECT max(submitted_at) FROM review WHERE team_id = $1)),
    ((SELECT min(authored_at) FROM commit WHERE team_id = $1)), ((SELECT max(authored_at) FROM commit WHERE team_id = $1))
  ) AS instant(at)
  UNION ALL
  SELECT ${weekOfDate('day.at', 'settings.first_day')}
  FROM (
    SELECT unnest(ARRAY[min(date), max(date)]) AS at FROM ai_usage_daily WHERE team_id = $1
    UNION ALL SELECT min(week_start) FROM weekly_metrics WHERE team_id = $1 AND generation = settings.read_generation
    UNION ALL SELECT max(week_start) + 6 FROM weekly_metrics WHERE team_id = $1 AND generation = settings.read_generation
  ) AS day`;

// One commit with a wrong clock must not make a rebuild of thousands of years. Weeks outside are computed by their dirty marks.
const EARLIEST = `date '2000-01-01'`;
const LATEST = `((now() + interval '1 week') AT TIME ZONE 'UTC')::date`;

/** A week within the bounds of a rebuild; null stays null. */
function within(week: string, latest: string): string {
  return `CASE WHEN ${week} IS NOT NULL THEN least(greatest(${week}, bounds.earliest), ${latest}) END`;
}

const OPEN = `
WITH settings AS MATERIALIZED (
  SELECT t.rollup_generation AS read_generation, coalesce($8::text, t.time_zone) AS time_zone,
    coalesce($9::text, t.week_start) AS first_day, NOT $5::boolean AND t.rollup_definition <> $11 AS is_whole,
    t.weekly_metrics_retained_from
  FROM team t WHERE t.id = $1
), bounds AS MATERIALIZED (
  SELECT settings.*, ${weekOfDate(EARLIEST, 'settings.first_day')} AS earliest, ${weekOfDate(LATEST, 'settings.first_day')} AS latest,
    ${weekOfDate('settings.weekly_metrics_retained_from', 'settings.first_day')} AS retained_week,
    CASE WHEN NOT settings.is_whole THEN ${weekOfDate('$6::date', 'settings.first_day')} END AS asked_from,
    CASE WHEN NOT settings.is_whole THEN ${weekOfDate('$7::date - 1', 'settings.first_day')} + 7 END AS asked_to
  FROM settings
), asked AS MATERIALIZED (
  SELECT bounds.*, ${within('asked_from', 'latest')} AS from_week,
    ${within('CASE WHEN asked_to IS NOT NULL THEN greatest(asked_to, retained_week) END', 'latest + 7')} AS to_week
  FROM bounds
), range AS MATERIALIZED (
  SELECT bounds.*, coalesce(bounds.from_week, greatest(${within('active.first', 'bounds.latest')}, bounds.retained_week)) AS first,
    coalesce(bounds.to_week, ${within('active.last', 'bounds.latest')} + 7) AS last
  FROM asked AS bounds,
    LATERAL (SELECT min(week) AS first, max(week) AS last FROM settings, LATERAL (${ACTIVITY}) AS a) AS active
)
INSERT INTO rollup_rebuild (team_id, workflow_id, workflow_run_id, reason, is_dry_run, requested_by_id, generation,
  time_zone, week_start, definition_version, from_week, to_week, next_week, weeks_total, started_at, updated_at)
SELECT $1, $2, $3, $4, $5::boolean, $10::bigint,
  CASE WHEN $5::boolean THEN range.read_generation ELSE 1 + greatest(range.read_generation,
    (SELECT max(generation) FROM rollup_rebuild WHERE team_id = $1),
    (SELECT max(generation) FROM weekly_metrics WHERE team_id = $1)) END,
  range.time_zone, range.first_day, $11, range.from_week, range.to_week, range.first,
  greatest(0, coalesce(range.last - range.first, 0) / 7), now(), now()
FROM range
ON CONFLICT (team_id, workflow_id, workflow_run_id) DO UPDATE
  SET requested_by_id = coalesce(rollup_rebuild.requested_by_id, excluded.requested_by_id)
RETURNING id, time_zone AS "timeZone", week_start AS "weekStart", xmax::text = '0' AS "isNew"`;

interface OpenedRow {
  readonly id: bigint;
  readonly timeZone: string;
  readonly weekStart: string;
  readonly isNew: boolean;
}

/**
 * The row of a rebuild: its range in weeks of its own week start, and the generation that it writes. Whoever comes first makes
 * it: the mutation that started the workflow or the workflow itself; the second finds it. A row that an earlier run of
 * the workflow has left open, because it was terminated, is closed. Only who makes the row has something to tell the
 * audit. For a transaction with the lock of the team's rollups.
 *
 * The range ends where weeks are kept from, or later, so that they come back without a gap; it lies between 2000 and a
 * week from now. Of a team whose weeks are of another definition than this code's all weeks are rebuilt, whatever the
 * range: two definitions side by side would be neither. Its definition is applied from the first pull request on, whatever
 * an earlier rebuild has done: workers of an older definition may have written since.
 * @returns id of the row
 */
export async function insertRebuild(
  tx: DbTransaction,
  input: OpenRebuildInput,
): Promise<Written<bigint>> {
  if ((input.from ?? input.to) !== null && (input.timeZone ?? input.weekStart) !== null) {
    throw new Error(
      'a rebuild with other settings covers all weeks: the others would still follow the old settings',
    );
  }
  await tx.$executeRaw`
    UPDATE rollup_rebuild SET status = 'FAILED', error_code = 'ABANDONED', finished_at = now(), updated_at = now(),
      error_message = 'Its workflow was ended from outside: start the rebuild again.'
      WHERE team_id = ${input.teamId} AND workflow_id = ${input.workflowId} AND status = 'RUNNING'
        AND workflow_run_id <> ${input.workflowRunId}`;
  const rows = await tx.$queryRawUnsafe<OpenedRow[]>(
    OPEN,
    input.teamId,
    input.workflowId,
    input.workflowRunId,
    input.reason,
    input.isDryRun,
    input.from,
    input.to,
    input.timeZone,
    input.weekStart,
    input.requestedBy,
    DEFINITION_VERSION,
  );
  const row = firstRow(rows, `team ${input.teamId} is not there: nothing can be rebuilt`);
  return { result: row.id, audit: row.isNew ? await toAudit(tx, input, row) : 'UNCHANGED' };
}

/**
 * As `insertRebuild`, for a job: in a transaction of its own, with its audit.
 * @returns id of the row
 */
export async function openRebuild(db: Db, input: OpenRebuildInput): Promise<bigint> {
  const by = { teamId: input.teamId, actorId: input.requestedBy };
  return withRollupLock(db, input.teamId, async (tx) =>
    recordWritten(tx, by, await insertRebuild(tx, input)),
  );
}

async function toAudit(
  tx: DbTransaction,
  { teamId, reason, isDryRun, from, to }: OpenRebuildInput,
  { id, timeZone, weekStart }: OpenedRow,
): Promise<AuditRecord> {
  if (reason !== 'SETTINGS') {
    return {
      action: 'ROLLUP_REBUILD',
      details: { rebuild: String(id), reason, isDryRun, from, to },
    };
  }
  const before = await tx.team.findUniqueOrThrow({
    where: { id: teamId },
    select: { timeZone: true, weekStart: true },
  });
  return { action: 'TEAM_SETTINGS', details: { before, after: { timeZone, weekStart } } };
}

/** What a chunk did; counts are against the weeks that are read now. */
export interface RebuildStep {
  /** False when the rebuild has been closed meanwhile. */
  readonly isRunning: boolean;
  readonly weeksDone: number;
  readonly weeksTotal: number;
  readonly rowsWritten: number;
  readonly rowsRemoved: number;
}

function rebuildStatement(isDryRun: boolean): string {
  const written = isDryRun ? '0' : '(SELECT count(*) FROM written)::integer';
  const removed = isDryRun ? '0' : '(SELECT count(*) FROM removed)::integer';
  return `
WITH rebuild AS MATERIALIZED (
  SELECT r.generation, r.time_zone, r.week_start AS first_day, t.rollup_generation AS read_generation,
    t.ai_usage_retained_from, ${weekShift('r.week_start', 't.week_start')} AS shift, n.weeks,
    r.next_week AS week, r.next_week + 7 * (n.weeks - 1) AS last_week
  FROM rollup_rebuild r JOIN team t ON t.id = $1::bigint
  CROSS JOIN LATERAL (SELECT least($4::integer, r.weeks_total - r.weeks_done) AS weeks) AS n
  WHERE r.team_id = $1::bigint AND r.id = $3::bigint
), spans AS MATERIALIZED (
  SELECT r.*, ${spanBounds('r.week', 'r.last_week', 'r.time_zone')} FROM rebuild r
), ${COMPUTE_WEEKS}, before AS (
  SELECT m.* FROM spans s JOIN weekly_metrics m ON m.team_id = $1::bigint AND m.generation = s.read_generation
    AND m.week_start >= s.week AND m.week_start <= s.last_week
), difference AS (
  SELECT count(*) FILTER (WHERE b.team_id IS NULL) AS inserted, count(*) FILTER (WHERE c.week IS NULL) AS removed,
    count(*) FILTER (WHERE b.team_id IS NOT NULL AND c.week IS NOT NULL AND ${memberWeekDiffers('b')}) AS updated, count(*) AS member_weeks
  FROM computed c FULL JOIN before b ON b.member_id = c.member_id AND b.week_start = c.week
)${isDryRun ? '' : `, ${WRITE_WEEKS}`}, progress AS (
  UPDATE rollup_rebuild r SET next_week = r.next_week + 7 * n.weeks, weeks_done = r.weeks_done + n.weeks,
    member_weeks_inserted = r.member_weeks_inserted + d.inserted, member_weeks_updated = r.member_weeks_updated + d.updated,
    member_weeks_removed = r.member_weeks_removed + d.removed, updated_at = now(),
    member_weeks_unchanged = r.member_weeks_unchanged + d.member_weeks - d.inserted - d.updated - d.removed
  FROM rebuild n, difference d
  WHERE r.team_id = $1::bigint AND r.id = $3::bigint
  RETURNING r.weeks_done, r.weeks_total
)
SELECT true AS "isRunning", weeks_done AS "weeksDone", weeks_total AS "weeksTotal", ${written} AS "rowsWritten",
  ${removed} AS "rowsRemoved"
FROM progress`;
}

const REBUILD = rebuildStatement(false);
const COMPARE = rebuildStatement(true);

export interface RebuildRow extends RebuildDefinition {
  readonly status: string;
  /** Whether weeks outside its range stay as they are. */
  readonly isPartial: boolean;
  readonly weeksDone: number;
  readonly weeksTotal: number;
}

/** Reads a rebuild, under the lock of the team's rollups. */
export async function readRebuild(tx: DbTransaction, key: RebuildKey): Promise<RebuildRow> {
  const rows = await tx.$queryRaw<RebuildRow[]>`
    SELECT r.status, r.is_dry_run AS "isDryRun", r.from_week IS NOT NULL OR r.to_week IS NOT NULL AS "isPartial",
      r.definition_version AS "definitionVersion", t.rollup_definition AS "rollupDefinition",
      r.definition_applied_at IS NOT NULL AS "isDefinitionApplied",
      r.weeks_done AS "weeksDone", r.weeks_total AS "weeksTotal"
    FROM rollup_rebuild r JOIN team t ON t.id = r.team_id
    WHERE r.team_id = ${key.teamId} AND r.id = ${key.rebuildId}`;
  return firstRow(rows, `rebuild ${key.rebuildId} of team ${key.teamId} is not there`);
}

/**
 * Computes the next weeks of a rebuild with one statement, writes them into its generation (a dry run only counts) and
 * moves its progress, in one transaction. Killed before the commit, the weeks are computed again; killed after it, the
 * next call goes on behind them.
 * @param input maxWeeks bounds the statement
 * @throws as `expectOwnDefinition` and `expectAppliedDefinition` do
 */
export async function rebuildNextWeeks(
  db: Db,
  input: RebuildKey & { readonly maxWeeks: number },
): Promise<RebuildStep> {
  return withRollupLock(db, input.teamId, async (tx) => {
    const rebuild = await readRebuild(tx, input);
    const { status, weeksDone, weeksTotal } = rebuild;
    if (status !== 'RUNNING' || weeksDone >= weeksTotal) {
      const isRunning = status === 'RUNNING';
      return { isRunning, weeksDone, weeksTotal, rowsWritten: 0, rowsRemoved: 0 };
    }
    expectOwnDefinition(rebuild);
    expectAppliedDefinition(rebuild);
    const rows = await tx.$queryRawUnsafe<RebuildStep[]>(
      rebuild.isDryRun ? COMPARE : REBUILD,
      input.teamId,
      DEFINITION_VERSION,
      input.rebuildId,
      input.maxWeeks,
    );
    return firstRow(rows, 'the rebuild statement answered no row');
  });
}

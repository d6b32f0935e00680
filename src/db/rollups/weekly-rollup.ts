import { DEFINITION_VERSION } from '../../domain/rollups/definition-version.ts';
import { addDays } from '../../domain/rollups/week.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import type { Db, DbTransaction } from '../core/client.ts';
import { firstRow } from '../core/first-row.ts';
import { withRollupLock } from './rollup-lock.ts';
import { WRITE_MEMBER_WEEKS, WRITE_WEEKS } from './member-week-writes.ts';
import { COMPUTE_MEMBER_WEEKS, COMPUTE_WEEKS } from './member-weeks.ts';
import { memberWeekBounds, spanBounds, weekOfDate, weekShift } from './week-bounds.ts';

export interface RollUpInput {
  readonly teamId: bigint;
  /** Weeks in one statement, oldest first. */
  readonly maxWeeks: number;
}

export interface RollUpResult {
  readonly weeks: number;
  readonly rowsWritten: number;
  readonly rowsRemoved: number;
  readonly dirtyMarksConsumed: number;
  /** True when dirty marks of further weeks are left. */
  readonly more: boolean;
}

const NOTHING: RollUpResult = {
  weeks: 0,
  rowsWritten: 0,
  rowsRemoved: 0,
  dirtyMarksConsumed: 0,
  more: false,
};

/** Members of a week above which looking each of them up costs more than the week as a whole. */
const MAX_SINGLE_MEMBERS_PER_WEEK = 256;

/** Days between whole weeks that are computed together. */
const MAX_GAP_DAYS = 28;

interface DirtyWeek {
  readonly week: string;
  readonly isWhole: boolean;
}

/**
 * The oldest dirty weeks; none while the code's definition is not the one that is stored or being built: half of the
 * weeks by one definition and half by another would be neither, so the dirty marks wait for the flip.
 */
async function readDirtyWeeks(tx: DbTransaction, input: RollUpInput): Promise<DirtyWeek[]> {
  return tx.$queryRaw<DirtyWeek[]>`
    SELECT d.week_start::text AS week,
      bool_or(d.member_id IS NULL) OR count(DISTINCT d.member_id) > ${MAX_SINGLE_MEMBERS_PER_WEEK} AS "isWhole"
    FROM rollup_dirty d
    WHERE d.team_id = ${input.teamId}
      AND EXISTS (SELECT 1 FROM team t WHERE t.id = ${input.teamId} AND t.rollup_definition = ${DEFINITION_VERSION})
      AND NOT EXISTS (SELECT 1 FROM rollup_rebuild r WHERE r.team_id = ${input.teamId} AND r.status = 'RUNNING'
        AND NOT r.is_dry_run AND r.definition_version <> ${DEFINITION_VERSION})
    GROUP BY d.week_start ORDER BY d.week_start LIMIT ${input.maxWeeks + 1}`;
}

/**
 * What a dirty mark asks for in each generation. In its own generation it is the mark's week. In one with another time
 * zone or week start its facts may lie two days further on either side (from UTC-12 to UTC+14), in up to three weeks: computing one too many does no
 * harm. Weeks that retention has removed stay away: one changed member week would look like the whole week.
 */
function markedMemberWeeks(memberColumn: string): string {
  return `targets AS MATERIALIZED (
  SELECT t.rollup_generation AS generation, t.rollup_generation AS read_generation, t.time_zone,
    t.week_start AS first_day, true AS same_week_settings, 0 AS shift, NULL::date AS from_week, NULL::date AS to_week,
    t.ai_usage_retained_from, t.weekly_metrics_retained_from
  FROM team t WHERE t.id = $1::bigint
  UNION ALL
  SELECT r.generation, t.rollup_generation, r.time_zone, r.week_start,
    r.time_zone = t.time_zone AND r.week_start = t.week_start,
    ${weekShift('r.week_start', 't.week_start')}, r.from_week, r.to_week, t.ai_usage_retained_from,
    least(r.from_week, ${weekOfDate('t.weekly_metrics_retained_from', 'r.week_start')})
  FROM rollup_rebuild r JOIN team t ON t.id = $1::bigint
  WHERE r.team_id = $1::bigint AND r.status = 'RUNNING' AND NOT r.is_dry_run
), dirty_weeks AS MATERIALIZED (
  SELECT DISTINCT t.generation, target.week${memberColumn}
  FROM dirty_marks m CROSS JOIN targets t
  CROSS JOIN LATERAL (
    SELECT m.week_start AS week
    WHERE m.generation = t.generation OR (t.same_week_settings AND m.generation = t.read_generation)
    UNION
    SELECT ${weekOfDate('m.week_start + near.days', 't.first_day')}
    FROM (VALUES (-2), (5), (8)) AS near(days)
    WHERE (m.generation = t.generation OR (t.same_week_settings AND m.generation = t.read_generation)) IS NOT TRUE
  ) AS target
  WHERE (t.from_week IS NULL OR target.week >= t.from_week) AND (t.to_week IS NULL OR target.week < t.to_week)
    AND (t.weekly_metrics_retained_from IS NULL OR target.week >= t.weekly_metrics_retained_from)
)`;
}

const TARGET = 't.generation, t.read_generation, t.time_zone, t.first_day';

const WANTED = `wanted AS MATERIALIZED (
  SELECT ${TARGET}, k.member_id, k.week, ${memberWeekBounds('k.week', 't')} FROM dirty_weeks k JOIN targets t USING (generation)
)`;

const SPANS = `spans AS MATERIALIZED (
  SELECT ${TARGET}, t.shift, t.ai_usage_retained_from, k.week, k.last_week, ${spanBounds('k.week', 'k.last_week', 't.time_zone')}
  FROM (SELECT generation, min(week) AS week, max(week) AS last_week FROM dirty_weeks GROUP BY generation) AS k
  JOIN targets t USING (generation)
)`;

function rollUpStatement(markFilter: string, memberColumn: string, computation: string): string {
  return `
WITH dirty_marks AS MATERIALIZED (
  SELECT week_start, seq, member_id, generation FROM rollup_dirty
  WHERE team_id = $1::bigint AND week_start = ANY ($3::text::date[])${markFilter}
), ${markedMemberWeeks(memberColumn)}, ${computation}, consumed AS (
  DELETE FROM rollup_dirty d USING dirty_marks m
  WHERE d.team_id = $1::bigint AND d.week_start = m.week_start AND d.seq = m.seq
  RETURNING 1
)
SELECT (SELECT count(DISTINCT week_start) FROM dirty_marks)::integer AS weeks,
  (SELECT count(*) FROM written)::integer AS "rowsWritten", (SELECT count(*) FROM removed)::integer AS "rowsRemoved",
  (SELECT count(*) FROM consumed)::integer AS "dirtyMarksConsumed"`;
}

const ROLL_UP_WEEKS = rollUpStatement('', '', `${SPANS}, ${COMPUTE_WEEKS}, ${WRITE_WEEKS}`);
const ROLL_UP_MEMBER_WEEKS = rollUpStatement(
  ' AND member_id IS NOT NULL',
  ', m.member_id',
  `${WANTED}, ${COMPUTE_MEMBER_WEEKS}, ${WRITE_MEMBER_WEEKS}`,
);

/**
 * Whole weeks are computed with all weeks between the first and the last of them, so no long gap is taken along.
 * @returns the first whole weeks that lie near each other, or else all weeks
 */
function chooseWeeks(weeks: readonly DirtyWeek[]): {
  readonly taken: readonly string[];
  readonly isWhole: boolean;
} {
  const whole = weeks.filter(({ isWhole }) => isWhole).map(({ week }) => week);
  if (whole.length === 0) {
    return { taken: weeks.map(({ week }) => week), isWhole: false };
  }
  const gap = whole.findIndex(
    (week, index) => index > 0 && week > addDays(whole[index - 1] ?? week, MAX_GAP_DAYS),
  );
  return { taken: gap === -1 ? whole : whole.slice(0, gap), isWhole: true };
}

/**
 * Recomputes what is dirty in the oldest dirty weeks of a team and deletes the dirty marks, in one transaction: first
 * weeks that are dirty as a whole, else single member weeks. What comes out the same is not touched. While a rebuild
 * runs, its generation is kept up to date as well. Run twice, or killed anywhere, it gives the same rows as run once.
 *
 * One statement, so one snapshot, reads dirty marks and facts, writes member weeks, removes those whose activity is
 * gone and deletes exactly the dirty marks that it has read. One that is committed later stays for the next call.
 */
export async function rollUpDirtyWeeks(db: Db, input: RollUpInput): Promise<RollUpResult> {
  return withRollupLock(db, input.teamId, async (tx) => {
    const found = await readDirtyWeeks(tx, input);
    const weeks = found.slice(0, input.maxWeeks);
    if (weeks.length === 0) {
      return NOTHING;
    }
    const { taken, isWhole } = chooseWeeks(weeks);
    const rows = await tx.$queryRawUnsafe<Omit<RollUpResult, 'more'>[]>(
      isWhole ? ROLL_UP_WEEKS : ROLL_UP_MEMBER_WEEKS,
      input.teamId,
      DEFINITION_VERSION,
      toArrayLiteral(taken),
    );
    const result = firstRow(rows, 'the rollup statement answered no row');
    return { ...result, more: taken.length < found.length };
  });
}

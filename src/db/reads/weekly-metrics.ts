import type { CalendarDate } from '../../domain/rollups/week.ts';
import type { WeeklySums } from '../../domain/rollups/weekly-sums.ts';
import { toArrayLiteral, toIdArray } from '../core/array-literal.ts';
import { MEMBER_WEEK_NUMBERS, weekOfDate } from '../rollups/member-weeks.ts';
import type { ReadSession } from './read-source.ts';
import { readPerKey } from './table-rows.ts';

/** Sums and counts of one week. Each sum of seconds comes with the number of values in it. */
export interface WeekSums extends WeeklySums {
  readonly weekStart: CalendarDate;
  readonly definitionVersion: string;
  readonly computedAt: Date;
}

const SUMS = MEMBER_WEEK_NUMBERS.map((column) => {
  const name = column.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return `sum(w.${column})::bigint AS "${name}"`;
}).join(', ');

const SELECTED = `wanted.ordinal::integer AS "ordinal", w.week_start::text AS "weekStart", ${SUMS},
  min(w.definition_version) AS "definitionVersion", max(w.computed_at) AS "computedAt"`;

const OF_THE_RANGE = `JOIN team t ON t.id = wanted.team_id
JOIN weekly_metrics w ON w.team_id = t.id AND w.generation = t.rollup_generation
  AND w.week_start >= wanted.from_week AND w.week_start < wanted.to_week`;

// People count when they belong to the team. Bots and AI agents count by their kind alone.
const TEAM_WEEKS = `
SELECT ${SELECTED}
FROM unnest($1::text::bigint[], $2::text::date[], $3::text::date[]) WITH ORDINALITY AS wanted(team_id, from_week, to_week, ordinal)
${OF_THE_RANGE}
JOIN member m ON m.team_id = w.team_id AND m.id = w.member_id
WHERE CASE m.kind WHEN 'BOT' THEN $4::boolean WHEN 'AI_AGENT' THEN $5::boolean ELSE $6::boolean OR NOT m.is_external END
GROUP BY wanted.ordinal, w.week_start`;

const MEMBER_WEEKS = `
SELECT ${SELECTED}
FROM unnest($1::text::bigint[], $2::text::date[], $3::text::date[], $4::text::bigint[])
  WITH ORDINALITY AS wanted(team_id, from_week, to_week, member_id, ordinal)
${OF_THE_RANGE} AND w.member_id = wanted.member_id
GROUP BY wanted.ordinal, w.week_start`;

/** A half-open range of weeks; both ends are the first day of a week. */
export interface WeekRangeKey {
  readonly teamId: bigint;
  readonly fromWeek: CalendarDate;
  readonly toWeek: CalendarDate;
}

export interface MemberWeekRangeKey extends WeekRangeKey {
  readonly memberId: bigint;
}

/** Who counts in addition to the team's own people. */
export interface Population {
  readonly includeBots: boolean;
  readonly includeAiAgents: boolean;
  readonly includeExternal: boolean;
}

function readWeeks<Found>(
  session: ReadSession,
  text: string,
  keys: readonly WeekRangeKey[],
  others: readonly unknown[] = [],
): Promise<Found[][]> {
  const values = [
    toIdArray(keys.map((key) => key.teamId)),
    toArrayLiteral(keys.map((key) => key.fromWeek)),
    toArrayLiteral(keys.map((key) => key.toWeek)),
    ...others,
  ];
  return readPerKey(session, text, values, keys.length);
}

/** Weeks of teams that have rows in the current generation, unordered, with one statement. */
export function readTeamWeeks(
  session: ReadSession,
  keys: readonly WeekRangeKey[],
  population: Population,
): Promise<WeekSums[][]> {
  const { includeBots, includeAiAgents, includeExternal } = population;
  return readWeeks(session, TEAM_WEEKS, keys, [includeBots, includeAiAgents, includeExternal]);
}

/** Weeks of members that have a row in the current generation, unordered, with one statement. */
export function readMemberWeeks(
  session: ReadSession,
  keys: readonly MemberWeekRangeKey[],
): Promise<WeekSums[][]> {
  return readWeeks(session, MEMBER_WEEKS, keys, [toIdArray(keys.map((key) => key.memberId))]);
}

/** What is known about a range of weeks in addition to its metrics. */
export interface WeekRangeState {
  /** Weeks whose data has changed since they were rolled up. */
  readonly staleWeeks: readonly CalendarDate[];
  /** First day from which every repository is synced; null while one has never been synced completely. */
  readonly syncedFrom: CalendarDate | null;
}

// A repository that is gone or empty cannot make a week incomplete. A dirty mark of another generation has another time
// zone or week start, so its data may belong to any of the weeks around it, as in the rollup.
const RANGE_STATE = `
SELECT wanted.ordinal::integer AS ordinal,
  ARRAY(
    SELECT DISTINCT target.week::text
    FROM (SELECT DISTINCT d.week_start, d.generation FROM rollup_dirty d WHERE d.team_id = t.id
      AND d.week_start >= wanted.from_week - 14 AND d.week_start < wanted.to_week + 14) AS dirty_mark
    CROSS JOIN LATERAL (
      SELECT dirty_mark.week_start AS week WHERE dirty_mark.generation = t.rollup_generation
      UNION ALL
      SELECT ${weekOfDate('dirty_mark.week_start + near.days', 't.week_start')} FROM (VALUES (-2), (5), (8)) AS near(days)
      WHERE dirty_mark.generation IS DISTINCT FROM t.rollup_generation
    ) AS target
    WHERE target.week >= wanted.from_week AND target.week < wanted.to_week) AS "staleWeeks",
  (SELECT CASE WHEN count(*) = count(r.complete_from)
      THEN (((max(r.complete_from) - interval '1 millisecond') AT TIME ZONE t.time_zone)::date + 1)::text END
    FROM repository r WHERE r.team_id = t.id AND r.sync_state IN ('PENDING', 'ACTIVE')) AS "syncedFrom"
FROM unnest($1::text::bigint[], $2::text::date[], $3::text::date[]) WITH ORDINALITY AS wanted(team_id, from_week, to_week, ordinal)
JOIN team t ON t.id = wanted.team_id`;

/** Reads what is known about ranges of weeks, one row per range, with one statement. In the order of `keys`. */
export async function readWeekRangeStates(
  session: ReadSession,
  keys: readonly WeekRangeKey[],
): Promise<WeekRangeState[]> {
  const found = await readWeeks<WeekRangeState>(session, RANGE_STATE, keys);
  return found.map(([state = { staleWeeks: [], syncedFrom: null }]) => state);
}

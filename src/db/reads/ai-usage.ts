import type { AiUsageActivity, AiUsageSource } from '../../domain/usage/ai-usage.ts';
import type { CalendarDate } from '../../domain/rollups/week.ts';
import { IS_EXTERNAL } from '../members/member-external.ts';
import { IS_USE } from '../rollups/member-weeks.ts';
import { ACTIVITY_SUMS, type DayRange } from './ai-usage-sources.ts';
import { toIdArray } from '../core/array-literal.ts';
import type { ReadSession } from './read-source.ts';
import { keyArrays, type RowKey, type TeamKey } from './rows-by-key.ts';
import { readPerKey } from './table-rows.ts';

/** Usage of one tool by members, summed over a day or a week. */
export interface UsageRow extends AiUsageActivity<bigint> {
  /** The UTC day, or the first day of the week. */
  readonly start: CalendarDate;
  readonly tool: AiUsageSource;
  /** Sums of what sources say; null when none says. */
  readonly activeHours: number | null;
  readonly credits: number | null;
  /** Members who used it, by the same rule as in weekly metrics. */
  readonly activeMembers: number;
}

export interface UsageRequest extends DayRange {
  readonly grouping: 'DAY' | 'WEEK';
}

export interface TeamUsageRequest extends UsageRequest {
  readonly includeExternal: boolean;
}

const SUMS = `u.source AS tool, ${ACTIVITY_SUMS}, sum(u.active_hours)::float8 AS "activeHours",
  sum(u.credits)::float8 AS credits,
  (count(DISTINCT u.member_id) FILTER (WHERE ${IS_USE}))::integer AS "activeMembers"`;

// The tool reports UTC days, and weeks are made of these days without regard to the time zone of the team.
const START = `CASE $3::text WHEN 'DAY' THEN u.date
    ELSE throughline_week_start(u.date::timestamp AT TIME ZONE 'UTC', 'UTC', t.week_start) END`;

const OF_TEAM = `
SELECT u.team_id AS "teamId", (${START})::text AS start, ${SUMS}
FROM team t
JOIN ai_usage_daily u ON u.team_id = t.id AND u.date >= $1::text::date AND u.date < $2::text::date
JOIN member m ON m.team_id = u.team_id AND m.id = u.member_id
WHERE t.id = ANY ($4::text::bigint[]) AND m.kind <> 'BOT' AND ($5::boolean OR NOT ${IS_EXTERNAL})
GROUP BY u.team_id, ${START}, u.source HAVING bool_or(${IS_USE})
ORDER BY u.team_id, 2, u.source`;

const OF_MEMBER = `
SELECT wanted.ordinal::integer AS ordinal, (${START})::text AS start, ${SUMS}
FROM unnest($4::text::bigint[], $5::text::bigint[]) WITH ORDINALITY AS wanted(team_id, member_id, ordinal)
JOIN team t ON t.id = wanted.team_id
JOIN ai_usage_daily u ON u.team_id = wanted.team_id AND u.member_id = wanted.member_id
  AND u.date >= $1::text::date AND u.date < $2::text::date
GROUP BY wanted.ordinal, ${START}, u.source HAVING bool_or(${IS_USE})
ORDER BY wanted.ordinal, 2, u.source`;

/** Sums the usage of the people and AI agents of teams, oldest first, with one statement. In the order of `keys`. */
export async function readTeamAiUsage(
  session: ReadSession,
  keys: readonly TeamKey[],
  request: TeamUsageRequest,
): Promise<UsageRow[][]> {
  const rows = await session.query<UsageRow & { teamId: bigint }>(OF_TEAM, [
    request.from,
    request.to,
    request.grouping,
    toIdArray(keys.map((key) => key.teamId)),
    request.includeExternal,
  ]);
  return keys.map((key) => rows.filter((row) => row.teamId === key.teamId));
}

/** Sums the usage of members, oldest first, with one statement. In the order of `keys`. */
export function readMemberAiUsage(
  session: ReadSession,
  keys: readonly RowKey[],
  request: UsageRequest,
): Promise<UsageRow[][]> {
  const values = [request.from, request.to, request.grouping, ...keyArrays(keys)];
  return readPerKey<UsageRow>(session, OF_MEMBER, values, keys.length);
}

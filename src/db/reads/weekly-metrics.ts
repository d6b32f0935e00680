import type { CalendarDate } from '../../domain/rollups/week.ts';
import type { WeeklySums } from '../../domain/rollups/weekly-sums.ts';
import { toArrayLiteral, toIdArray } from '../core/array-literal.ts';
import { IS_EXTERNAL } from '../members/member-external.ts';
import { MEMBER_WEEK_NUMBERS, MERGED_NUMBERS, REVIEWED_IDS } from '../rollups/member-weeks.ts';
import { machineColumn } from '../rollups/merged-sums.ts';
import { weekOfDate } from '../rollups/week-bounds.ts';
import type { ReadSession } from './read-source.ts';
import { readPerKey } from './table-rows.ts';

/** Sums and counts of one week. Each sum of seconds comes with the number of values in it. */
export interface WeekSums extends WeeklySums {
  readonly weekStart: CalendarDate;
  readonly definitionVersion: string;
  readonly computedAt: Date;
}

const nameOf = (column: string): keyof WeeklySums =>
  column.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()) as keyof WeeklySums;

const NAMES = MEMBER_WEEK_NUMBERS.map((column) => ({ column, name: nameOf(column) }));

/** Columns with the part of a number that bots and AI agents merged, by the name of the number. */
const MACHINE_COLUMNS = new Map(
  MERGED_NUMBERS.map((column) => [nameOf(column), machineColumn(column)]),
);

const SUMS = NAMES.map(({ column, name }) => `sum(w.${column})::bigint AS "${name}"`).join(', ');

const SELECTED = `wanted.ordinal::integer AS "ordinal", w.week_start::text AS "weekStart", ${SUMS},
  min(w.definition_version) AS "definitionVersion", max(w.computed_at) AS "computedAt"`;

const OF_THE_RANGE = `JOIN team t ON t.id = wanted.team_id
JOIN weekly_metrics w ON w.team_id = t.id AND w.generation = t.rollup_generation
  AND w.week_start >= wanted.from_week AND w.week_start < wanted.to_week`;

/**
 * Why work is left out. Bots and AI agents are no people, so that they are never external. What bots and AI agents merged
 * of the pull requests of AI agents is left out apart from the rest of their work.
 */
export type Exclusion = 'EXTERNAL' | 'BOT' | 'AI_AGENT' | 'MERGED_BY_MACHINE';

/** The group of a member `m`: one that may be left out, or the team's own people. */
const GROUP = `CASE WHEN m.kind IN ('BOT', 'AI_AGENT') THEN m.kind WHEN ${IS_EXTERNAL} THEN 'EXTERNAL' ELSE 'TEAM' END`;

// A row a week and group, so that what is left out is known beside what counts.
const TEAM_WEEKS = `
SELECT ${SELECTED}, ${GROUP} AS "group", count(*)::integer AS members,
  count(*) FILTER (WHERE w.pull_requests_merged_elsewhere > 0)::integer AS "membersElsewhere",
  ${[...MACHINE_COLUMNS].map(([name, column]) => `coalesce(sum(w.${column}), 0)::bigint AS "by machine ${name}"`).join(', ')},
  count(w.${machineColumn('pull_requests_merged')})::integer AS "machineMembers"
FROM unnest($1::text::bigint[], $2::text::date[], $3::text::date[]) WITH ORDINALITY AS wanted(team_id, from_week, to_week, ordinal)
${OF_THE_RANGE}
JOIN member m ON m.team_id = w.team_id AND m.id = w.member_id
GROUP BY wanted.ordinal, w.week_start, ${GROUP}`;

// Of the rows whose reviews are summed, so that the two agree: two who reviewed one pull request have reviewed one. Rows of
// an older definition have no ids: until they are computed anew, the numbers of their members are added up.
const REVIEWED_PULL_REQUESTS = `
SELECT wanted.ordinal::integer AS ordinal, w.week_start::text AS "weekStart", count(DISTINCT reviewed.id)
    + coalesce(sum(w.reviewed_pull_requests) FILTER (WHERE cardinality(w.${REVIEWED_IDS}) = 0), 0)::bigint AS count
FROM unnest($1::text::bigint[], $2::text::date[], $3::text::date[]) WITH ORDINALITY AS wanted(team_id, from_week, to_week, ordinal)
${OF_THE_RANGE}
JOIN member m ON m.team_id = w.team_id AND m.id = w.member_id
LEFT JOIN LATERAL unnest(w.${REVIEWED_IDS}) AS reviewed(id) ON true
WHERE ${GROUP} = ANY ($4::text::text[])
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
  /** Pull requests of AI agents that bots and AI agents merged too. Without the agents it says nothing. */
  readonly includeMergedByMachines: boolean;
  readonly includeExternal: boolean;
}

/** The work of a group of members that is left out of a week. */
export interface ExcludedSums extends WeeklySums {
  readonly reason: Exclusion;
  /** Members of the group that were active in the week. */
  readonly members: number;
}

/** One week of a team: what counts, and what is left out. */
export interface TeamWeek {
  readonly weekStart: CalendarDate;
  /** Undefined where nobody who counts was active. */
  readonly sums: WeekSums | undefined;
  readonly excluded: readonly ExcludedSums[];
  /** Members, of any group, who merged into branches that do not count. */
  readonly membersElsewhere: number;
}

interface GroupRow extends WeekSums {
  readonly group: Exclusion | 'TEAM';
  readonly members: number;
  readonly membersElsewhere: number;
}

type FoundRow = GroupRow & { readonly machineMembers: number } & Readonly<
    Record<`by machine ${keyof WeeklySums}`, bigint | undefined>
  >;

/** A group's work; that of AI agents in two parts where bots and AI agents merged some of it. */
function splitByMerger(found: FoundRow, population: Population): GroupRow[] {
  const { group, machineMembers } = found;
  if (group !== 'AI_AGENT' || machineMembers === 0 || !population.includeAiAgents) {
    return [found];
  }
  const merged = (name: keyof WeeklySums): bigint => found[`by machine ${name}`] ?? 0n;
  const withSums = (sumOf: (name: keyof WeeklySums) => bigint): GroupRow => ({
    ...found,
    ...Object.fromEntries(NAMES.map(({ name }) => [name, sumOf(name)])),
  });
  return [
    withSums((name) => found[name] - merged(name)),
    // What they merged elsewhere is told with the other part.
    {
      ...withSums(merged),
      group: 'MERGED_BY_MACHINE',
      members: machineMembers,
      membersElsewhere: 0,
    },
  ];
}

/** The groups that count. */
function groupsOf(population: Population): (Exclusion | 'TEAM')[] {
  return [
    'TEAM',
    ...(population.includeExternal ? (['EXTERNAL'] as const) : []),
    ...(population.includeBots ? (['BOT'] as const) : []),
    ...(population.includeAiAgents ? (['AI_AGENT'] as const) : []),
    ...(population.includeMergedByMachines ? (['MERGED_BY_MACHINE'] as const) : []),
  ];
}

function addUp(rows: readonly GroupRow[]): WeekSums | undefined {
  return rows.reduce<WeekSums | undefined>((sum, row) => {
    if (sum === undefined) {
      return row;
    }
    const numbers = NAMES.map(({ name }) => [name, sum[name] + row[name]] as const);
    return {
      ...(Object.fromEntries(numbers) as unknown as WeeklySums),
      weekStart: row.weekStart,
      definitionVersion:
        row.definitionVersion < sum.definitionVersion
          ? row.definitionVersion
          : sum.definitionVersion,
      computedAt: row.computedAt > sum.computedAt ? row.computedAt : sum.computedAt,
    };
  }, undefined);
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
export async function readTeamWeeks(
  session: ReadSession,
  keys: readonly WeekRangeKey[],
  population: Population,
): Promise<TeamWeek[][]> {
  const counted = new Set<string>(groupsOf(population));
  const found = await readWeeks<FoundRow>(session, TEAM_WEEKS, keys);
  return found.map((rows) => {
    const byWeek = new Map<CalendarDate, GroupRow[]>();
    for (const row of rows.flatMap((one) => splitByMerger(one, population))) {
      byWeek.set(row.weekStart, [...(byWeek.get(row.weekStart) ?? []), row]);
    }
    return [...byWeek].map(([weekStart, groups]) => ({
      weekStart,
      sums: addUp(groups.filter(({ group }) => counted.has(group))),
      excluded: groups.flatMap(({ group, ...sums }) =>
        group === 'TEAM' || counted.has(group) ? [] : [{ ...sums, reason: group }],
      ),
      membersElsewhere: groups.reduce((sum, { membersElsewhere }) => sum + membersElsewhere, 0),
    }));
  });
}

/** How many pull requests were reviewed in a week. */
export interface ReviewedWeek {
  readonly weekStart: CalendarDate;
  readonly count: bigint;
}

/** Distinct pull requests that those who count have reviewed, by weeks that have any, unordered, with one statement. */
export function readReviewedPullRequests(
  session: ReadSession,
  keys: readonly WeekRangeKey[],
  population: Population,
): Promise<ReviewedWeek[][]> {
  const groups = toArrayLiteral(groupsOf(population));
  return readWeeks(session, REVIEWED_PULL_REQUESTS, keys, [groups]);
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

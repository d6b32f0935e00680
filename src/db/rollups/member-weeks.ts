import { BY_MACHINE, machineColumn, SUMMED_MERGES } from './merged-sums.ts';

/** SQL: whether a row `u` of ai_usage_daily says that the member used the tool that day: by any number, or its source. */
export const IS_USE = `(u.marked_used OR u.interactions > 0 OR u.suggestions_shown > 0 OR u.suggestions_accepted > 0
      OR u.lines_suggested > 0 OR u.lines_accepted > 0 OR u.credits > 0 OR u.active_hours > 0)`;

/**
 * The SQL that computes member weeks from facts. `$1` is the team. Statements put it behind a CTE that says what is
 * asked for: `wanted` has a row a member week (generation, read_generation, time_zone, first_day, member_id, week, and
 * what `memberWeekBounds` gives), `spans` a row a range of whole weeks (generation, read_generation, first_day, time_zone,
 * shift, ai_usage_retained_from, week, last_week, and what `spanBounds` gives).
 */

/**
 * Columns of a member week with the expression that computes each from the joined sources; all are sums or counts. Usage of a
 * week is never less than what was counted while all of its days were there.
 */
const MEMBER_WEEK_COLUMNS: readonly (readonly [column: string, expression: string])[] = [
  ['pull_requests_opened', 'opened.n'],
  ['pull_requests_merged', 'merged.counted'],
  ['pull_requests_closed', 'closed.n'],
  ['pull_requests_merged_elsewhere', 'merged.n - merged.counted'],
  ['elsewhere_reviewed_count', 'merged.elsewhere_reviewed'],
  ['elsewhere_revert_count', 'merged.elsewhere_reverts'],
  ['elsewhere_hotfix_count', 'merged.elsewhere_hotfixes'],
  ['cycle_time_seconds', 'merged.cycle_time'],
  ['coding_seconds', 'merged.coding'],
  ['pickup_seconds', 'merged.pickup'],
  ['review_seconds', 'merged.review'],
  ['merge_wait_seconds', 'merged.merge_wait'],
  ['open_to_merge_seconds', 'merged.open_to_merge'],
  ['first_review_seconds', 'merged.first_review'],
  ['first_review_count', 'merged.reviewed'],
  ['sized_count', 'merged.sized'],
  ['anomaly_count', 'merged.anomalies'],
  ['anomaly_reviewed_count', 'merged.anomalies_reviewed'],
  ['additions', 'merged.additions'],
  ['deletions', 'merged.deletions'],
  ['revert_count', 'merged.reverts'],
  ['hotfix_count', 'merged.hotfixes'],
  ['reviews_submitted', 'reviewed.n'],
  ['reviewed_pull_requests', 'cardinality(reviewed.ids)'],
  ['commits', 'committed.n'],
  ['ai_suggestions_shown', 'greatest(used.shown, retained.shown)'],
  ['ai_suggestions_accepted', 'greatest(used.accepted, retained.accepted)'],
  ['ai_active_days', 'greatest(used.n, retained.n)'],
];

/** The columns that hold its numbers. */
export const MEMBER_WEEK_NUMBERS: readonly string[] = MEMBER_WEEK_COLUMNS.map(([name]) => name);

const MERGED_COLUMNS = MEMBER_WEEK_COLUMNS.filter(([, value]) =>
  /^merged\.(?!elsewhere)\w+$/.test(value),
);

/**
 * Numbers of merged pull requests: beside each stands the part that bots and AI agents merged (`machineColumn`). What went
 * elsewhere counts for nobody, whoever merged it.
 */
export const MERGED_NUMBERS: readonly string[] = MERGED_COLUMNS.map(([name]) => name);

const MACHINE_COLUMNS = MERGED_COLUMNS.map(
  ([name, value]) =>
    [machineColumn(name), value.replace(/\w+$/, (sum) => machineColumn(sum))] as const,
);

/** The column with the ids of what a member reviewed in the week, in order: numbers of members do not tell that of a team. */
export const REVIEWED_IDS = 'reviewed_pull_request_ids';

/** All columns that are computed. */
export const MEMBER_WEEK_VALUES: readonly string[] = [
  ...MEMBER_WEEK_NUMBERS,
  ...MACHINE_COLUMNS.map(([name]) => name),
  REVIEWED_IDS,
];

/** Facts that make up a part of a member week. */
interface FactSource {
  readonly name: string;
  /** The table with its alias. */
  readonly table: string;
  readonly member: string;
  /** The instant or the date that decides on the week. */
  readonly at: string;
  /** What the sums use beside the columns of the table; worked out once for each row. */
  readonly column?: string;
  /** Which of its rows count at all. */
  readonly where: string;
  /** `n` is above zero where there is anything. */
  readonly sums: string;
}

/** Pull requests whose lists are not all read, or that are gone from GitHub, count nowhere. */
const COUNTS = 'p.complete AND p.deleted_at IS NULL';

/** Sources whose rows have an instant. */
const INSTANTS: readonly FactSource[] = [
  {
    name: 'opened',
    table: 'pull_request p',
    member: 'p.author_id',
    at: 'p.created_at',
    where: COUNTS,
    sums: 'count(*) AS n',
  },
  {
    name: 'merged',
    table: 'pull_request p',
    member: 'p.author_id',
    at: 'p.merged_at',
    where: COUNTS,
    column: BY_MACHINE,
    sums: `count(*) AS n, ${SUMMED_MERGES}`,
  },
  {
    name: 'closed',
    table: 'pull_request p',
    member: 'p.author_id',
    at: 'p.closed_at',
    where: `p.merged_at IS NULL AND ${COUNTS}`,
    sums: 'count(*) AS n',
  },
  {
    name: 'reviewed',
    table: 'review r',
    member: 'r.reviewer_id',
    at: 'r.submitted_at',
    where: `r.reviewer_id <> (SELECT p.author_id FROM pull_request p WHERE p.team_id = $1::bigint AND p.id = r.pull_request_id AND ${COUNTS})`,
    sums: 'count(*) AS n, array_agg(DISTINCT r.pull_request_id) AS ids',
  },
  {
    name: 'committed',
    table: 'commit c',
    member: 'c.author_id',
    at: 'c.authored_at',
    // The few that do not count are looked up once, not the pull request of each commit.
    where: `c.author_id IS NOT NULL AND c.pull_request_id NOT IN
      (SELECT p.id FROM pull_request p WHERE p.team_id = $1::bigint AND (NOT p.complete OR p.deleted_at IS NOT NULL))`,
    sums: 'count(DISTINCT c.sha) AS n',
  },
];

/** A source whose rows have a date, which no zone shifts. */
interface DatedSource extends Omit<FactSource, 'at'> {
  /** Which rows belong to a wanted member week `w`. */
  readonly inMemberWeek: string;
  /** Which rows belong to a span `s` of weeks, and to which of them. */
  readonly inSpan: string;
  readonly weekInSpan: string;
}

const DATES: readonly DatedSource[] = [
  {
    name: 'used',
    table: 'ai_usage_daily u',
    member: 'u.member_id',
    inMemberWeek: 'u.date >= w.week AND u.date < w.week + 7',
    inSpan: 'u.date >= s.week AND u.date < s.last_week + 7',
    weekInSpan: 's.week + (u.date - s.week) / 7 * 7',
    where: IS_USE,
    sums: `count(DISTINCT u.date) AS n, sum(u.suggestions_shown) AS shown, sum(u.suggestions_accepted) AS accepted`,
  },
  {
    // What stands in a week whose days of usage retention has removed.
    name: 'retained',
    table: 'weekly_metrics k',
    member: 'k.member_id',
    inMemberWeek: 'k.generation = w.read_generation AND k.week_start = w.retained_week',
    inSpan: `k.generation = s.read_generation AND k.week_start >= s.week + s.shift
      AND k.week_start <= s.last_week + s.shift AND k.week_start < s.ai_usage_retained_from`,
    weekInSpan: 'k.week_start - s.shift',
    where: 'k.ai_active_days > 0',
    sums: `sum(k.ai_active_days) AS n, sum(k.ai_suggestions_shown) AS shown, sum(k.ai_suggestions_accepted) AS accepted`,
  },
];

function aliasOf(table: string): string {
  return table.replace(/^.* /, '');
}

function columnsOf({ table, column }: FactSource): string {
  return [`${aliasOf(table)}.*`, ...(column === undefined ? [] : [column])].join(', ');
}

/**
 * All rows of a span, each in its week. The range finds them by the index by time; the function decides, as for the
 * dirty marks. A range alone would not do: where clocks go back to midnight, midnight comes twice, and the day begins
 * with the first.
 */
function instantsInSpan(source: FactSource): string {
  const { name, table, member, at, where, sums } = source;
  const alias = aliasOf(table);
  // OFFSET keeps the week from being worked out again wherever it is named.
  return `${name} AS (
  SELECT ${alias}.generation, ${member} AS member_id, ${alias}.row_week AS week, ${sums}
  FROM (
    SELECT ${columnsOf(source)}, s.generation, s.week AS first_week, s.last_week,
      throughline_week_start(${at}, s.time_zone, s.first_day) AS row_week
    FROM spans s JOIN ${table} ON ${alias}.team_id = $1::bigint AND ${at} >= s.from_at AND ${at} < s.to_at
    WHERE ${where} OFFSET 0
  ) AS ${alias}
  WHERE ${alias}.row_week BETWEEN ${alias}.first_week AND ${alias}.last_week
  GROUP BY 1, 2, 3
)`;
}

function datesInSpan(source: DatedSource): string {
  const { name, table, member, inSpan, weekInSpan, where, sums } = source;
  return `${name} AS (
  SELECT s.generation, ${member} AS member_id, ${weekInSpan} AS week, ${sums}
  FROM spans s JOIN ${table} ON ${aliasOf(table)}.team_id = $1::bigint AND ${inSpan}
  WHERE ${where}
  GROUP BY 1, 2, 3
)`;
}

// The upper bound is a pair, which the indexes by time alone cannot use: to the planner, a short range of any of them
// looks as good for one member week as the index by member and time, and is not.
function instantsInMemberWeek(source: FactSource): string {
  const { name, table, member, at, where, sums } = source;
  const alias = aliasOf(table);
  return `CROSS JOIN LATERAL (
    SELECT ${sums}
    FROM (
      SELECT ${columnsOf(source)} FROM ${table}
      WHERE ${alias}.team_id = $1::bigint AND ${member} = w.member_id
        AND ${at} >= w.from_at AND (${member}, ${at}) < (w.member_id, w.to_at)
        AND throughline_week_start(${at}, w.time_zone, w.first_day) = w.week AND ${where}
      ORDER BY ${at}
    ) AS ${alias}
  ) AS ${name}`;
}

function datesInMemberWeek({
  name,
  table,
  member,
  inMemberWeek,
  where,
  sums,
}: DatedSource): string {
  return `CROSS JOIN LATERAL (
    SELECT ${sums} FROM ${table}
    WHERE ${aliasOf(table)}.team_id = $1::bigint AND ${member} = w.member_id AND ${inMemberWeek} AND ${where}
  ) AS ${name}`;
}

const VALUES = [
  ...MEMBER_WEEK_COLUMNS.map(([name, value]) => `coalesce(${value}, 0)::bigint AS ${name}`),
  ...MACHINE_COLUMNS.map(([name, value]) => `nullif(${value}, 0)::bigint AS ${name}`),
  `coalesce(reviewed.ids, '{}') AS ${REVIEWED_IDS}`,
].join(', ');

const STORED = `SELECT m.ctid AS tid, m.generation, m.member_id, m.week_start AS week,
    ${MEMBER_WEEK_VALUES.map((name) => `m.${name}`).join(', ')}, m.definition_version
  FROM`;

const [FIRST, ...OTHERS] = [...INSTANTS, ...DATES].map(({ name }) => name);

/**
 * CTEs that compute the weeks of `spans` for all members as `computed`, and read what is stored of them as `stored`.
 * Each table is read once, by its index by time.
 */
export const COMPUTE_WEEKS = `${[...INSTANTS.map(instantsInSpan), ...DATES.map(datesInSpan)].join(', ')}, computed AS MATERIALIZED (
  SELECT generation, member_id, week, ${VALUES}
  FROM ${FIRST}
  ${OTHERS.map((name) => `FULL JOIN ${name} USING (generation, member_id, week)`).join(' ')}
), stored AS MATERIALIZED (
  ${STORED} spans s JOIN weekly_metrics m ON m.team_id = $1::bigint AND m.generation = s.generation
    AND m.week_start >= s.week AND m.week_start <= s.last_week
)`;

/**
 * CTEs that compute the member weeks of `wanted` as `computed`, and read what is stored of them as `stored`. Each one
 * is a look-up in the indexes by member and time, however many the planner expects: the step costs what changed, not
 * what there is.
 */
export const COMPUTE_MEMBER_WEEKS = `computed AS MATERIALIZED (
  SELECT w.generation, w.member_id, w.week, ${VALUES}
  FROM wanted w
  ${[...INSTANTS.map(instantsInMemberWeek), ...DATES.map(datesInMemberWeek)].join(' ')}
  WHERE ${[FIRST, ...OTHERS].map((name) => `coalesce(${name}.n, 0)`).join(' + ')} > 0
), stored AS MATERIALIZED (
  SELECT s.* FROM wanted w CROSS JOIN LATERAL (
    ${STORED} weekly_metrics m
    WHERE m.team_id = $1::bigint AND m.generation = w.generation AND m.member_id = w.member_id AND m.week_start = w.week
    OFFSET 0
  ) AS s
)`;

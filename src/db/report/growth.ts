import { formatBytes, formatCount } from '../../domain/core/quantities.ts';
import { defineSection, fine, look, type Finding } from './section.ts';
import { scalingTierOf, serverTierOf } from './tiers.ts';

/** What the installation holds, counted. */
export interface Installation {
  readonly teams: number;
  readonly pullRequests: number;
  /** Pull requests with everything that belongs to them. */
  readonly pullRequestBytes: number;
  /** Opened within the last year. */
  readonly pullRequestsLastYear: number;
  readonly usageRows: number;
  readonly usageBytes: number;
  readonly usageRowsLast30Days: number;
  /** Members with usage within the last 30 days. */
  readonly usageMembers: number;
  readonly databaseBytes: number;
  readonly sharedBuffersBytes: number;
}

/** A figure beside what the seeds planned for it. */
export interface GrowthFigure {
  readonly what: string;
  readonly measured: string;
  readonly planned: string;
  readonly installation: Installation;
}

const relation = (...tables: readonly string[]): string =>
  tables
    .map(
      (table) => `(SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('${table}'))`,
    )
    .join(' + ');

const INSTALLATION = `
WITH recent AS MATERIALIZED (
  SELECT team_id, member_id, count(*) AS rows FROM ai_usage_daily
  WHERE date > $1::date - 30 AND date <= $1::date GROUP BY 1, 2
), pulls AS MATERIALIZED (
  SELECT count(*) AS total, count(*) FILTER (WHERE created_at > $1::date - interval '1 year') AS last_year FROM pull_request
)
SELECT (SELECT count(*) FROM team)::float8 AS teams, pulls.total::float8 AS "pullRequests",
  pulls.last_year::float8 AS "pullRequestsLastYear",
  (${relation('pull_request', 'pull_request_label', 'review', 'commit', 'pull_request_file')})::float8 AS "pullRequestBytes",
  (SELECT count(*) FROM ai_usage_daily)::float8 AS "usageRows", (${relation('ai_usage_daily')})::float8 AS "usageBytes",
  (SELECT coalesce(sum(rows), 0) FROM recent)::float8 AS "usageRowsLast30Days",
  (SELECT count(*) FROM recent)::float8 AS "usageMembers", pg_database_size(current_database())::float8 AS "databaseBytes",
  (SELECT setting::float8 * 8192 FROM pg_settings WHERE name = 'shared_buffers') AS "sharedBuffersBytes"
FROM pulls`;

/** Seed 002: 500 members write 365 K rows a year, which take 40 MB. */
const PLANNED_ROWS_PER_MEMBER_AND_YEAR = 730;
const PLANNED_BYTES_PER_ROW = (40 * 1024 ** 2) / 365_000;
/** Seed 001: 1.3 M rows took 388 MB. */
const MEASURED_BYTES_PER_ROW = (388 * 1024 ** 2) / 1_300_000;
/** Seed 001: with everything that belongs to it. */
const PLANNED_BYTES_PER_PULL_REQUEST = 19.5 * 1024;
/** Seed 002. */
const PLANNED_PULL_REQUESTS_PER_TEAM_AND_YEAR = 500;

/** Fewer rows than this say nothing about bytes a row: pages and indexes have a least size. */
const MIN_ROWS = 10_000;

/** Rows of AI usage in a year, from those of the last 30 days. */
export function projectUsageRows(installation: Installation): number {
  return (installation.usageRowsLast30Days * 365) / 30;
}

/** Compares what was counted with the seeds' plan. */
export function compareWithPlan(installation: Installation): readonly GrowthFigure[] {
  const rows = projectUsageRows(installation);
  const each = (bytes: number, count: number): string =>
    count < MIN_ROWS ? `too few to tell (${formatCount(count)})` : formatBytes(bytes / count);
  const bytesARow =
    installation.usageRows < MIN_ROWS
      ? PLANNED_BYTES_PER_ROW
      : installation.usageBytes / installation.usageRows;
  const plannedRows = installation.usageMembers * PLANNED_ROWS_PER_MEMBER_AND_YEAR;
  const figure = (what: string, measured: string, planned: string): GrowthFigure => {
    return { what, measured, planned, installation };
  };
  return [
    figure('AI usage, rows a year', formatCount(rows), formatCount(plannedRows)),
    figure(
      'AI usage, bytes a row',
      each(installation.usageBytes, installation.usageRows),
      `${formatBytes(PLANNED_BYTES_PER_ROW)} (plan), ${formatBytes(MEASURED_BYTES_PER_ROW)} (measured then)`,
    ),
    figure(
      'AI usage, bytes a year',
      formatBytes(rows * bytesARow),
      formatBytes(plannedRows * PLANNED_BYTES_PER_ROW),
    ),
    figure(
      'pull requests, opened in the last year',
      formatCount(installation.pullRequestsLastYear),
      formatCount(installation.teams * PLANNED_PULL_REQUESTS_PER_TEAM_AND_YEAR),
    ),
    figure(
      'pull requests, bytes each with all that belongs to them',
      each(installation.pullRequestBytes, installation.pullRequests),
      formatBytes(PLANNED_BYTES_PER_PULL_REQUEST),
    ),
  ];
}

const TOO_MUCH = 2;

/** Says whether the installation grows as planned, and in which tier it is. */
export function evaluateGrowth(rows: readonly GrowthFigure[]): readonly Finding[] {
  const installation = rows[0]?.installation;
  return installation === undefined
    ? []
    : [
        ...evaluateUsage(installation),
        ...evaluatePullRequests(installation),
        evaluateServer(installation),
        evaluateScaling(installation),
      ];
}

function evaluateUsage(installation: Installation): Finding[] {
  const { usageMembers, usageRows, usageBytes } = installation;
  const projected = projectUsageRows(installation);
  const planned = usageMembers * PLANNED_ROWS_PER_MEMBER_AND_YEAR;
  const measured = `${formatCount(usageMembers)} members make ${formatCount(projected)} rows of AI usage a year; the plan is ${formatCount(planned)}.`;
  const findings = [
    projected > planned * TOO_MUCH
      ? look(
          measured,
          'Count them by source: one of them is imported under several names, or for more days than it has.',
        )
      : fine(measured),
  ];
  const bytesARow = usageBytes / usageRows;
  if (usageRows >= MIN_ROWS && bytesARow > MEASURED_BYTES_PER_ROW * TOO_MUCH) {
    findings.push(
      look(
        `A row of AI usage takes ${formatBytes(bytesARow)}, twice what was ever measured.`,
        'Look at dead rows and index bloat of its partitions above.',
      ),
    );
  }
  return findings;
}

function evaluatePullRequests({ pullRequests, pullRequestBytes }: Installation): Finding[] {
  if (pullRequests < MIN_ROWS) {
    return [];
  }
  const each = pullRequestBytes / pullRequests;
  const measured = `A pull request takes ${formatBytes(each)} with all that belongs to it; the plan is ${formatBytes(PLANNED_BYTES_PER_PULL_REQUEST)}.`;
  return [
    each > PLANNED_BYTES_PER_PULL_REQUEST * TOO_MUCH
      ? look(
          measured,
          'Look at the largest table above: files and commits of generated changes add up.',
        )
      : fine(measured),
  ];
}

function evaluateServer(installation: Installation): Finding {
  const { teams, pullRequests, databaseBytes, sharedBuffersBytes } = installation;
  const { tier, instance, workers, sharedBuffersBytes: wanted } = serverTierOf(teams, pullRequests);
  const measured = `Server tier ${tier} is meant for ${formatCount(teams)} team(s) and ${formatCount(pullRequests)} pull requests (${instance}; ${workers}).`;
  // A database that fits into what is there needs no more.
  return sharedBuffersBytes < Math.min(wanted, databaseBytes)
    ? look(
        `${measured} shared_buffers is ${formatBytes(sharedBuffersBytes)} for ${formatBytes(databaseBytes)} of data.`,
        `Start PostgreSQL with deploy/postgres/tier-${tier}.conf.`,
      )
    : fine(measured);
}

function evaluateScaling({ teams }: Installation): Finding {
  const { name, recommends } = scalingTierOf(teams);
  return fine(
    `The scaling tier of ${formatCount(teams)} team(s) is ${name}: it wants ${recommends}.`,
  );
}

/** Growth against the seeds' projections, and the tier that this is. */
export const readGrowth = defineSection<GrowthFigure>({
  key: 'growth',
  title: 'Growth',
  columns: { what: ['what', 'text'], measured: ['measured', 'text'], planned: ['plan', 'text'] },
  read: async (connection, { now }) => {
    const { rows } = await connection.query<Installation>(INSTALLATION, [now.toISOString()]);
    return rows.flatMap(compareWithPlan);
  },
  evaluate: evaluateGrowth,
});

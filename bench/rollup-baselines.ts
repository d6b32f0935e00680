import pg from 'pg';
import { createBulkConnection } from '../src/db/bulk/bulk-connection.ts';
import { createNodeDb } from '../src/db/core/node-client.ts';
import { MEMBER_WEEK_NUMBERS } from '../src/db/rollups/member-weeks.ts';
import { DEFINITION_VERSION } from '../src/domain/rollups/definition-version.ts';
import { withTeamOption } from './bench-database.ts';
import {
  type MemberWeekToRollUp,
  rollUpMemberWeekThroughPg,
  rollUpMemberWeekThroughPrisma,
} from './baselines/rollup-member-weeks.ts';
import { BASELINE_GENERATION, rollUpByPrefetch } from './baselines/rollup-prefetch.ts';
import type { FactTeam } from './rollup-facts.ts';
import { timeSeconds } from './rollup-runs.ts';

/** Takes away what a baseline wrote. */
export async function clearBaseline(superuser: pg.Client): Promise<void> {
  await superuser.query('DELETE FROM weekly_metrics WHERE generation = $1', [BASELINE_GENERATION]);
  await superuser.query('VACUUM (ANALYZE) weekly_metrics');
}

/** Prefetch, memory and bulk upsert for all teams. Answers seconds. */
export async function timePrefetch(url: string, teams: readonly FactTeam[]): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const bulk = createBulkConnection({
    connectionString: url,
    // One, as ours is one transaction.
    poolSize: 1,
    applicationName: 'throughline-bench prefetch',
    onConnectionError: () => undefined,
  });
  await client.query('SELECT 1');
  const seconds = await timeSeconds(async () => {
    for (const { teamId } of teams) {
      await rollUpByPrefetch(client, bulk, teamId, DEFINITION_VERSION);
    }
  });
  await bulk.close();
  await client.end();
  return seconds;
}

interface SampledTeam {
  readonly teamId: bigint;
  readonly memberWeeks: readonly MemberWeekToRollUp[];
}

/** A few teams' weeks and members, spread evenly; the loops that are sampled know nothing of which are empty. */
export async function sampleMemberWeeks(
  superuser: pg.Client,
  teams: readonly FactTeam[],
  sample: number,
): Promise<{ readonly sampled: readonly SampledTeam[]; readonly dense: number }> {
  const { rows } = await superuser.query<{ teamId: string; week: string; from: Date; to: Date }>(
    `SELECT t.id AS "teamId", week::date::text AS week, week AT TIME ZONE t.time_zone AS "from",
       (week + interval '7 days') AT TIME ZONE t.time_zone AS "to"
     FROM team t
     CROSS JOIN LATERAL (SELECT min(m.week_start) AS first, max(m.week_start) AS last FROM weekly_metrics m
       WHERE m.team_id = t.id AND m.generation = t.rollup_generation) AS range
     CROSS JOIN LATERAL generate_series(range.first::timestamp, range.last::timestamp, interval '7 days') AS week
     WHERE t.id = ANY ($1::bigint[])
     ORDER BY 1, 2`,
    [teams.map(({ teamId }) => teamId)],
  );
  const all = teams.flatMap(({ teamId, memberIds }) =>
    rows
      .filter((row) => BigInt(row.teamId) === teamId)
      .flatMap(({ week, from, to }) =>
        memberIds.map((memberId) => ({ teamId, memberId, week, from, to })),
      ),
  );
  const every = Math.max(1, Math.floor(all.length / sample));
  const taken = all.filter((_, index) => index % every === 0);
  const sampled = teams.map(({ teamId }) => ({
    teamId,
    memberWeeks: taken.filter((memberWeek) => memberWeek.teamId === teamId),
  }));
  return {
    sampled: sampled.filter(({ memberWeeks }) => memberWeeks.length > 0),
    dense: all.length,
  };
}

/** One member week after another with plain statements. Returns seconds per member week. */
export async function timeMemberWeeksThroughPg(
  url: string,
  sampled: readonly SampledTeam[],
): Promise<number> {
  let seconds = 0;
  for (const { teamId, memberWeeks } of sampled) {
    const client = new pg.Client({ connectionString: withTeamOption(url, teamId) });
    await client.connect();
    await client.query('SELECT 1');
    seconds += await timeSeconds(async () => {
      for (const memberWeek of memberWeeks) {
        await rollUpMemberWeekThroughPg(client, teamId, memberWeek);
      }
    });
    await client.end();
  }
  return seconds / countMemberWeeks(sampled);
}

/** The same through Prisma. */
export async function timeMemberWeeksThroughPrisma(
  url: string,
  sampled: readonly SampledTeam[],
): Promise<number> {
  let seconds = 0;
  for (const { teamId, memberWeeks } of sampled) {
    const db = createNodeDb({
      connectionString: withTeamOption(url, teamId),
      // One, as ours is one transaction.
      poolSize: 1,
      applicationName: 'throughline-bench prisma',
      onConnectionError: () => undefined,
    });
    await db.$queryRaw`SELECT 1 AS ready`;
    seconds += await timeSeconds(async () => {
      for (const memberWeek of memberWeeks) {
        await rollUpMemberWeekThroughPrisma(db, teamId, memberWeek);
      }
    });
    await db.$disconnect();
  }
  return seconds / countMemberWeeks(sampled);
}

function countMemberWeeks(sampled: readonly SampledTeam[]): number {
  return sampled.reduce((sum, { memberWeeks }) => sum + memberWeeks.length, 0);
}

/**
 * Counts the member weeks that a baseline has computed differently from the product.
 * @returns how many; a member week without activity is no row for us and zeros for the baseline
 */
export async function countDifferences(superuser: pg.Client): Promise<number> {
  const row = (alias: string): string =>
    MEMBER_WEEK_NUMBERS.map((name) => `${alias}.${name}`).join(', ');
  const { rows } = await superuser.query<{ count: string }>(
    `SELECT count(*) AS count FROM weekly_metrics b JOIN team t ON t.id = b.team_id
     LEFT JOIN weekly_metrics m ON m.team_id = b.team_id AND m.generation = t.rollup_generation
       AND m.member_id = b.member_id AND m.week_start = b.week_start
     WHERE b.generation = $1 AND CASE WHEN m.team_id IS NULL
       THEN greatest(${row('b')}) <> 0 ELSE (${row('b')}) IS DISTINCT FROM (${row('m')}) END`,
    [BASELINE_GENERATION],
  );
  return Number(rows[0]?.count);
}

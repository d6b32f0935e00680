import { compareWriters } from './comparison.ts';
import type { Figures } from './figures.ts';
import { measureOverlappingWriters } from './overlapping-writers.ts';
import type { UsageBench } from './usage-bench.ts';
import type { TeamRows } from './usage-rows.ts';

interface Sizes {
  readonly teams: number;
  readonly members: number;
  readonly days: number;
  readonly largeTeamMembers: number;
  readonly largeTeamDays: number;
  /** Rows of the second tool in the large team. */
  readonly largeTeamSecond: number;
  readonly pullRequestsATeam: number;
  /** The runs whose memory is compared, of the large team: few and many rows. */
  readonly memory: readonly MemoryRun[];
  readonly prismaSample: number;
  readonly passes: number;
  readonly batches: number;
  readonly batchRows: number;
}

interface MemoryRun {
  readonly days: number;
  readonly rows: number;
}

/** Seed 001's 1.3 M rows, its team of 4,505 members with 377,822 rows, and 432,200 files. */
const FULL: Sizes = {
  teams: 50,
  members: 100,
  days: 130,
  largeTeamMembers: 4_505,
  largeTeamDays: 66,
  largeTeamSecond: 377_822 - 4_505 * 66,
  pullRequestsATeam: 1_029,
  memory: [
    { days: 12, rows: 100_000 },
    { days: 145, rows: 1_300_000 },
  ],
  prismaSample: 4_000,
  passes: 3,
  batches: 1_000,
  batchRows: 400,
};

/** Large enough for both write paths and several chunks per team. */
const QUICK: Sizes = {
  teams: 3,
  members: 80,
  days: 40,
  largeTeamMembers: 900,
  largeTeamDays: 66,
  largeTeamSecond: 900,
  pullRequestsATeam: 800,
  memory: [
    { days: 80, rows: 100_000 },
    { days: 200, rows: 250_000 },
  ],
  prismaSample: 50,
  passes: 1,
  batches: 1_000,
  batchRows: 60,
};

/** All figures of AI usage and of files: one writer against the ways in which others write. */
export async function benchUsage(
  bench: UsageBench,
  figures: Figures,
  quick: boolean,
): Promise<void> {
  const sizes = quick ? QUICK : FULL;
  const teams = await makeTeams(bench, 'many', sizes.teams, sizes.members);
  const large = await makeTeams(bench, 'large', 1, sizes.largeTeamMembers);
  const { prismaSample } = sizes;
  await compareWriters(bench, figures, {
    name: 'usage',
    set: { kind: 'usage', teams, days: sizes.days },
    prismaSample,
    passes: sizes.passes,
  });
  await compareWriters(bench, figures, {
    name: 'one_team',
    set: {
      kind: 'usage',
      teams: large,
      days: sizes.largeTeamDays,
      secondToolRows: sizes.largeTeamSecond,
    },
    prismaSample,
    passes: sizes.passes,
  });
  await compareWriters(bench, figures, {
    name: 'files',
    set: {
      kind: 'files',
      teams: await makePullRequests(bench, teams, sizes.pullRequestsATeam),
      days: 0,
    },
    prismaSample,
    passes: sizes.passes,
  });
  for (const team of large) {
    await measureMemory(bench, figures, team, sizes);
  }
  await measureOverlappingWriters(bench, figures, {
    team: teams[0] ?? { teamId: '0', parentIds: [] },
    batches: sizes.batches,
    batchRows: sizes.batchRows,
  });
}

async function makeTeams(
  { database, onProgress }: UsageBench,
  slug: string,
  count: number,
  members: number,
): Promise<readonly TeamRows[]> {
  onProgress(`making ${count} team(s) of ${members} members`);
  const { superuser } = database;
  const { rows } = await superuser.query<{ teamId: string; parentIds: string[] }>(
    `WITH made AS (
       INSERT INTO team (slug, name) SELECT $3 || '-' || n, 'Bench' FROM generate_series(1, $1::integer) AS n
       RETURNING id
     ), members AS (
       INSERT INTO member (team_id, github_id, login, kind, kind_rule, is_external)
       SELECT made.id, made.id * 100000 + n, 'member-' || n, 'HUMAN', 'bench', false
       FROM made, generate_series(1, $2::integer) AS n
       RETURNING team_id, id
     )
     SELECT team_id AS "teamId", array_agg(id ORDER BY id) AS "parentIds" FROM members GROUP BY 1 ORDER BY 1`,
    [count, members, slug],
  );
  await superuser.query('VACUUM (ANALYZE) team, member');
  return rows;
}

async function makePullRequests(
  { database, onProgress }: UsageBench,
  teams: readonly TeamRows[],
  count: number,
): Promise<readonly TeamRows[]> {
  onProgress(`making ${count} pull requests in each of ${teams.length} teams`);
  const { superuser } = database;
  const { rows } = await superuser.query<{ teamId: string; parentIds: string[] }>(
    `WITH connections AS (
       INSERT INTO github_connection (team_id, kind, api_url)
       SELECT id, 'PAT', 'https://api.github.example' FROM team WHERE id = ANY ($1::bigint[])
       RETURNING team_id, id
     ), repositories AS (
       INSERT INTO repository (team_id, connection_id, github_id, owner, name)
       SELECT team_id, id, id, 'bench', 'bench' FROM connections
       RETURNING team_id, id
     ), pull_requests AS (
       INSERT INTO pull_request (team_id, repository_id, number, github_id, title, url, state, is_draft, author_id,
         base_branch, head_branch, head_sha, is_revert, is_hotfix, created_at, ready_at, started_at, updated_at,
         complete, synced_at)
       SELECT r.team_id, r.id, n, r.id * 100000 + n, 'Change ' || n, 'https://github.example/' || n, 'OPEN', false,
         m.id, 'main', 'change-' || n, md5(n::text), false, false, at, at, at, at, true, at
       FROM repositories r CROSS JOIN generate_series(1, $2::integer) AS n
       CROSS JOIN LATERAL (SELECT min(id) AS id FROM member WHERE team_id = r.team_id) AS m
       CROSS JOIN LATERAL (SELECT timestamptz '2025-01-01' + n * interval '1 hour' AS at) AS moment
       RETURNING team_id, id
     )
     SELECT team_id AS "teamId", array_agg(id ORDER BY id) AS "parentIds" FROM pull_requests GROUP BY 1 ORDER BY 1`,
    [teams.map(({ teamId }) => teamId), count],
  );
  await superuser.query('VACUUM (ANALYZE) pull_request');
  return rows;
}

const MAX_MEGABYTES = 150;

/** Less than this is the noise of garbage collection; rows that were kept would be many times the small run. */
const MAX_GROWTH = 1.25;

/** One team's stream, where chunks are full and the next one is on its way while one is written. */
async function measureMemory(
  { database, writer, onProgress }: UsageBench,
  figures: Figures,
  team: TeamRows,
  { memory }: Sizes,
): Promise<void> {
  const peaks: number[] = [];
  for (const { days, rows } of memory) {
    onProgress(`memory of the writer's process at ${rows} rows`);
    await database.superuser.query('TRUNCATE ai_usage_daily, rollup_dirty');
    const secondToolRows = rows - team.parentIds.length * days;
    const { peakMegabytes } = await writer.write({
      url: database.url('application'),
      set: { kind: 'usage', teams: [team], days, secondToolRows },
      version: 0,
      syncedAt: '2025-06-01T00:00:00Z',
    });
    peaks.push(peakMegabytes);
    figures.exactly(`memory.peak_at_${rows}_rows`, peakMegabytes, 'MB', { atMost: MAX_MEGABYTES });
  }
  const [few = 1, many = 0] = peaks;
  figures.exactly('memory.growth', many / few, 'times', { atMost: MAX_GROWTH });
}

import type pg from 'pg';

/** How much history is made: deterministic, the same rows in every run. */
export interface FactSizes {
  /** Distinguishes the teams of one call from those of another. */
  readonly slug: string;
  readonly teams: number;
  readonly membersATeam: number;
  readonly pullRequests: number;
  readonly reviews: number;
  readonly commits: number;
  /** The last day is LAST_DAY. */
  readonly days: number;
}

export interface FactTeam {
  readonly teamId: bigint;
  readonly memberIds: readonly bigint[];
}

const LAST_DAY = '2026-04-30';

/** From 0 to below `bound`, the same for the same number and salt. */
function pick(number: string, salt: number, bound: string): string {
  return `((hashint8extended(${number}, ${salt}) & 9223372036854775807) % (${bound}))`;
}

/** Every fifth team lives in New York and begins its weeks on Sunday; members join late; weekends are quiet. */
const MAKE_PEOPLE = `
CREATE TEMPORARY TABLE bench_person AS
WITH made AS (
  INSERT INTO team (slug, name, time_zone, week_start)
  SELECT $1 || '-' || n, 'Bench', CASE n % 5 WHEN 0 THEN 'America/New_York' WHEN 1 THEN 'Asia/Kolkata' ELSE 'UTC' END,
    CASE n % 5 WHEN 0 THEN 'SUNDAY' ELSE 'MONDAY' END
  FROM generate_series(1, $2::integer) AS n
  RETURNING id, slug
), members AS (
  INSERT INTO member (team_id, github_id, login, kind, kind_rule, is_external)
  SELECT made.id, made.id * 100000 + n, 'member-' || n, 'HUMAN', 'bench', false
  FROM made, generate_series(1, $3::integer) AS n
  RETURNING team_id, id, github_id
)
SELECT split_part(made.slug, '-', 2)::integer - 1 AS team_number, m.team_id, m.id AS member_id,
  (m.github_id - m.team_id * 100000)::integer - 1 AS member_number,
  ((m.github_id - m.team_id * 100000) % 10 * $4::integer / 15)::integer AS joined_day
FROM members m JOIN made ON made.id = m.team_id`;

const MAKE_REPOSITORIES = `
WITH teams AS (SELECT DISTINCT team_id FROM bench_person), connections AS (
  INSERT INTO github_connection (team_id, kind, api_url)
  SELECT team_id, 'PAT', 'https://api.github.example' FROM teams RETURNING team_id, id
)
INSERT INTO repository (team_id, connection_id, github_id, owner, name)
SELECT team_id, id, id, 'bench', 'bench' FROM connections`;

/** 80 of 100 are merged, 10 closed, 10 open. `$1` pull requests, `$2` teams, `$3` members a team, `$4` days. */
const MAKE_PULL_REQUESTS = `
CREATE TEMPORARY TABLE bench_pull_request AS
WITH numbered AS (
  SELECT n, p.team_id, p.member_id AS author_id, ${pick('n', 2, '20')} AS fate,
    (p.joined_day + ${pick('n', 3, `greatest(1, $4::integer - p.joined_day)`)})::integer AS day
  FROM generate_series(0, $1::integer - 1) AS n
  JOIN bench_person p ON p.team_number = n % $2::integer AND p.member_number = ${pick('n', 1, '$3::integer')}
), dated AS (
  SELECT *, date '${LAST_DAY}' - $4::integer + 1 + day AS drawn FROM numbered
), opened AS (
  SELECT *, CASE WHEN extract(isodow FROM drawn) > 5 AND ${pick('n', 4, '10')} < 7 THEN drawn - 2 ELSE drawn END
    + (7 * 3600 + ${pick('n', 5, '50000')}) * interval '1 second' AS created_at
  FROM dated
)
SELECT n, team_id, author_id, fate, created_at AT TIME ZONE 'UTC' AS created_at,
  ${pick('n', 6, '90000')} AS coding, ${pick('n', 7, '60000')} AS pickup, ${pick('n', 8, '120000')} AS review,
  ${pick('n', 9, '30000')} AS merge_wait, ${pick('n', 10, '400')} AS size
FROM opened`;

const STORE_PULL_REQUESTS = `
WITH timed AS (
  SELECT *, created_at + (pickup + review + merge_wait) * interval '1 second' AS ended_at FROM bench_pull_request
)
INSERT INTO pull_request (team_id, repository_id, number, github_id, title, url, state, is_draft, author_id,
  merged_by_id, base_branch, head_branch, head_sha, additions, deletions, changed_files, is_revert, is_hotfix,
  created_at, ready_at, started_at, first_review_at, merged_at, closed_at, updated_at, coding_seconds, pickup_seconds,
  review_seconds, merge_wait_seconds, cycle_time_seconds, complete, synced_at)
SELECT t.team_id, r.id, t.n + 1, t.n, 'Change ' || t.n, 'https://github.example/bench/bench/pull/' || t.n,
  CASE WHEN fate < 16 THEN 'MERGED' WHEN fate < 18 THEN 'CLOSED' ELSE 'OPEN' END, false, t.author_id, NULL, 'main',
  'change-' || t.n, md5(t.n::text), size, size / 3, 1 + size / 40, t.n % 50 = 0, t.n % 40 = 0, t.created_at,
  t.created_at, t.created_at - coding * interval '1 second',
  CASE WHEN t.n % 4 > 0 THEN t.created_at + pickup * interval '1 second' END,
  CASE WHEN fate < 16 THEN ended_at END, CASE WHEN fate < 18 THEN ended_at END, ended_at,
  CASE WHEN fate < 16 THEN coding END, CASE WHEN fate < 16 THEN pickup END, CASE WHEN fate < 16 THEN review END,
  CASE WHEN fate < 16 THEN merge_wait END, CASE WHEN fate < 16 THEN coding + pickup + review + merge_wait END,
  true, t.created_at
FROM timed t JOIN repository r ON r.team_id = t.team_id
ORDER BY t.team_id, t.created_at`;

const STORE_REVIEWS = `
INSERT INTO review (team_id, github_id, pull_request_id, reviewer_id, state, submitted_at)
SELECT b.team_id, i, p.id, m.member_id, CASE i % 3 WHEN 0 THEN 'APPROVED' ELSE 'COMMENTED' END,
  b.created_at + ${pick('i', 12, '300000')} * interval '1 second'
FROM generate_series(0, $1::integer - 1) AS i
JOIN bench_pull_request b ON b.n = i % $2::integer
JOIN pull_request p ON p.team_id = b.team_id AND p.github_id = b.n
JOIN bench_person m ON m.team_id = b.team_id AND m.member_number = ${pick('i', 11, '$3::integer')}`;

/** Some are older than every pull request, and one in fifty has no account. */
const STORE_COMMITS = `
INSERT INTO commit (team_id, pull_request_id, sha, author_id, author_name, headline, co_authors, authored_at, committed_at)
SELECT b.team_id, p.id, md5(i::text) || left(md5('c' || i), 8), CASE WHEN i % 50 > 0 THEN b.author_id END, 'bench',
  'Change ' || i, '{}', moment.at, moment.at
FROM generate_series(0, $1::integer - 1) AS i
JOIN bench_pull_request b ON b.n = i % $2::integer
JOIN pull_request p ON p.team_id = b.team_id AND p.github_id = b.n
CROSS JOIN LATERAL (SELECT b.created_at - ${pick('i', 13, '260000')} * interval '1 second' AS at) AS moment`;

/** Makes teams with their history. Answers the teams in the order of their ids. */
export async function makeFacts(superuser: pg.Client, sizes: FactSizes): Promise<FactTeam[]> {
  const { teams, membersATeam, pullRequests, reviews, commits, days } = sizes;
  await superuser.query(MAKE_PEOPLE, [sizes.slug, teams, membersATeam, days]);
  await superuser.query(MAKE_REPOSITORIES);
  await superuser.query(MAKE_PULL_REQUESTS, [pullRequests, teams, membersATeam, days]);
  await superuser.query('ANALYZE bench_person, bench_pull_request');
  await superuser.query(STORE_PULL_REQUESTS);
  await superuser.query('ANALYZE pull_request');
  await superuser.query(STORE_REVIEWS, [reviews, pullRequests, membersATeam]);
  await superuser.query(STORE_COMMITS, [commits, pullRequests]);
  const { rows } = await superuser.query<{ teamId: string; memberIds: string[] }>(
    `SELECT team_id AS "teamId", array_agg(member_id ORDER BY member_id) AS "memberIds"
     FROM bench_person GROUP BY 1 ORDER BY 1`,
  );
  await superuser.query('DROP TABLE bench_person, bench_pull_request');
  await superuser.query('VACUUM (ANALYZE) team, member, repository, pull_request, review, commit');
  return rows.map(({ teamId, memberIds }) => ({
    teamId: BigInt(teamId),
    memberIds: memberIds.map(BigInt),
  }));
}

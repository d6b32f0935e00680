import type pg from 'pg';

/** How much of everything one team has. */
interface Amounts {
  readonly members: number;
  readonly repositories: number;
  readonly pullRequests: number;
  readonly jobs: number;
  readonly membersWithWeeks: number;
}

const LARGE: Amounts = {
  members: 2_000,
  repositories: 600,
  pullRequests: 12_000,
  jobs: 300,
  membersWithWeeks: 400,
};
const SMALL: Amounts = {
  members: 300,
  repositories: 20,
  pullRequests: 2_000,
  jobs: 20,
  membersWithWeeks: 50,
};

/** The week of 2026-03-02, in which both teams have facts of every kind. */
export const WEEK = '2026-03-02';

export interface SeededTeam {
  readonly teamId: bigint;
  readonly memberId: bigint;
  readonly repositoryId: bigint;
  readonly pullRequestId: bigint;
  readonly jobId: bigint;
  readonly deploymentId: bigint;
  /** A repository with many deployments and releases. */
  readonly deployedRepositoryId: bigint;
  readonly connectionId: bigint;
}

/**
 * Two teams whose facts lie spread over two years up to that week, analysed: enough rows that an index is worth its
 * while. Answers the larger team with an id of each kind.
 */
export async function seedForPlans(sql: pg.Client): Promise<SeededTeam> {
  await seedTeam(sql, 'small', SMALL);
  const team = await seedTeam(sql, 'large', LARGE);
  await sql.query('VACUUM (ANALYZE)');
  return team;
}

// Facts are an hour and a half apart, newest last; each second pull request is merged, each fourth closed.
const PULL_REQUESTS = `
INSERT INTO pull_request (team_id, repository_id, number, github_id, title, url, state, is_draft, author_id, base_branch,
  head_branch, head_sha, is_revert, is_hotfix, created_at, ready_at, started_at, merged_at, closed_at, updated_at,
  coding_seconds, pickup_seconds, review_seconds, merge_wait_seconds, cycle_time_seconds, complete, synced_at)
SELECT $1, repositories.ids[1 + g % cardinality(repositories.ids)], g, $1::bigint * 1000000 + g, 'Change ' || g,
  'https://github.test/' || g, CASE WHEN g % 2 = 0 THEN 'MERGED' WHEN g % 4 = 1 THEN 'CLOSED' ELSE 'OPEN' END, false,
  members.ids[1 + g % cardinality(members.ids)], 'main', 'topic-' || g, 'sha' || g, false, false, t.at, t.at, t.at,
  CASE WHEN g % 2 = 0 THEN t.at + interval '1 hour' END,
  CASE WHEN g % 2 = 0 OR g % 4 = 1 THEN t.at + interval '1 hour' END, t.at,
  CASE WHEN g % 2 = 0 THEN 0 END, CASE WHEN g % 2 = 0 THEN 0 END, CASE WHEN g % 2 = 0 THEN 0 END,
  CASE WHEN g % 2 = 0 THEN 3600 END, CASE WHEN g % 2 = 0 THEN 3600 END, true, now()
FROM generate_series(1, $2::integer) g
CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM repository WHERE team_id = $1) AS repositories
CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM member WHERE team_id = $1) AS members
CROSS JOIN LATERAL (SELECT timestamptz '2026-03-09Z' - ($2::integer - g) * interval '90 minutes' AS at) t`;

const CHILDREN = [
  `INSERT INTO pull_request_label (team_id, label, pull_request_id)
   SELECT p.team_id, 'label-' || n, p.id FROM pull_request p CROSS JOIN generate_series(1, 2) n WHERE p.team_id = $1`,
  `INSERT INTO review (team_id, github_id, pull_request_id, reviewer_id, state, submitted_at)
   SELECT p.team_id, p.id * 10 + n, p.id, m.id, 'APPROVED', p.created_at + n * interval '5 minutes'
   FROM pull_request p JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS total FROM member WHERE team_id = $1) m
     ON m.place = 1 + (p.number * 7) % m.total
   CROSS JOIN generate_series(1, 2) n WHERE p.team_id = $1`,
  `INSERT INTO comment (team_id, kind, github_id, pull_request_id, author_id, body, created_at, updated_at)
   SELECT p.team_id, 'ISSUE', p.id * 10 + n, p.id, p.author_id, 'Comment', p.created_at + n * interval '5 minutes', p.created_at
   FROM pull_request p CROSS JOIN generate_series(1, 2) n WHERE p.team_id = $1`,
  `INSERT INTO commit (team_id, pull_request_id, sha, author_id, headline, co_authors, authored_at, committed_at)
   SELECT p.team_id, p.id, 'c' || p.id || '-' || n, p.author_id, 'Commit', '{}', p.created_at, p.created_at
   FROM pull_request p CROSS JOIN generate_series(1, 3) n WHERE p.team_id = $1`,
];

/** Lists of many other repositories' pull requests are being read on, as in the midst of a large backfill. */
const NESTED_LISTS = `
INSERT INTO nested_list (team_id, repository_id, pull_request_id, list, cursor)
SELECT team_id, repository_id, id, 'TIMELINE', 'next' FROM pull_request WHERE team_id = $1 AND number % 2 = 0`;

/** One deployment for each third pull request, with the commits that it brought; a check in a hundred still runs. */
const DELIVERIES = [
  `INSERT INTO deployment (team_id, github_id, repository_id, environment, sha, state, created_at, state_at, succeeded_at,
     compare_state, compared_with_id, commit_count, synced_at)
   SELECT p.team_id, p.id, (SELECT min(id) FROM repository WHERE team_id = $1) + p.number % 3,
     CASE WHEN p.number % 6 = 0 THEN 'staging' ELSE 'production' END, p.head_sha, 'SUCCESS', p.created_at, p.created_at,
     p.created_at, CASE WHEN p.number % 300 = 0 THEN 'PENDING' ELSE 'COMPARED' END, p.id, 3, now()
   FROM pull_request p WHERE p.team_id = $1 AND p.number % 3 = 0`,
  `INSERT INTO deployment_commit (team_id, deployment_id, sha)
   SELECT d.team_id, d.github_id, 'sha' || (p.number - n) FROM deployment d
   JOIN pull_request p ON p.team_id = d.team_id AND p.id = d.github_id CROSS JOIN generate_series(0, 2) n
   WHERE d.team_id = $1`,
  `INSERT INTO release (team_id, github_id, repository_id, tag, url, is_draft, is_prerelease, created_at, synced_at)
   SELECT team_id, id, (SELECT min(id) FROM repository WHERE team_id = $1) + number % 3, 'v' || number, 'u', false, false,
     created_at, now() FROM pull_request WHERE team_id = $1 AND number % 4 = 0`,
  `INSERT INTO incident (team_id, source, external_id, title, opened_at, updated_at)
   SELECT team_id, 'pager', id::text, 'Down', created_at, now() FROM pull_request WHERE team_id = $1 AND number % 4 = 0`,
  `INSERT INTO check_run (team_id, pull_request_id, check_id, head_sha, name, status, conclusion)
   SELECT team_id, id, 'STATUS:ci', head_sha, 'ci', CASE WHEN number % 100 = 0 THEN 'QUEUED' ELSE 'COMPLETED' END,
     CASE WHEN number % 100 <> 0 THEN 'SUCCESS' END FROM pull_request WHERE team_id = $1`,
];

const MEMBER_WEEKS = `
INSERT INTO weekly_metrics (team_id, generation, member_id, week_start, pull_requests_opened, pull_requests_merged,
  pull_requests_closed, cycle_time_seconds, coding_seconds, pickup_seconds, review_seconds, merge_wait_seconds,
  open_to_merge_seconds, first_review_seconds, first_review_count, sized_count, additions, deletions, revert_count,
  hotfix_count, reviews_submitted, commits, ai_suggestions_shown, ai_suggestions_accepted, ai_active_days,
  definition_version, computed_at)
SELECT $1, 1, m.id, date '${WEEK}' - 7 * w, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'v1', now()
FROM (SELECT id FROM member WHERE team_id = $1 ORDER BY id LIMIT $2::integer) m CROSS JOIN generate_series(0, 99) w`;

const RUNS = `
WITH jobs AS (
  INSERT INTO sync_run (team_id, kind, workflow_id, workflow_run_id, status, since, started_at, updated_at, finished_at)
  SELECT $1, 'BACKFILL', 'backfill', 'run-' || g, 'COMPLETED', now(), now(), now(), now()
  FROM generate_series(1, $2::integer) g RETURNING team_id, id
)
INSERT INTO sync_run (team_id, parent_id, repository_id, kind, workflow_id, workflow_run_id, status, since, started_at,
  updated_at, finished_at)
SELECT j.team_id, j.id, r.id, 'BACKFILL', 'sync:' || r.id, j.id || '#' || r.id, 'COMPLETED', now(), now(), now(), now()
FROM jobs j CROSS JOIN (SELECT id FROM repository WHERE team_id = $1 ORDER BY id LIMIT 20) r`;

// One in a hundred waits.
const WEBHOOKS = `
INSERT INTO webhook_delivery (team_id, connection_id, delivery_id, hook_id, event, subject, state, received_at, processed_at)
SELECT c.team_id, c.id, 'guid-' || g, 1, 'push', '{}', CASE WHEN g % 100 = 0 THEN 'RECEIVED' ELSE 'PROCESSED' END,
  timestamptz '${WEEK}' - g * interval '1 minute', now()
FROM github_connection c, generate_series(1, 5000) g WHERE c.team_id = $1`;

async function seedTeam(sql: pg.Client, slug: string, amounts: Amounts): Promise<SeededTeam> {
  const { rows } = await sql.query<{ id: string }>(
    `WITH t AS (INSERT INTO team (slug, name) VALUES ($1, $1) RETURNING id)
     INSERT INTO github_connection (team_id, kind, api_url) SELECT id, 'PAT', 'https://api.github.test' FROM t
     RETURNING team_id AS id`,
    [slug],
  );
  const id = rows[0]?.id;
  await sql.query(
    `INSERT INTO repository (team_id, connection_id, github_id, owner, name)
     SELECT c.team_id, c.id, g, 'acme', 'repo-' || g FROM github_connection c, generate_series(1, $2::integer) g
     WHERE c.team_id = $1`,
    [id, amounts.repositories],
  );
  await sql.query(
    `INSERT INTO member (team_id, github_id, login, kind, kind_rule, is_external)
     SELECT $1, g, 'dev-' || g, 'HUMAN', 'seeded', false FROM generate_series(1, $2::integer) g`,
    [id, amounts.members],
  );
  await sql.query(PULL_REQUESTS, [id, amounts.pullRequests]);
  for (const statement of CHILDREN) {
    await sql.query(statement, [id]);
  }
  await sql.query(NESTED_LISTS, [id]);
  for (const statement of DELIVERIES) {
    await sql.query(statement, [id]);
  }
  await sql.query(WEBHOOKS, [id]);
  await sql.query(MEMBER_WEEKS, [id, amounts.membersWithWeeks]);
  await sql.query(RUNS, [id, amounts.jobs]);
  return readIds(sql, BigInt(id ?? 0));
}

async function readIds(sql: pg.Client, teamId: bigint): Promise<SeededTeam> {
  const { rows } = await sql.query<
    Record<
      'member' | 'repository' | 'pull' | 'job' | 'deployment' | 'deployed' | 'connection',
      string
    >
  >(
    `SELECT p.author_id AS member, p.repository_id AS repository, p.id AS pull,
       (SELECT max(id) FROM sync_run WHERE team_id = $1 AND parent_id IS NULL) AS job,
       (SELECT max(github_id) FROM deployment WHERE team_id = $1) AS deployment,
       (SELECT min(id) FROM repository WHERE team_id = $1) AS deployed,
       (SELECT min(id) FROM github_connection WHERE team_id = $1) AS connection
     FROM pull_request p WHERE p.team_id = $1 AND p.created_at >= $2::date ORDER BY p.id LIMIT 1`,
    [teamId, WEEK],
  );
  const [row] = rows;
  return {
    teamId,
    memberId: BigInt(row?.member ?? 0),
    repositoryId: BigInt(row?.repository ?? 0),
    pullRequestId: BigInt(row?.pull ?? 0),
    jobId: BigInt(row?.job ?? 0),
    deploymentId: BigInt(row?.deployment ?? 0),
    deployedRepositoryId: BigInt(row?.deployed ?? 0),
    connectionId: BigInt(row?.connection ?? 0),
  };
}

import { mintToken, type ApiWorld } from './api-world.ts';

export interface SeededTeam {
  readonly teamId: string;
  readonly slug: string;
  readonly adminToken: string;
  readonly viewerToken: string;
  readonly adminUserId: string;
  readonly repositoryIds: readonly string[];
  readonly memberIds: readonly string[];
}

/** Global ids as the API gives them. */
export const globalId = {
  team: (teamId: string) => btoa(`Team:${teamId}`),
  row: (type: string, teamId: string, id: string) => btoa(`${type}:${teamId}:${id}`),
};

async function only(rows: Promise<{ id: string }[]>): Promise<string> {
  const [row] = await rows;
  if (row === undefined) {
    throw new Error('the insert answered no row');
  }
  return row.id;
}

/** A user with a token, and a role in the team. */
export async function seedUser(
  world: ApiWorld,
  teamId: string | null,
  role: 'ADMIN' | 'VIEWER',
  name: string,
): Promise<{ readonly userId: string; readonly token: string }> {
  const { token, hash } = mintToken();
  const userId = await only(
    world.sql(`INSERT INTO app_user (email, name) VALUES ($1, $2) RETURNING id::text`, [
      `${name}@example.test`,
      name,
    ]),
  );
  await world.sql(`INSERT INTO access_token (user_id, name, hash) VALUES ($1, 'test', $2)`, [
    userId,
    hash,
  ]);
  if (teamId !== null) {
    await world.sql(`INSERT INTO membership (team_id, user_id, role) VALUES ($1, $2, $3)`, [
      teamId,
      userId,
      role,
    ]);
  }
  return { userId, token };
}

export interface TeamSeed {
  readonly slug: string;
  readonly timeZone?: string;
  readonly weekStart?: 'MONDAY' | 'SUNDAY';
  readonly repositories?: number;
  readonly members?: number;
}

/** A team with an admin, a viewer, a working connection, repositories that are synced, and members. */
export async function seedTeam(world: ApiWorld, seed: TeamSeed): Promise<SeededTeam> {
  const { slug } = seed;
  const teamId = await only(
    world.sql(
      `INSERT INTO team (slug, name, time_zone, week_start) VALUES ($1, $2, $3, $4) RETURNING id::text`,
      [slug, `Team ${slug}`, seed.timeZone ?? 'UTC', seed.weekStart ?? 'MONDAY'],
    ),
  );
  const admin = await seedUser(world, teamId, 'ADMIN', `${slug}-admin`);
  const viewer = await seedUser(world, teamId, 'VIEWER', `${slug}-viewer`);
  const connectionId = await only(
    world.sql(
      `INSERT INTO github_connection (team_id, kind, api_url, secret, status)
       VALUES ($1, 'PAT', 'https://api.github.test', 'sealed', 'ACTIVE') RETURNING id::text`,
      [teamId],
    ),
  );
  const repositories = await world.sql<{ id: string }>(
    `INSERT INTO repository (team_id, connection_id, github_id, owner, name, sync_state, complete_from, watermark)
     SELECT $1, $2, $1::bigint * 1000 + g, 'acme', 'repo-' || lpad(g::text, 3, '0'), 'ACTIVE',
       '2025-01-01T00:00:00Z', '2026-03-01T00:00:00Z'
     FROM generate_series(1, $3::integer) g ORDER BY g RETURNING id::text`,
    [teamId, connectionId, seed.repositories ?? 2],
  );
  const members = await world.sql<{ id: string }>(
    `INSERT INTO member (team_id, github_id, login, kind, kind_rule, is_external)
     SELECT $1, $1::bigint * 1000 + g, 'dev-' || lpad(g::text, 3, '0'), 'HUMAN', 'GitHub says it is a user', false
     FROM generate_series(1, $2::integer) g ORDER BY g RETURNING id::text`,
    [teamId, seed.members ?? 3],
  );
  return {
    teamId,
    slug,
    adminToken: admin.token,
    viewerToken: viewer.token,
    adminUserId: admin.userId,
    repositoryIds: repositories.map((row) => row.id),
    memberIds: members.map((row) => row.id),
  };
}

export interface PullRequestSeed {
  readonly count: number;
  /** Which of the team's repositories, from 0. */
  readonly repository?: number;
  readonly reviews?: number;
  readonly commits?: number;
  readonly files?: number;
  readonly labels?: number;
}

/**
 * Pull requests 1..count of a repository, a minute apart, so that several share no instant: every third merged, every
 * third open, every third closed. Authors and reviewers take turns; every second merged one has no known size.
 */
export async function seedPullRequests(
  world: ApiWorld,
  team: SeededTeam,
  seed: PullRequestSeed,
): Promise<string[]> {
  const { teamId } = team;
  const repositoryId = team.repositoryIds[seed.repository ?? 0];
  const rows = await world.sql<{ id: string }>(
    `INSERT INTO pull_request (team_id, repository_id, number, github_id, title, url, state, is_draft, author_id,
       merged_by_id, base_branch, head_branch, head_sha, additions, deletions, changed_files, is_revert, is_hotfix,
       created_at, ready_at, started_at, first_review_at, merged_at, closed_at, updated_at, coding_seconds,
       pickup_seconds, review_seconds, merge_wait_seconds, cycle_time_seconds, complete, synced_at)
     SELECT $1, $2, g, $2::bigint * 100000 + g, 'Change ' || g, 'https://github.test/' || g,
       (ARRAY['MERGED', 'OPEN', 'CLOSED'])[1 + g % 3], false, members.ids[1 + g % cardinality(members.ids)],
       CASE WHEN g % 3 = 0 THEN members.ids[1] END, 'main', 'topic-' || g, 'sha' || g,
       CASE WHEN g % 2 = 0 THEN 3000000000 + g END, CASE WHEN g % 2 = 0 THEN g END, CASE WHEN g % 2 = 0 THEN 1 END,
       false, false, t.at, t.at, t.at - interval '1 hour', t.at + interval '10 minutes',
       CASE WHEN g % 3 = 0 THEN t.at + interval '1 hour' END, CASE WHEN g % 3 <> 1 THEN t.at + interval '1 hour' END,
       t.at + interval '2 hours', CASE WHEN g % 3 = 0 THEN 3600 END, CASE WHEN g % 3 = 0 THEN 600 END,
       CASE WHEN g % 3 = 0 THEN 3000 END, CASE WHEN g % 3 = 0 THEN 0 END, CASE WHEN g % 3 = 0 THEN 7200 END, true, now()
     FROM generate_series(1, $3::integer) g
     CROSS JOIN (SELECT $4::bigint[] AS ids) members
     CROSS JOIN LATERAL (SELECT '2026-03-02T00:00:00Z'::timestamptz + g * interval '1 minute' AS at) t
     ORDER BY g RETURNING id::text`,
    [teamId, repositoryId, seed.count, team.memberIds],
  );
  const ids = rows.map((row) => row.id);
  await seedChildren(world, team, ids, seed);
  return ids;
}

async function seedChildren(
  world: ApiWorld,
  { teamId, memberIds }: SeededTeam,
  ids: readonly string[],
  seed: PullRequestSeed,
): Promise<void> {
  await world.sql(
    `INSERT INTO review (team_id, github_id, pull_request_id, reviewer_id, state, submitted_at)
     SELECT $1, p.id * 1000 + g, p.id, ($4::bigint[])[1 + g % cardinality($4::bigint[])], 'APPROVED',
       '2026-03-03T00:00:00Z'::timestamptz + g * interval '1 second'
     FROM unnest($2::bigint[]) p(id) CROSS JOIN generate_series(1, $3::integer) g`,
    [teamId, ids, seed.reviews ?? 0, memberIds],
  );
  await world.sql(
    `INSERT INTO commit (team_id, pull_request_id, sha, author_id, author_name, headline, co_authors, authored_at,
       committed_at)
     SELECT $1, p.id, 'c' || lpad(g::text, 4, '0'), ($4::bigint[])[1], 'Dev', 'Commit ' || g, '{"Co <co@example.test>"}',
       '2026-03-01T00:00:00Z', '2026-03-01T00:00:00Z'
     FROM unnest($2::bigint[]) p(id) CROSS JOIN generate_series(1, $3::integer) g`,
    [teamId, ids, seed.commits ?? 0, memberIds],
  );
  await world.sql(
    `INSERT INTO pull_request_file (team_id, pull_request_id, path, change_type, category, additions, deletions)
     SELECT $1, p.id, 'src/' || lpad(g::text, 4, '0') || '.ts', 'MODIFIED', 'BACKEND', g, 0
     FROM unnest($2::bigint[]) p(id) CROSS JOIN generate_series(1, $3::integer) g`,
    [teamId, ids, seed.files ?? 0],
  );
  await world.sql(
    `INSERT INTO pull_request_label (team_id, label, pull_request_id)
     SELECT $1, 'label-' || g, p.id FROM unnest($2::bigint[]) p(id) CROSS JOIN generate_series(1, $3::integer) g`,
    [teamId, ids, seed.labels ?? 0],
  );
}

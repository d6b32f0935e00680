import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedPullRequests, seedTeam, type SeededTeam } from '../seed-team.ts';

const DELIVERIES = `query ($slug: String!, $first: Int!) {
  team(slug: $slug) {
    repositories(first: 1) {
      nodes {
        deployments(first: $first) {
          totalCount
          nodes {
            environment state sha ref createdAt succeededAt compareState compareReason commitCount
            creator { login } repository { name }
            pullRequests(first: 2) { totalCount nodes { number deployments(first: 2) { nodes { environment } } } }
          }
        }
        releases(first: $first) { totalCount nodes { tag isDraft publishedAt author { login } } }
      }
    }
    incidents(first: $first) { totalCount nodes { title source repository { name } deployment { environment } } }
  }
}`;

const REPORT = `mutation ($input: ReportIncidentInput!) {
  reportIncident(input: $input) {
    __typename
    ... on IncidentPayload { incident { id title resolvedAt environment repository { name } deployment { sha } } }
    ... on UserError { message }
  }
}`;
const RESOLVE = `mutation ($input: ResolveIncidentInput!) {
  resolveIncident(input: $input) {
    __typename
    ... on IncidentPayload { incident { title resolvedAt } }
    ... on UserError { message }
  }
}`;

interface Reported {
  readonly reportIncident: {
    readonly __typename: string;
    readonly message?: string;
    readonly incident?: { readonly id: string; readonly resolvedAt: string | null };
  };
}

interface Resolved {
  readonly resolveIncident: {
    readonly __typename: string;
    readonly message?: string;
    readonly incident?: { readonly resolvedAt: string | null };
  };
}

let world: ApiWorld;
let team: SeededTeam;
let other: SeededTeam;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha', repositories: 1, members: 2 });
  other = await seedTeam(world, { slug: 'beta', repositories: 1, members: 1 });
  const seed = { count: 40, reviews: 0, commits: 0, files: 0, labels: 0 };
  await seedPullRequests(world, team, { ...seed, repository: 0 });
  const [repository, member] = [team.repositoryIds[0], team.memberIds[0]];
  await world.sql(
    `UPDATE pull_request SET state = 'MERGED', merged_at = updated_at, closed_at = updated_at,
       merge_commit_sha = CASE WHEN number % 2 = 0 THEN 'merge-' || number END, head_sha = 'head-' || number,
       coding_seconds = 0, pickup_seconds = 0, review_seconds = 0, merge_wait_seconds = 0, cycle_time_seconds = 0
     WHERE team_id = $1`,
    [team.teamId],
  );
  await world.sql(
    `INSERT INTO deployment (team_id, github_id, repository_id, environment, ref, sha, state, creator_id, created_at,
       state_at, succeeded_at, compare_state, commit_count, synced_at)
     SELECT $1, n, $2, 'production', 'main', 'merge-' || n, 'SUCCESS', $3, t.at, t.at, t.at, 'COMPARED', 2, now()
     FROM generate_series(1, 30) n
     CROSS JOIN LATERAL (SELECT timestamptz '2026-03-01Z' + n * interval '1 hour' AS at) t`,
    [team.teamId, repository, member],
  );
  // Each brings one merge commit and one pull request that was pushed into its branch by hand.
  await world.sql(
    `INSERT INTO deployment_commit (team_id, deployment_id, sha)
     SELECT $1, n, unnest(ARRAY['merge-' || n, 'head-' || n, 'head-' || (n + 1)]) FROM generate_series(1, 30) n`,
    [team.teamId],
  );
  await world.sql(
    `INSERT INTO release (team_id, github_id, repository_id, tag, url, is_draft, is_prerelease, author_id, created_at,
       published_at, synced_at)
     SELECT $1, n, $2, 'v' || n, 'u', false, false, $3, t.at, t.at, now() FROM generate_series(1, 30) n
     CROSS JOIN LATERAL (SELECT timestamptz '2026-03-01Z' + n * interval '1 hour' AS at) t`,
    [team.teamId, repository, member],
  );
  await world.sql(
    `INSERT INTO incident (team_id, source, external_id, title, repository_id, deployment_id, opened_at, updated_at)
     SELECT $1, 'pager', n, 'Incident ' || n, $2, n, timestamptz '2026-03-01Z' + n * interval '1 hour', now()
     FROM generate_series(1, 30) n`,
    [team.teamId, repository],
  );
});

beforeEach(() => {
  world.counting.takeStatements();
});

afterAll(() => world?.close());

describe('deliveries', () => {
  it('run as many statements for 25 rows as for 5', async () => {
    const counts: number[] = [];
    for (const first of [5, 25]) {
      world.counting.takeStatements();
      const { errors } = await world.ask(team.viewerToken, DELIVERIES, { slug: 'alpha', first });
      expect(errors).toEqual([]);
      counts.push(world.counting.takeStatements().length);
    }
    expect(counts[1]).toBe(counts[0]);
  });

  it('read no row that is not shown, but one further a page to see whether there is more', async () => {
    await world.ask(
      team.viewerToken,
      `{ team(slug: "alpha") { repositories { nodes { deployments(first: 5) { nodes { sha pullRequests(first: 1) { nodes { number } } } } } } } }`,
    );
    // Those of even numbers brought two pull requests, the others one.
    const pullRequests = [30, 29, 28, 27, 26].reduce((sum, n) => sum + (n % 2 === 0 ? 2 : 1), 0);
    const rows = world.counting.takeStatements().map((statement) => statement.rows);
    expect(rows).toEqual([1, 1, 6, pullRequests]);
  });

  it('show newest first what each brought, by merge commits and by commits that were pushed by hand', async () => {
    const { data } = await world.ask<{
      team: {
        repositories: {
          nodes: [{ deployments: { nodes: object[] }; releases: { nodes: object[] } }];
        };
        incidents: { nodes: object[] };
      };
    }>(team.viewerToken, DELIVERIES, { slug: 'alpha', first: 1 });
    const [{ deployments, releases }] = data.team.repositories.nodes;
    // Pull request 30 has a merge commit, so its last own commit says nothing; 31 has none.
    expect(deployments.nodes).toMatchObject([
      {
        sha: 'merge-30',
        commitCount: 2,
        compareState: 'COMPARED',
        pullRequests: { totalCount: 2, nodes: [{ number: 31 }, { number: 30 }] },
      },
    ]);
    expect(releases.nodes).toMatchObject([{ tag: 'v30' }]);
    expect(data.team.incidents.nodes).toMatchObject([
      { title: 'Incident 30', deployment: { environment: 'production' } },
    ]);
  });

  it('of all repositories are a list of the team, newest first', async () => {
    const query = `($slug: String!) { team(slug: $slug) { deployments(first: 2) { totalCount nodes { sha } } } }`;
    const of = async ({ viewerToken, slug }: SeededTeam) =>
      (await world.ask(viewerToken, `query ${query}`, { slug })).data;
    const nodes = [{ sha: 'merge-30' }, { sha: 'merge-29' }];
    expect(await of(team)).toEqual({ team: { deployments: { totalCount: 30, nodes } } });
    expect(await of(other)).toEqual({ team: { deployments: { totalCount: 0, nodes: [] } } });
  });

  it('of another team do not exist', async () => {
    const id = globalId.row('Deployment', team.teamId, '30');
    const { data } = await world.ask(other.adminToken, `{ node(id: "${id}") { id } }`);
    expect(data).toEqual({ node: null });
  });
});

describe('incidents', () => {
  const input = (given: object = {}) => ({
    teamId: globalId.team(team.teamId),
    externalId: 'mine',
    title: ' Checkout is down ',
    openedAt: '2026-03-10T10:00:00Z',
    ...given,
  });
  const count = async (): Promise<number> => {
    const rows = await world.sql<{ n: number }>(
      `SELECT count(*)::int AS n FROM incident WHERE team_id = ANY ($1::bigint[])`,
      [[team.teamId, other.teamId]],
    );
    return rows[0]?.n ?? -1;
  };

  it('are reported by an admin, changed when they are reported again, and resolved once', async () => {
    const before = await count();
    const deploymentId = globalId.row('Deployment', team.teamId, '7');
    const first = await world.ask<Reported>(team.adminToken, REPORT, {
      input: input({ deploymentId }),
    });
    expect(first.data.reportIncident).toMatchObject({
      __typename: 'IncidentPayload',
      incident: {
        title: 'Checkout is down',
        resolvedAt: null,
        environment: 'production',
        deployment: { sha: 'merge-7' },
      },
    });
    const again = await world.ask<Reported>(team.adminToken, REPORT, {
      input: input({ title: 'Checkout was down' }),
    });
    expect(again.data.reportIncident.incident).toMatchObject({
      id: first.data.reportIncident.incident?.id,
      title: 'Checkout was down',
      deployment: { sha: 'merge-7' },
    });
    expect(await count()).toBe(before + 1);
    const incidentId = first.data.reportIncident.incident?.id;
    const resolve = (given: object) =>
      world.ask<Resolved>(team.adminToken, RESOLVE, { input: { incidentId, ...given } });
    const early = await resolve({ resolvedAt: '2026-03-10T09:00:00Z' });
    expect(early.data.resolveIncident).toEqual({
      __typename: 'InvalidInputError',
      message:
        'The incident was opened at 2026-03-10T10:00:00.000Z: resolvedAt must not lie before.',
    });
    const resolvedAt = '2026-03-10T11:00:00.000Z';
    expect((await resolve({ resolvedAt })).data.resolveIncident.incident).toMatchObject({
      resolvedAt,
    });
    expect((await resolve({})).data.resolveIncident.incident).toMatchObject({ resolvedAt });
    const audit = await world.sql<{ action: string }>(
      `SELECT action FROM admin_audit WHERE team_id = $1 ORDER BY id`,
      [team.teamId],
    );
    expect(audit.map(({ action }) => action)).toEqual([
      'INCIDENT_REPORTED',
      'INCIDENT_REPORTED',
      'INCIDENT_RESOLVED',
      'INCIDENT_RESOLVED',
    ]);
  });

  it.each([
    [
      'without a title',
      { title: ' \u0000 '.slice(0, 1) },
      'InvalidInputError',
      /^title must have 1 to 1000/,
    ],
    [
      'with a title beyond its bounds',
      { title: 'x'.repeat(1_001) },
      'InvalidInputError',
      /^title must have/,
    ],
    [
      'with an address that is none',
      { url: 'javascript:alert(1)' },
      'InvalidInputError',
      /^url must be an address/,
    ],
    [
      'that is to come',
      { openedAt: '2100-12-31T00:00:00Z' },
      'InvalidInputError',
      /lies in the future/,
    ],
    [
      'that ends before it begins',
      { resolvedAt: '2026-03-10T09:00:00Z' },
      'InvalidInputError',
      /^resolvedAt must not/,
    ],
    [
      'of a deployment that never was',
      { deploymentId: globalId.row('Deployment', '1', '999') },
      'NotFoundError',
      /no such deployment/,
    ],
    [
      'of a repository that never was',
      { repositoryId: 'nonsense' },
      'NotFoundError',
      /no such repository/,
    ],
  ])('%s are refused, and nothing is written', async (_what, given, type, message) => {
    const before = await count();
    const { data } = await world.ask<Reported>(team.adminToken, REPORT, { input: input(given) });
    expect(data.reportIncident.__typename).toBe(type);
    expect(data.reportIncident.message).toMatch(message);
    expect(await count()).toBe(before);
  });

  it('are for admins of the team alone', async () => {
    const viewer = await world.ask<Reported>(team.viewerToken, REPORT, { input: input() });
    expect(viewer.data.reportIncident).toMatchObject({ __typename: 'ForbiddenError' });
    const stranger = await world.ask<Reported>(other.adminToken, REPORT, { input: input() });
    expect(stranger.data.reportIncident).toMatchObject({ __typename: 'NotFoundError' });
    const foreign = globalId.row('Deployment', team.teamId, '7');
    const mixed = await world.ask<Reported>(other.adminToken, REPORT, {
      input: input({ teamId: globalId.team(other.teamId), deploymentId: foreign }),
    });
    expect(mixed.data.reportIncident).toMatchObject({ __typename: 'NotFoundError' });
  });
});

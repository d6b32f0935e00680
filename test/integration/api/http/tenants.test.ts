import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedPullRequests, seedTeam, seedUser, type SeededTeam } from '../seed-team.ts';

const PULL_REQUESTS = `query ($id: ID, $filter: PullRequestFilterInput) {
  team(id: $id) { pullRequests(filter: $filter) { totalCount nodes { id } } }
}`;

/** A body whose cost is that of one object that is null, whatever is left of the budget. */
function words(body: string): string {
  return body.replace(
    /"extensions":\{"cost":\{"estimated":2,"limit":20000,"actual":1,"remaining":\d+\}\}/,
    'COST',
  );
}

describe('two teams on one gateway', () => {
  let world: ApiWorld;
  let alpha: SeededTeam;
  let beta: SeededTeam;
  let betaPullRequests: string[];
  let betaRun: string;

  beforeAll(async () => {
    world = await createApiWorld();
    alpha = await seedTeam(world, { slug: 'alpha' });
    beta = await seedTeam(world, { slug: 'beta' });
    await seedPullRequests(world, alpha, { count: 4 });
    betaPullRequests = await seedPullRequests(world, beta, { count: 6 });
    const [run] = await world.sql<{ id: string }>(
      `INSERT INTO sync_run (team_id, kind, workflow_id, workflow_run_id, requested_names, since, started_at, updated_at)
       VALUES ($1, 'BACKFILL', 'backfill:2', 'r', '{}', now(), now(), now()) RETURNING id::text`,
      [beta.teamId],
    );
    betaRun = run?.id ?? '';
  });

  afterAll(async () => {
    await world?.close();
  });

  const foreignIds = (): string[] => [
    globalId.team(beta.teamId),
    globalId.row('Repository', beta.teamId, beta.repositoryIds[0] ?? ''),
    globalId.row('Member', beta.teamId, beta.memberIds[0] ?? ''),
    globalId.row('PullRequest', beta.teamId, betaPullRequests[0] ?? ''),
    globalId.row('SyncRun', beta.teamId, betaRun),
    // The other team's rows under the viewer's own team.
    globalId.row('PullRequest', alpha.teamId, betaPullRequests[0] ?? ''),
    globalId.row('Repository', alpha.teamId, beta.repositoryIds[0] ?? ''),
  ];

  it('lists only the own team', async () => {
    const { data } = await world.ask(
      alpha.viewerToken,
      '{ teams { totalCount nodes { slug } } viewer { memberships { nodes { team { slug } } } } }',
    );
    expect(data).toEqual({
      teams: { totalCount: 1, nodes: [{ slug: 'alpha' }] },
      viewer: { memberships: { nodes: [{ team: { slug: 'alpha' } }] } },
    });
  });

  it("shows a member of both teams both, and keeps each team's rows apart", async () => {
    const { token, userId } = await seedUser(world, alpha.teamId, 'VIEWER', 'of-both');
    await world.sql(`INSERT INTO membership (team_id, user_id, role) VALUES ($1, $2, 'ADMIN')`, [
      beta.teamId,
      userId,
    ]);
    const { data } = await world.ask(
      token,
      '{ teams { nodes { slug viewerRole pullRequests { totalCount } members { totalCount } } } }',
    );
    expect(data).toEqual({
      teams: {
        nodes: [
          {
            slug: 'alpha',
            viewerRole: 'VIEWER',
            pullRequests: { totalCount: 4 },
            members: { totalCount: 3 },
          },
          {
            slug: 'beta',
            viewerRole: 'ADMIN',
            pullRequests: { totalCount: 6 },
            members: { totalCount: 3 },
          },
        ],
      },
    });
  });

  it("answers null for another team's ids, word for word as for ids that never existed", async () => {
    const never = [
      globalId.team('999999'),
      globalId.row('PullRequest', alpha.teamId, '999999'),
      globalId.row('Unicorn', alpha.teamId, '1'),
      'not an id',
      '',
      btoa('Team:'),
      btoa('PullRequest:1:2:3'),
      btoa('Team:99999999999999999999999999'),
    ];
    for (const id of [...foreignIds(), ...never]) {
      const node = await world.ask(
        alpha.viewerToken,
        'query ($id: ID!) { node(id: $id) { id __typename } }',
        { id },
      );
      expect([id, words(node.body)]).toEqual([id, '{"data":{"node":null},COST}']);
      const team = await world.ask(
        alpha.viewerToken,
        'query ($id: ID!) { team(id: $id) { slug } }',
        { id },
      );
      expect([id, words(team.body)]).toEqual([id, '{"data":{"team":null},COST}']);
      const run = await world.ask(
        alpha.viewerToken,
        'query ($id: ID!) { syncRun(id: $id) { id } }',
        { id },
      );
      expect([id, words(run.body)]).toEqual([id, '{"data":{"syncRun":null},COST}']);
    }
    const all = await world.ask<{ nodes: null[] }>(
      alpha.viewerToken,
      'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
      { ids: [...foreignIds(), ...never] },
    );
    expect(all.errors).toEqual([]);
    expect(new Set(all.data.nodes)).toEqual(new Set([null]));
  });

  it('does not find another team by its slug', async () => {
    for (const slug of ['beta', 'nowhere', 'NO SLUG\u0000']) {
      const { body } = await world.ask(
        alpha.viewerToken,
        'query ($slug: String!) { team(slug: $slug) { id } }',
        { slug },
      );
      expect(words(body)).toBe('{"data":{"team":null},COST}');
    }
  });

  it("finds nothing by a filter that names another team's rows", async () => {
    const id = globalId.team(alpha.teamId);
    for (const filter of [
      { repositoryId: globalId.row('Repository', beta.teamId, beta.repositoryIds[0] ?? '') },
      { repositoryId: globalId.row('Repository', beta.teamId, alpha.repositoryIds[0] ?? '') },
      { authorId: globalId.row('Member', beta.teamId, beta.memberIds[0] ?? '') },
    ]) {
      const { data } = await world.ask(alpha.viewerToken, PULL_REQUESTS, { id, filter });
      expect(data).toEqual({ team: { pullRequests: { totalCount: 0, nodes: [] } } });
    }
  });

  it("goes on behind another team's cursor without showing its rows", async () => {
    const page = `query ($slug: String!, $after: String) { team(slug: $slug) { pullRequests(first: 3, after: $after) { nodes { id } pageInfo { endCursor } } } }`;
    const foreign = await world.ask<{
      team: { pullRequests: { pageInfo: { endCursor: string } } };
    }>(beta.viewerToken, page, { slug: 'beta' });
    const after = foreign.data.team.pullRequests.pageInfo.endCursor;
    const { data } = await world.ask<{ team: { pullRequests: { nodes: { id: string }[] } } }>(
      alpha.viewerToken,
      page,
      { slug: 'alpha', after },
    );
    for (const { id } of data.team.pullRequests.nodes) {
      expect(atob(id)).toMatch(new RegExp(`^PullRequest:${alpha.teamId}:`));
    }
  });

  it('refuses to start a backfill for another team as if it were not there', async () => {
    const START = `mutation ($teamId: ID!) { startBackfill(input: { teamId: $teamId }) { __typename ... on UserError { code message } } }`;
    const foreign = await world.ask(alpha.adminToken, START, {
      teamId: globalId.team(beta.teamId),
    });
    const never = await world.ask(alpha.adminToken, START, { teamId: globalId.team('999999') });
    // A budget fills up while the two are asked.
    const atOneMoment = (body: string) => body.replace(/"remaining":\d+/, '"remaining":0');
    expect(atOneMoment(foreign.body)).toBe(atOneMoment(never.body));
    expect(foreign.data).toMatchObject({
      startBackfill: { __typename: 'NotFoundError', code: 'NOT_FOUND' },
    });
    expect(world.launcher.started).toEqual([]);
  });

  it('shows nothing of a team to a user who belongs to none', async () => {
    const { token } = await seedUser(world, null, 'VIEWER', 'of-none');
    const { data } = await world.ask(
      token,
      '{ viewer { name memberships { nodes { role } } } teams { totalCount nodes { slug } } }',
    );
    expect(data).toEqual({
      viewer: { name: 'of-none', memberships: { nodes: [] } },
      teams: { totalCount: 0, nodes: [] },
    });
  });
});

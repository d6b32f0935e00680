import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedPullRequests, seedTeam, type SeededTeam } from '../seed-team.ts';

const TRACK = `mutation ($input: TrackBranchesInput!) {
  trackBranches(input: $input) {
    __typename
    ... on UserError { message }
    ... on TrackBranchesPayload { changedPullRequests team { trackedBranches } repository { name trackedBranches } }
  }
}`;

const SETTINGS = `mutation ($input: UpdateTeamSettingsInput!) {
  updateTeamSettings(input: $input) {
    __typename
    ... on UpdateTeamSettingsPayload { team { trackedBranches } rebuild { id } }
  }
}`;

let world: ApiWorld;
let team: SeededTeam;
let other: SeededTeam;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'ours', repositories: 2, members: 1 });
  other = await seedTeam(world, { slug: 'theirs', repositories: 1, members: 1 });
  await seedPullRequests(world, team, { count: 6 });
  await world.sql(
    `UPDATE pull_request SET base_branch = 'release/' || number WHERE team_id = $1 AND number > 4`,
    [team.teamId],
  );
});

afterAll(() => world?.close());

async function track(
  branches: readonly string[],
  { token = team.adminToken, repositoryId = null as string | null, of = team } = {},
) {
  const { data } = await world.ask<{ trackBranches: Readonly<Record<string, unknown>> }>(
    token,
    TRACK,
    { input: { teamId: globalId.team(of.teamId), repositoryId, branches } },
  );
  return data?.trackBranches;
}

const numbers = async (filter: string) => {
  const { data, errors } = await world.ask<{
    team: { pullRequests: { nodes: { number: number; baseKind: string }[] } };
  }>(
    team.viewerToken,
    `{ team(slug: "ours") { pullRequests(first: 50, filter: { ${filter} }) { nodes { number baseKind } } } }`,
  );
  expect(errors).toEqual([]);
  return data.team.pullRequests.nodes.map(({ number }) => number).toSorted((a, b) => a - b);
};

describe('trackBranches', () => {
  it('sets the branches of a team and of a repository, once, with an audit and dirty weeks', async () => {
    expect(await track([' main ', 'main'])).toEqual({
      __typename: 'TrackBranchesPayload',
      changedPullRequests: 2,
      team: { trackedBranches: ['main'] },
      repository: null,
    });
    expect(await numbers('baseKind: UNTRACKED')).toEqual([5, 6]);
    expect(await world.sql('SELECT DISTINCT week_start::text FROM rollup_dirty')).toHaveLength(1);
    expect(await track(['main'])).toMatchObject({ changedPullRequests: 0 });
    const repositoryId = globalId.row('Repository', team.teamId, team.repositoryIds[0] ?? '');
    expect(await track(['release/*'], { repositoryId })).toMatchObject({
      changedPullRequests: 6,
      team: { trackedBranches: ['main'] },
      repository: { trackedBranches: ['release/*'] },
    });
    expect(await numbers('baseKind: TRACKED')).toEqual([5, 6]);
    expect(await track([], { repositoryId })).toMatchObject({ changedPullRequests: 6 });
    const audits = await world.sql<{ details: object }>(
      `SELECT details FROM admin_audit WHERE action = 'TRACKED_BRANCHES' ORDER BY id`,
    );
    expect(audits.map(({ details }) => details)).toEqual([
      { repository: null, before: [], after: ['main'] },
      { repository: team.repositoryIds[0], before: [], after: ['release/*'] },
      { repository: team.repositoryIds[0], before: ['release/*'], after: [] },
    ]);
  });

  it('is also a setting of the team', async () => {
    const input = { teamId: globalId.team(team.teamId), trackedBranches: [] };
    const { data } = await world.ask(team.adminToken, SETTINGS, { input });
    expect(data).toEqual({
      updateTeamSettings: {
        __typename: 'UpdateTeamSettingsPayload',
        team: { trackedBranches: [] },
        rebuild: null,
      },
    });
    expect(await numbers('baseKind: UNTRACKED')).toEqual([]);
  });

  it.each([[['']], [['a b']], [['a\u0000']], [['a..b', '[x]']], [['x'.repeat(256)]]])(
    'refuses %j and changes nothing',
    async (branches) => {
      expect(await track(branches)).toMatchObject({ __typename: 'InvalidInputError' });
      const many = Array.from({ length: 51 }, (_, index) => `b${index}`);
      expect(await track(many)).toMatchObject({ __typename: 'InvalidInputError' });
      expect(await world.sql(`SELECT 1 FROM team WHERE tracked_branches <> '{}'`)).toEqual([]);
    },
  );

  it('is for admins of the team and for its own repositories', async () => {
    expect(await track(['main'], { token: team.viewerToken })).toMatchObject({
      __typename: 'ForbiddenError',
    });
    expect(await track(['main'], { token: other.adminToken })).toMatchObject({
      __typename: 'NotFoundError',
    });
    const repositoryId = globalId.row('Repository', other.teamId, other.repositoryIds[0] ?? '');
    expect(await track(['main'], { repositoryId })).toMatchObject({
      __typename: 'InvalidInputError',
    });
    const gone = globalId.row('Repository', team.teamId, '999999');
    expect(await track(['main'], { repositoryId: gone })).toMatchObject({
      __typename: 'NotFoundError',
    });
  });
});

describe('the filter by base branch', () => {
  it('takes a name or a pattern, and nothing else of it is one', async () => {
    expect(await numbers('baseBranch: "main"')).toEqual([1, 2, 3, 4]);
    expect(await numbers('baseBranch: "release/*"')).toEqual([5, 6]);
    expect(await numbers('baseBranch: "release/_"')).toEqual([]);
    expect(await numbers('baseBranch: "%"')).toEqual([]);
    expect(await numbers('baseBranch: "*", baseKind: PULL_REQUEST')).toEqual([]);
    const { errors } = await world.ask(
      team.viewerToken,
      '{ team(slug: "ours") { pullRequests(first: 5, filter: { baseBranch: "a\\u0000" }) { nodes { number } } } }',
    );
    expect(errors[0]?.extensions?.code).toBe('INVALID_INPUT');
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedPullRequests, seedTeam, type SeededTeam } from '../seed-team.ts';

describe('node, nodes and team', () => {
  let world: ApiWorld;
  let team: SeededTeam;
  let pullRequestIds: string[];

  beforeAll(async () => {
    world = await createApiWorld();
    team = await seedTeam(world, { slug: 'alpha', repositories: 3, members: 2 });
    pullRequestIds = await seedPullRequests(world, team, { count: 4 });
    world.counting.takeStatements();
  });

  afterAll(async () => {
    await world?.close();
  });

  it('loads what ids and slugs name with one statement a type, however often and by whatever field it is asked for', async () => {
    const [repositoryId = '', otherId = ''] = team.repositoryIds;
    const named = [
      ...pullRequestIds.map((id) => globalId.row('PullRequest', team.teamId, id)),
      globalId.team(team.teamId),
      globalId.row('Repository', team.teamId, repositoryId),
      globalId.row('Repository', team.teamId, otherId),
      globalId.row('Member', team.teamId, team.memberIds[0] ?? ''),
      // Not there, not of the viewer's teams, and no id at all.
      globalId.row('PullRequest', team.teamId, '999999999'),
      globalId.row('PullRequest', '999999999', '1'),
      'nonsense',
    ];
    const aliases = Array.from({ length: 16 }, (_, index) => {
      const ids = [...named.slice(index % named.length), ...named.slice(0, index % named.length)];
      const one = named[index % named.length] ?? '';
      return `n${index}: nodes(ids: ${JSON.stringify(ids)}) { __typename id }
        o${index}: node(id: ${JSON.stringify(one)}) { id } t${index}: team(slug: "alpha") { id }`;
    });
    const { data, errors } = await world.ask<Record<string, unknown>>(
      team.viewerToken,
      `{ ${aliases.join(' ')} x: team(slug: "nowhere") { id } }`,
    );
    expect(errors).toEqual([]);
    const shown = named.slice(0, 8);
    expect(data['n0']).toEqual([
      ...shown.map((id) => ({ __typename: atob(id).split(':')[0], id })),
      null,
      null,
      null,
    ]);
    expect([data['o0'], data['o9'], data['t3'], data['x']]).toEqual([
      { id: named[0] },
      null,
      { id: globalId.team(team.teamId) },
      null,
    ]);
    // Pull requests, teams by id, repositories, members, teams by slug.
    expect(world.counting.takeStatements()).toHaveLength(5);
  });
});

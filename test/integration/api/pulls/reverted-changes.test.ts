import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { seedPullRequests, seedTeam, type SeededTeam } from '../seed-team.ts';

const REVERTS = `{
  team(slug: "ours") {
    pullRequests(first: 50) { nodes { number reverts { reference pullRequest { number repository { name } } } } }
  }
}`;

interface Answer {
  readonly team: {
    readonly pullRequests: {
      readonly nodes: readonly { readonly number: number; readonly reverts: readonly unknown[] }[];
    };
  };
}

const SHA = '5e8e5223a8f01b77b011a64a4b31f8f1739eba2d';

let world: ApiWorld;
let team: SeededTeam;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'ours', repositories: 2, members: 1 });
  const other = await seedTeam(world, { slug: 'theirs', repositories: 1, members: 1 });
  await seedPullRequests(world, other, { count: 3 });
  await seedPullRequests(world, team, { count: 8 });
  await seedPullRequests(world, team, { count: 1, repository: 1 });
});

afterAll(() => world?.close());

it('what a pull request says it reverts is linked, in the team and as far as it is there, with one statement', async () => {
  const [first, second] = await world.sql<{ owner: string; name: string }>(
    'SELECT owner, name FROM repository WHERE team_id = $1 ORDER BY id',
    [team.teamId],
  );
  const [firstId, secondId] = team.repositoryIds;
  await world.sql(
    'UPDATE pull_request SET deleted_at = now() WHERE repository_id = $1 AND number = 2',
    [firstId],
  );
  await world.sql(
    `UPDATE pull_request SET merge_commit_sha = $2, state = 'MERGED' WHERE repository_id = $1 AND number = 3`,
    [firstId, SHA],
  );
  await world.sql('UPDATE pull_request SET number = 77 WHERE repository_id = $1', [secondId]);
  const references = [
    '#3',
    '#2',
    '#999999999',
    `${second?.owner.toUpperCase()}/${second?.name}#77`,
    'nobody/nothing#1',
    SHA,
    'abcdef1',
    'abcdef1..abcdef2',
  ];
  await world.sql(
    'UPDATE pull_request SET reverts = $2::text[] WHERE repository_id = $1 AND number = 4',
    [firstId, references],
  );
  world.counting.takeStatements();
  const { data, errors } = await world.ask<Answer>(team.viewerToken, REVERTS);
  expect(errors).toEqual([]);
  const statements = world.counting.takeStatements();
  expect(statements.filter(({ text }) => text.includes('unnest(t.reverts)'))).toHaveLength(1);
  const found = data.team.pullRequests.nodes.find((node) => node.number === 4);
  const link = (of: typeof first, linked: number) => ({
    number: linked,
    repository: { name: of?.name },
  });
  expect(found?.reverts).toEqual(
    references.map((reference, index) => ({
      reference,
      pullRequest:
        index === 0 || index === 5 ? link(first, 3) : index === 3 ? link(second, 77) : null,
    })),
  );
  expect(data.team.pullRequests.nodes.filter(({ reverts }) => reverts.length > 0)).toHaveLength(1);
});

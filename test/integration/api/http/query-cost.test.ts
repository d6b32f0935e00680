import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NodeHost } from '../../../../src/runtime/http/node-host.ts';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';
import { startTestHost } from '../../../support/test-host.ts';

describe('the cost of a query', () => {
  let world: ApiWorld;
  let team: SeededTeam;
  let host: NodeHost;

  beforeAll(async () => {
    world = await createApiWorld();
    team = await seedTeam(world, { slug: 'alpha' });
    host = await startTestHost(world.gateway.fetch);
  });

  afterAll(async () => {
    await host?.close();
    await world?.close();
  });

  const NESTED = `{ teams { nodes { ${'pullRequests(first: 100) { nodes { repository { '.repeat(3)} name ${'} } }'.repeat(3)} } } }`;
  const FOLLOWED = `subscription ($id: ID!) { syncRunProgress(id: $id) { ${'repositories(first: 100) { nodes { '.repeat(3)} id ${'} } '.repeat(3)} } }`;
  const STARTED = `mutation ($id: ID!) { startBackfill(input: { teamId: $id }) { ... on StartBackfillPayload { syncRun { ${'repositories(first: 100) { nodes { '.repeat(3)} id ${'} } '.repeat(3)} } } } }`;

  it.each([
    ['a query', NESTED],
    ['a subscription', FOLLOWED],
    ['a mutation', STARTED],
  ])('refuses %s over HTTP before a row is read or anything is started', async (_what, query) => {
    for (const accept of ['application/json', 'text/event-stream']) {
      world.counting.takeStatements();
      world.counting.takeTransactions();
      const answer = await fetch(`${host.url}/graphql`, {
        method: 'POST',
        headers: {
          accept,
          'content-type': 'application/json',
          authorization: `Bearer ${team.adminToken}`,
        },
        body: JSON.stringify({ query, variables: { id: globalId.team(team.teamId) } }),
      });
      expect([accept, answer.status]).toEqual([accept, 400]);
      expect(await answer.text()).toContain('"code":"QUERY_TOO_COMPLEX"');
      expect(world.counting.takeStatements()).toEqual([]);
      expect(world.counting.takeTransactions()).toBe(0);
      expect(world.gateway.activeStreams()).toBe(0);
      expect(world.launcher.started).toEqual([]);
    }
  });

  it('is what the answer came to, by the rows that are there', async () => {
    const { body } = await world.ask(
      team.viewerToken,
      '{ team(slug: "alpha") { name repositories(first: 50) { nodes { name owner } } } }',
    );
    // The team and the connection with a value, and what two values make of a repository.
    const rows = team.repositoryIds.length;
    expect(JSON.parse(body)).toMatchObject({
      extensions: {
        cost: { estimated: 63, limit: 20_000, actual: Math.ceil(2.1 + rows * 1.2) },
      },
    });
  });

  it('is neither bounded nor told where the limits are off', async () => {
    const free = world.createGateway({ queryLimits: null });
    const { body, errors } = await world.ask(team.viewerToken, '{ viewer { name } }', {}, free);
    expect(errors).toEqual([]);
    expect(JSON.parse(body)).toEqual({ data: { viewer: { name: 'alpha-viewer' } } });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiWorld, graphqlRequest, readAnswer, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';

describe('access tokens', () => {
  let world: ApiWorld;
  let team: SeededTeam;

  beforeAll(async () => {
    world = await createApiWorld();
    team = await seedTeam(world, { slug: 'alpha' });
  });

  afterAll(async () => {
    await world?.close();
  });

  const FIELDS: readonly (readonly [string, string])[] = [
    ['viewer', '{ viewer { name } }'],
    ['team', '{ team(slug: "alpha") { name } }'],
    ['teams', '{ teams { totalCount } }'],
    ['node', '{ node(id: "VGVhbTox") { id } }'],
    ['nodes', '{ nodes(ids: ["VGVhbTox"]) { id } }'],
    ['syncRun', '{ syncRun(id: "VGVhbTox") { id } }'],
    ['startBackfill', 'mutation { startBackfill(input: { teamId: "VGVhbTox" }) { __typename } }'],
    ['syncRunProgress', 'subscription { syncRunProgress(id: "VGVhbTox") { id } }'],
  ];

  it.each(FIELDS)('%s answers UNAUTHENTICATED without a token', async (_field, query) => {
    const { errors, status } = await world.ask(null, query);
    expect(errors.map((error) => error.extensions?.code)).toEqual(['UNAUTHENTICATED']);
    expect(status).toBe(200);
    expect(world.launcher.started).toEqual([]);
  });

  it('answers 401 with a challenge to clients that ask for the newer media type', async () => {
    const request = graphqlRequest(null, '{ viewer { name } }');
    request.headers.set('accept', 'application/graphql-response+json');
    const answer = await readAnswer(await world.gateway.fetch(request));
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.errors[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  });

  it.each(['x', 'Basic abc', 'Bearer', 'Bearer  ', `Bearer ${'a'.repeat(600)}`, 'Bearer unknown'])(
    'refuses the header %s',
    async (authorization) => {
      const request = graphqlRequest(null, '{ viewer { name } }');
      request.headers.set('authorization', authorization);
      const { errors } = await readAnswer(await world.gateway.fetch(request));
      expect(errors[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    },
  );

  it('refuses a token from the moment it expires or is revoked', async () => {
    const ask = async () =>
      (await world.ask<{ viewer: object | null }>(team.viewerToken, '{ viewer { name } }')).errors;
    const set = (assignment: string) =>
      world.sql(
        `UPDATE access_token SET ${assignment} WHERE user_id = (SELECT id FROM app_user WHERE name = 'alpha-viewer')`,
      );
    expect(await ask()).toEqual([]);
    await set(`expires_at = now() + interval '1 hour'`);
    expect(await ask()).toEqual([]);
    await set(`expires_at = now() - interval '1 second'`);
    expect(await ask()).toHaveLength(1);
    await set(`expires_at = NULL, revoked_at = now()`);
    expect(await ask()).toHaveLength(1);
    await set(`revoked_at = NULL`);
    expect(await ask()).toEqual([]);
  });

  it('takes a team away with the membership, at the next request', async () => {
    const query = 'query ($id: ID!) { node(id: $id) { id } }';
    const id = globalId.team(team.teamId);
    expect((await world.ask(team.viewerToken, query, { id })).data).toEqual({ node: { id } });
    await world.sql(
      `DELETE FROM membership WHERE user_id = (SELECT id FROM app_user WHERE name = 'alpha-viewer')`,
    );
    expect((await world.ask(team.viewerToken, query, { id })).data).toEqual({ node: null });
  });
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Db } from '../../../../src/db/core/client.ts';
import { createNodeDb } from '../../../../src/db/core/node-client.ts';
import { provisionOperator } from '../../../../src/db/teams/operators.ts';
import { createTeamWorld, refusalOf, type TeamWorld } from './team-world.ts';

let world: TeamWorld;
let maintenance: Db;

beforeAll(async () => {
  world = await createTeamWorld();
  maintenance = createNodeDb({
    connectionString: world.maintenanceUrl,
    poolSize: 2,
    applicationName: 'test',
    onConnectionError: () => undefined,
  });
});
afterAll(async () => {
  await maintenance?.$disconnect();
  await world?.close();
});

const provision = (email: string) =>
  provisionOperator(maintenance, { email, name: null, tokenName: 'ops', days: 30 });

const LAST = /last operator.* make another one first, with `throughline token create --operator`/;

it('the last operator can neither remove itself nor revoke its last token', async () => {
  const { token, userId } = world.operator;
  const [row] = await world.sql<{ id: string }>(
    `SELECT id::text FROM access_token WHERE user_id = $1`,
    [userId],
  );
  for (const [name, input] of [
    ['removeOperator', { userId }],
    ['revokeInstanceToken', { tokenId: row?.id }],
  ] as const) {
    expect(await world.change(token, name, input)).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(LAST) as string,
    });
  }
  expect(await refusalOf(world, token)).toBeNull();
});

it('what the refusal advises makes another operator, who then can', async () => {
  const second = await provision('second@x.test');
  const { data } = await world.ask<object>(second.secret, '{ viewer { instanceRole } }');
  expect(data).toEqual({ viewer: { instanceRole: 'OPERATOR' } });
  const third = await provision('second@x.test');
  expect(third.userId).toBe(second.userId);

  const revoke = { tokenId: String(third.tokenId) };
  await world.change(second.secret, 'revokeInstanceToken', revoke);
  expect(await refusalOf(world, third.secret)).toBe('UNAUTHENTICATED');
  expect(
    await world.change(second.secret, 'removeOperator', { userId: world.operator.userId }),
  ).toMatchObject({ __typename: 'RemoveOperatorPayload' });
  expect(await refusalOf(world, world.operator.token)).toBe('UNAUTHENTICATED');
  const audits = await world.sql<{ action: string; actor: string | null }>(
    `SELECT action, actor_id::text AS actor FROM instance_audit ORDER BY id`,
  );
  const actor = String(second.userId);
  expect(audits).toEqual([
    { action: 'OPERATOR_TOKEN_CREATED', actor: null },
    { action: 'OPERATOR_TOKEN_CREATED', actor: null },
    { action: 'INSTANCE_TOKEN_REVOKED', actor },
    { action: 'OPERATOR_REMOVED', actor },
  ]);
  expect(JSON.stringify(await world.sql('SELECT * FROM instance_audit'))).not.toContain('tl_');
});

it('two operators cannot remove one another at the same time', async () => {
  const one = await provision('one@x.test');
  const other = await provision('other@x.test');
  await world.sql(`UPDATE app_user SET instance_role = NULL WHERE NOT id = ANY ($1)`, [
    [String(one.userId), String(other.userId)],
  ]);
  const answers = await Promise.all([
    world.change(one.secret, 'removeOperator', { userId: String(other.userId) }),
    world.change(other.secret, 'removeOperator', { userId: String(one.userId) }),
  ]);
  expect(answers.map(({ __typename }) => __typename).toSorted()).toEqual([
    'InvalidInputError',
    'RemoveOperatorPayload',
  ]);
  const left = await world.sql(`SELECT id FROM app_user WHERE instance_role = 'OPERATOR'`);
  expect(left).toHaveLength(1);
});

it('an operator cannot leave only such as have no valid token', async () => {
  const one = await provision('alone@x.test');
  const other = await provision('expired@x.test');
  await world.sql(`UPDATE app_user SET instance_role = NULL WHERE NOT id = ANY ($1)`, [
    [String(one.userId), String(other.userId)],
  ]);
  await world.sql(`UPDATE access_token SET expires_at = now() WHERE user_id = $1`, [
    String(other.userId),
  ]);
  const remove = { userId: String(one.userId) };
  expect(await world.change(one.secret, 'removeOperator', remove)).toMatchObject({
    code: 'INVALID_INPUT',
    message: expect.stringMatching(LAST) as string,
  });
  expect(await refusalOf(world, one.secret)).toBeNull();
});

it('an admin sees a token for all teams that opens its own, and cannot revoke it', async () => {
  const { data } = await world.ask<{
    teamAccess: { accessTokens: { nodes: { id: string; opensAllTeams: boolean }[] } };
  }>(
    world.alpha.adminToken,
    '{ teamAccess(slug: "alpha") { accessTokens { nodes { id opensAllTeams } } } }',
  );
  const [token] = data.teamAccess.accessTokens.nodes;
  expect(token?.opensAllTeams).toBe(true);
  const input = { teamId: btoa(`Team:${world.alpha.teamId}`), tokenId: token?.id };
  expect(await world.change(world.alpha.adminToken, 'revokeAccessToken', input)).toMatchObject({
    code: 'INVALID_INPUT',
    message: expect.stringMatching(/an operator can revoke it \(revokeInstanceToken\)/) as string,
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { globalId } from '../seed-team.ts';
import { createTeamWorld, type TeamWorld } from './team-world.ts';

let world: TeamWorld;

beforeAll(async () => {
  world = await createTeamWorld();
});
afterAll(() => world?.close());

async function instanceAudits(): Promise<string[]> {
  const rows = await world.sql<{ action: string }>(`SELECT action FROM instance_audit ORDER BY id`);
  return rows.map(({ action }) => action);
}

describe('an operator', () => {
  it('creates a team, its first admin and a token, and the admin goes on', async () => {
    const { team } = await world.change<{ team: { id: string; users: object } }>(
      world.operator.token,
      'createTeam',
      { slug: 'fresh', name: 'Fresh' },
      '... on CreateTeamPayload { team { id users { totalCount } } }',
    );
    expect(team.users).toEqual({ totalCount: 0 });
    const { user } = await world.change<{ user: { id: string } }>(
      world.operator.token,
      'addUser',
      { teamId: team.id, email: 'first@x.test', name: 'First', role: 'ADMIN' },
      '... on AddUserPayload { user { id email name role } }',
    );
    expect(user).toMatchObject({ email: 'first@x.test', name: 'First', role: 'ADMIN' });
    const { secret } = await world.change<{ secret: string }>(
      world.operator.token,
      'createAccessToken',
      { teamId: team.id, userId: user.id, name: 'first' },
      '... on CreateAccessTokenPayload { secret }',
    );
    const { data } = await world.ask<object>(secret, '{ team(slug: "fresh") { name viewerRole } }');
    expect(data).toEqual({ team: { name: 'Fresh', viewerRole: 'ADMIN' } });
    expect(await instanceAudits()).toContain('TEAM_CREATED');
  });

  it('is told of a slug that is taken, and of a team that is not there', async () => {
    expect(await world.change(world.operator.token, 'createTeam', { slug: 'alpha' })).toMatchObject(
      { code: 'INVALID_INPUT', message: expect.stringMatching(/alpha already/) as string },
    );
    for (const unknown of [globalId.team('999'), 'nonsense']) {
      expect(
        await world.change(world.operator.token, 'addUser', { teamId: unknown, email: 'a@b.test' }),
      ).toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  it('alone creates teams, and sees the installation', async () => {
    expect(await world.change(world.alpha.adminToken, 'createTeam', { slug: 'x' })).toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringMatching(/throughline token create --operator/) as string,
    });
    const query = `{ installation {
      teams(first: 1) { totalCount nodes { slug } pageInfo { hasNextPage } }
      operators { email } accessTokens { userEmail role opensAllTeams }
      auditLog { nodes { action actorId } }
    } }`;
    const { data, errors: none } = await world.ask<{ installation: object }>(
      world.operator.token,
      query,
    );
    expect(none).toEqual([]);
    expect(data.installation).toMatchObject({
      teams: { nodes: [{ slug: 'alpha' }], pageInfo: { hasNextPage: true } },
      operators: [{ email: 'operator@example.test' }],
      accessTokens: [{ userEmail: 'operator@example.test', role: 'OPERATOR', opensAllTeams: true }],
    });
    const { errors } = await world.ask(world.alpha.adminToken, query);
    expect(errors.map(({ extensions }) => extensions?.code)).toEqual(['FORBIDDEN']);
  });
});

describe('a team', () => {
  it('is renamed by its admin, and its id stays', async () => {
    const { team } = await world.change<{ team: object }>(
      world.beta.adminToken,
      'renameTeam',
      { teamId: globalId.team(world.beta.teamId), slug: 'gamma', name: 'Team γ' },
      '... on RenameTeamPayload { team { id slug name } }',
    );
    expect(team).toEqual({ id: globalId.team(world.beta.teamId), slug: 'gamma', name: 'Team γ' });
  });
});

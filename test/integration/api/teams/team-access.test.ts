import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { globalId } from '../seed-team.ts';
import {
  addUserWithToken,
  createTeamWorld,
  refusalOf,
  statusOf,
  type TeamWorld,
} from './team-world.ts';

let world: TeamWorld;
let teamId: string;

beforeAll(async () => {
  world = await createTeamWorld();
  teamId = globalId.team(world.alpha.teamId);
});
afterAll(() => world?.close());

interface Access {
  readonly teamAccess: {
    readonly id: string;
    readonly slug: string;
    readonly users: {
      readonly totalCount: number;
      readonly nodes: readonly { id: string; email: string; role: string }[];
    };
    readonly accessTokens: {
      readonly nodes: readonly {
        id: string;
        role: string;
        userEmail: string;
        createdBy: string | null;
        opensAllTeams: boolean;
        lastUsedAt: string | null;
      }[];
    };
  } | null;
}

const ACCESS = `query ($teamId: ID, $slug: String) { teamAccess(teamId: $teamId, slug: $slug) {
  id slug
  users(first: 100) { totalCount nodes { id email role } }
  accessTokens(first: 100) { nodes { id role userEmail createdBy opensAllTeams lastUsedAt } }
} }`;

const readAccess = (token: string, slug = 'alpha') => world.ask<Access>(token, ACCESS, { slug });

async function auditsOf(team: string): Promise<string[]> {
  const rows = await world.sql<{ action: string; actor: string }>(
    `SELECT action, actor_id::text AS actor FROM admin_audit WHERE team_id = $1 ORDER BY id`,
    [team],
  );
  return rows.map(({ action, actor }) => `${action} by ${actor}`);
}

describe('who may use a team', () => {
  it('is shown to its admins and to operators, and neither to viewers nor to other teams', async () => {
    for (const token of [world.alpha.adminToken, world.operator.token]) {
      const { data, errors } = await readAccess(token);
      expect(errors).toEqual([]);
      expect(data.teamAccess).toMatchObject({ id: teamId, slug: 'alpha' });
      expect(data.teamAccess?.users.nodes).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ email: 'alpha-admin@example.test', role: 'ADMIN' }),
          expect.objectContaining({ email: 'alpha-viewer@example.test', role: 'VIEWER' }),
        ]),
      );
    }
    const refused = await Promise.all(
      [world.alpha.viewerToken, world.beta.adminToken].map((token) => readAccess(token)),
    );
    expect(refused.map(({ data }) => data.teamAccess)).toEqual([null, null]);
    expect(refused.map(({ errors }) => errors[0]?.extensions?.code)).toEqual([
      'FORBIDDEN',
      'NOT_FOUND',
    ]);
  });

  it('shows an operator no row of what a team does', async () => {
    const { data } = await world.ask<object>(
      world.operator.token,
      `query ($id: ID!) { node(id: $id) { id } team(slug: "alpha") { id } teams { totalCount } }`,
      { id: teamId },
    );
    expect(data).toEqual({ node: null, team: null, teams: { totalCount: 0 } });
  });

  it('never holds the text or the hash of a token', async () => {
    const { secret } = await addUserWithToken(world, world.alpha, 'secret@x.test', 'VIEWER');
    const [row] = await world.sql<{ hash: string }>(
      `SELECT encode(hash, 'hex') AS hash FROM access_token ORDER BY id DESC LIMIT 1`,
    );
    const { body } = await readAccess(world.alpha.adminToken);
    expect(body).toContain('secret@x.test');
    expect(body).not.toContain(secret);
    expect(body).not.toContain(row?.hash ?? secret);
    const rows = await world.sql<{ t: string }>(`SELECT d::text AS t FROM admin_audit d`);
    expect(rows.map(({ t }) => t).join('\n')).not.toContain(secret);
  });
});

describe('an admin', () => {
  it('adds a user and gives it a token, which opens this team with the role of the user', async () => {
    const before = (await auditsOf(world.alpha.teamId)).length;
    const made = await addUserWithToken(world, world.alpha, 'New@X.test', 'VIEWER');
    expect(made.secret).toMatch(/^tl_[0-9a-f]{64}$/);
    expect(made.accessToken).toMatchObject({
      role: 'VIEWER',
      createdBy: world.alpha.adminUserId,
      userId: made.userId,
      lastUsedAt: null,
      opensAllTeams: false,
    });
    const days = (Date.parse(made.accessToken.expiresAt) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(90);
    const { data } = await world.ask<{ viewer: object }>(
      made.secret,
      '{ viewer { email memberships { nodes { role team { slug } } } } }',
    );
    expect(data.viewer).toEqual({
      email: 'new@x.test',
      memberships: { nodes: [{ role: 'VIEWER', team: { slug: 'alpha' } }] },
    });
    const by = world.alpha.adminUserId;
    expect((await auditsOf(world.alpha.teamId)).slice(before)).toEqual([
      `USER_ADDED by ${by}`,
      `TOKEN_CREATED by ${by}`,
    ]);
  });

  it('gets no further than its team with a token for a user of other teams, or for an operator', async () => {
    for (const email of ['beta-admin@example.test', 'operator@example.test']) {
      const made = await addUserWithToken(world, world.alpha, email, 'ADMIN');
      const { data } = await world.ask<{ viewer: object }>(
        made.secret,
        '{ viewer { instanceRole memberships { nodes { role team { slug } } } } }',
      );
      expect(data.viewer).toEqual({
        instanceRole: null,
        memberships: { nodes: [{ role: 'ADMIN', team: { slug: 'alpha' } }] },
      });
      const { errors } = await world.ask(made.secret, '{ installation { operators { id } } }');
      expect(errors[0]?.extensions?.code).toBe('FORBIDDEN');
      expect(await world.change(made.secret, 'createTeam', { slug: 'mine' })).toMatchObject({
        code: 'FORBIDDEN',
      });
    }
  });

  it('can make a weaker token than the user is, and no stronger one', async () => {
    const input = { teamId, name: 'weak', userId: world.alpha.adminUserId, role: 'VIEWER' };
    const { secret } = await world.change<{ secret: string }>(
      world.alpha.adminToken,
      'createAccessToken',
      input,
      '... on CreateAccessTokenPayload { secret }',
    );
    expect(await world.change(secret, 'addUser', { teamId, email: 'a@b.test' })).toMatchObject({
      code: 'FORBIDDEN',
    });
    const viewer = await addUserWithToken(world, world.alpha, 'stronger@x.test', 'VIEWER');
    expect(
      await world.change(world.alpha.adminToken, 'createAccessToken', {
        ...input,
        userId: viewer.userId,
        role: 'ADMIN',
      }),
    ).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringMatching(/viewer/) as string });
  });

  it('takes a right away with the role, for tokens that exist', async () => {
    const made = await addUserWithToken(world, world.alpha, 'demoted@x.test', 'ADMIN');
    await world.change(world.alpha.adminToken, 'addUser', { teamId, email: 'demoted@x.test' });
    expect(await world.change(made.secret, 'addUser', { teamId, email: 'a@b.test' })).toMatchObject(
      { code: 'FORBIDDEN' },
    );
    const { data } = await readAccess(world.alpha.adminToken);
    const shown = data.teamAccess?.accessTokens.nodes.find(({ id }) => id === made.accessToken.id);
    expect(shown?.role).toBe('VIEWER');
  });

  it('revokes a token, which then answers as an unknown one', async () => {
    const made = await addUserWithToken(world, world.alpha, 'revoked@x.test', 'VIEWER');
    expect(await refusalOf(world, made.secret)).toBeNull();
    const revoke = { teamId, tokenId: made.accessToken.id };
    for (const _time of ['first', 'second']) {
      expect(await world.change(world.alpha.adminToken, 'revokeAccessToken', revoke)).toEqual({
        __typename: 'RevokeAccessTokenPayload',
      });
    }
    expect(await refusalOf(world, made.secret)).toBe('UNAUTHENTICATED');
    const expired = await addUserWithToken(world, world.alpha, 'expired@x.test', 'VIEWER');
    await world.sql(
      `UPDATE access_token SET expires_at = now() - interval '1 second' WHERE id = $1`,
      [expired.accessToken.id],
    );
    const tokens = [made.secret, expired.secret, 'tl_unknown'];
    const statuses = await Promise.all(tokens.map((token) => statusOf(world, token)));
    expect(statuses).toEqual([401, 401, 401]);
    const audits = await auditsOf(world.alpha.teamId);
    expect(audits.filter((line) => line.startsWith('TOKEN_REVOKED'))).toHaveLength(1);
  });

  it('removes a user, whose tokens stop working at once, those of other teams not', async () => {
    const here = await addUserWithToken(world, world.alpha, 'both@x.test', 'VIEWER');
    const there = await addUserWithToken(world, world.beta, 'both@x.test', 'VIEWER');
    expect(there.userId).toBe(here.userId);
    await world.change(world.alpha.adminToken, 'removeUser', { teamId, userId: here.userId });
    expect(await refusalOf(world, here.secret)).toBe('UNAUTHENTICATED');
    expect(await refusalOf(world, there.secret)).toBeNull();
    // Whoever comes back gets in with new tokens only.
    await world.change(world.alpha.adminToken, 'addUser', { teamId, email: 'both@x.test' });
    expect(await refusalOf(world, here.secret)).toBe('UNAUTHENTICATED');
  });

  it('removes a user of no other team together with its tokens for all teams', async () => {
    const [user] = await world.sql<{ id: string }>(
      `SELECT id::text FROM app_user WHERE email = 'alpha-viewer@example.test'`,
    );
    expect(await refusalOf(world, world.alpha.viewerToken)).toBeNull();
    await world.change(world.alpha.adminToken, 'removeUser', { teamId, userId: user?.id });
    expect(await refusalOf(world, world.alpha.viewerToken)).toBe('UNAUTHENTICATED');
  });

  it('cannot take the last admin from the team, an operator can', async () => {
    const betaId = globalId.team(world.beta.teamId);
    const admin = { teamId: betaId, userId: world.beta.adminUserId };
    const demoted = { teamId: betaId, email: 'beta-admin@example.test', role: 'VIEWER' };
    for (const [name, input] of [
      ['removeUser', admin],
      ['addUser', demoted],
    ] as const) {
      expect(await world.change(world.beta.adminToken, name, input)).toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringMatching(/only admin .*addUser/) as string,
      });
    }
    expect(await world.change(world.operator.token, 'addUser', demoted)).toMatchObject({
      __typename: 'AddUserPayload',
    });
    await world.change(world.operator.token, 'addUser', { ...demoted, role: 'ADMIN' });
  });

  it.each([
    ['addUser', { email: 'x@y.test' }],
    ['removeUser', { userId: '1' }],
    ['createAccessToken', { userId: '1', name: 'n' }],
    ['revokeAccessToken', { tokenId: '1' }],
    ['renameTeam', { name: 'Mine' }],
  ])('of another team cannot %s, nor can a viewer', async (name, input) => {
    const viewer = await addUserWithToken(world, world.alpha, `${name}@x.test`, 'VIEWER');
    const codes = await Promise.all(
      [viewer.secret, world.stranger.adminToken].map(
        async (token) => (await world.change(token, name, { teamId, ...input })).code,
      ),
    );
    expect(codes).toEqual(['FORBIDDEN', 'NOT_FOUND']);
  });

  it('gets a sentence for a user or token of another team, and nothing changes', async () => {
    const there = await addUserWithToken(world, world.beta, 'there@x.test', 'VIEWER');
    const attempts: readonly (readonly [string, object])[] = [
      ['removeUser', { userId: there.userId }],
      ['createAccessToken', { userId: there.userId, name: 'n' }],
      ['revokeAccessToken', { tokenId: there.accessToken.id }],
    ];
    for (const [name, input] of attempts) {
      expect(await world.change(world.alpha.adminToken, name, { teamId, ...input })).toMatchObject({
        code: 'NOT_FOUND',
      });
    }
    expect(await refusalOf(world, there.secret)).toBeNull();
  });

  it.each([
    ['addUser', { email: 'no address' }],
    ['addUser', { email: 'a@b\u0000' }],
    ['addUser', { email: 'ok@x.test', name: ' ' }],
    ['addUser', { email: `${'a'.repeat(300)}@x.test` }],
    ['createAccessToken', { userId: '1', name: '' }],
    ['createAccessToken', { userId: '1', name: 'n', days: 0 }],
    ['createAccessToken', { userId: '1', name: 'n', days: 731 }],
    ['renameTeam', { slug: 'Not A Slug' }],
    ['renameTeam', { slug: 'beta' }],
    ['renameTeam', {}],
  ])('is told what to write for %s %j', async (name, input) => {
    expect(await world.change(world.alpha.adminToken, name, { teamId, ...input })).toMatchObject({
      __typename: 'InvalidInputError',
      code: 'INVALID_INPUT',
    });
  });
});

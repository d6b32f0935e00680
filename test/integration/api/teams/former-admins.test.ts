import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { globalId } from '../seed-team.ts';
import {
  addUserWithToken,
  createTeamWorld,
  refusalOf,
  type CreatedToken,
  type TeamWorld,
} from './team-world.ts';

let world: TeamWorld;
let teamId: string;
let admins = 0;

beforeAll(async () => {
  world = await createTeamWorld();
  teamId = globalId.team(world.alpha.teamId);
});
afterAll(() => world?.close());

describe('tokens that an admin has made and seen', () => {
  let admin: CreatedToken & { readonly userId: string };
  let ofOther: CreatedToken;
  let ofElse: CreatedToken;
  let email: string;

  beforeEach(async () => {
    admins += 1;
    email = `admin-${admins}@x.test`;
    admin = await addUserWithToken(world, world.alpha, email, 'ADMIN');
    const other = await addUserWithToken(world, world.alpha, `other-${admins}@x.test`, 'ADMIN');
    ofElse = other;
    ofOther = await world.change<CreatedToken>(
      admin.secret,
      'createAccessToken',
      { teamId, userId: other.userId, name: 'made for another' },
      '... on CreateAccessTokenPayload { secret accessToken { id role expiresAt } }',
    );
  });

  const refusals = async () =>
    Promise.all([admin, ofOther, ofElse].map(({ secret }) => refusalOf(world, secret)));

  it('get in while it is one', async () => {
    expect(await refusals()).toEqual([null, null, null]);
  });

  it('go with the admin, those that others have made for the same user do not', async () => {
    await world.change(world.alpha.adminToken, 'removeUser', { teamId, userId: admin.userId });
    expect(await refusals()).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED', null]);
  });

  it('go when it is an admin no more, its own stay', async () => {
    await world.change(world.alpha.adminToken, 'addUser', { teamId, email, role: 'VIEWER' });
    expect(await refusals()).toEqual([null, 'UNAUTHENTICATED', null]);
  });
});

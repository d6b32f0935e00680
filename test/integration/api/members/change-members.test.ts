import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiWorld, type ApiWorld } from '../api-world.ts';
import { globalId, seedPullRequests, seedTeam, type SeededTeam } from '../seed-team.ts';

const MERGE = `mutation ($input: MergeMembersInput!) {
  result: mergeMembers(input: $input) {
    __typename
    ... on ChangedMember { member { login kind kindRule kindSetBy mergedInto { login } organization } }
    ... on UserError { code message }
  }
}`;

const SET_KIND = `mutation ($input: SetMemberKindInput!) {
  result: setMemberKind(input: $input) {
    __typename
    ... on ChangedMember { member { login kind kindRule kindSetBy mergedInto { login } organization } }
    ... on UserError { code message }
  }
}`;

const SET_EXTERNAL = `mutation ($input: SetMemberExternalInput!) {
  result: setMemberExternal(input: $input) {
    __typename
    ... on ChangedMember { member { login isExternal externalSetBy } }
    ... on UserError { code message }
  }
}`;

let world: ApiWorld;
let team: SeededTeam;
let other: SeededTeam;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha', members: 4 });
  other = await seedTeam(world, { slug: 'beta', members: 2 });
  await seedPullRequests(world, team, { count: 6, reviews: 4 });
});

afterAll(async () => {
  await world?.close();
});

const member = (index: number, of: SeededTeam = team): string =>
  globalId.row('Member', of.teamId, of.memberIds[index] ?? '');

async function ask(query: string, input: object, token = team.adminToken) {
  const { data, errors } = await world.ask<{ result: Readonly<Record<string, unknown>> }>(
    token,
    query,
    { input },
  );
  expect(errors).toEqual([]);
  return data.result;
}

const audits = async (): Promise<string[]> => {
  const rows = await world.sql<{ action: string }>(
    'SELECT action FROM admin_audit WHERE team_id = $1 ORDER BY id',
    [team.teamId],
  );
  return rows.map(({ action }) => action);
};

describe('an admin', () => {
  it('sets the kind of a member and gives it back', async () => {
    expect(await ask(SET_KIND, { member: member(3), kind: 'BOT' })).toEqual({
      __typename: 'ChangedMember',
      member: {
        login: 'dev-004',
        kind: 'BOT',
        kindRule: 'set by an admin; before: GitHub says it is a user',
        kindSetBy: team.adminUserId,
        mergedInto: null,
        organization: null,
      },
    });
    expect(await ask(SET_KIND, { member: member(3), kind: null })).toMatchObject({
      member: { kind: 'HUMAN', kindRule: 'GitHub says it is a user', kindSetBy: null },
    });
    expect(await audits()).toEqual(['MEMBER_KIND', 'MEMBER_KIND']);
  });

  it('sets whether a member is external, once, and gives it back', async () => {
    const before = await audits();
    const answer = (isExternal: boolean, externalSetBy: string | null) => ({
      __typename: 'ChangedMember',
      member: { login: 'dev-004', isExternal, externalSetBy },
    });
    const set = (isExternal: boolean | null) =>
      ask(SET_EXTERNAL, { member: member(3), isExternal });
    expect(await set(true)).toEqual(answer(true, team.adminUserId));
    expect(await set(true)).toEqual(answer(true, team.adminUserId));
    expect(await set(false)).toEqual(answer(false, team.adminUserId));
    // What GitHub says meanwhile counts when the admin gives it back.
    await world.sql('UPDATE member SET is_external = true WHERE id = $1', [team.memberIds[3]]);
    expect(await ask(SET_EXTERNAL, { member: member(3) })).toEqual(answer(true, null));
    await world.sql('UPDATE member SET is_external = false WHERE id = $1', [team.memberIds[3]]);
    const added = (await audits()).slice(before.length);
    expect(added).toEqual(['MEMBER_EXTERNAL', 'MEMBER_EXTERNAL', 'MEMBER_EXTERNAL']);
    const [last] = await world.sql<{ details: object }>(
      'SELECT details FROM admin_audit WHERE team_id = $1 ORDER BY id DESC LIMIT 1',
      [team.teamId],
    );
    expect(last?.details).toEqual({
      member: team.memberIds[3],
      login: 'dev-004',
      from: false,
      to: true,
      setBy: 'GITHUB',
    });
  });

  it.each([
    ['a repository', () => globalId.row('Repository', team.teamId, team.repositoryIds[0] ?? '')],
    ['a member of others', () => member(0, other)],
    ['what is no member', () => globalId.row('Member', team.teamId, '999999')],
  ])('does not set for %s whether it is external', async (_, id) => {
    const before = await audits();
    expect(await ask(SET_EXTERNAL, { member: id(), isExternal: true })).toMatchObject({
      __typename: 'NotFoundError',
    });
    expect(await audits()).toEqual(before);
  });

  it('merges two members, and both show it', async () => {
    const merged = await ask(MERGE, { from: member(1), into: member(0) });
    expect(merged).toMatchObject({
      __typename: 'ChangedMember',
      member: { login: 'dev-001', mergedInto: null },
    });
    const { data } = await world.ask(
      team.viewerToken,
      `query ($id: ID!) { node(id: $id) { ... on Member { login mergedInto { login } } } }`,
      { id: member(1) },
    );
    expect(data).toEqual({ node: { login: 'dev-002', mergedInto: { login: 'dev-001' } } });
    expect((await audits()).at(-1)).toBe('MEMBER_MERGE');
    const [left] = await world.sql<{ rows: number }>(
      `SELECT (SELECT count(*) FROM review WHERE reviewer_id = $1)::int
        + (SELECT count(*) FROM pull_request WHERE $1 IN (author_id, merged_by_id))::int AS rows`,
      [team.memberIds[1]],
    );
    expect(left?.rows).toBe(0);
  });

  it.each([
    ['a member and itself', () => ({ from: member(2), into: member(2) }), 'InvalidInputError'],
    ['what was merged already', () => ({ from: member(2), into: member(1) }), 'InvalidInputError'],
    ['what is no member', () => ({ from: 'nobody', into: member(2) }), 'NotFoundError'],
    ['a member of others', () => ({ from: member(0, other), into: member(2) }), 'NotFoundError'],
    ['into others', () => ({ from: member(2), into: member(0, other) }), 'NotFoundError'],
    [
      'a repository',
      () => ({ from: globalId.team(team.teamId), into: member(2) }),
      'NotFoundError',
    ],
  ])('does not merge %s', async (_, input, typename) => {
    const before = await audits();
    expect(await ask(MERGE, input())).toMatchObject({
      __typename: typename,
      message: expect.stringMatching(/\.$/),
    });
    expect(await audits()).toEqual(before);
  });

  it('does not merge members of two teams, also as admin of both', async () => {
    await world.sql(`INSERT INTO membership (team_id, user_id, role) VALUES ($1, $2, 'ADMIN')`, [
      other.teamId,
      team.adminUserId,
    ]);
    expect(await ask(MERGE, { from: member(0, other), into: member(2) })).toMatchObject({
      __typename: 'InvalidInputError',
      message: 'Members of two teams cannot be merged: name two of one.',
    });
  });
});

describe('who is no admin', () => {
  it.each([
    ['merge members', MERGE, () => ({ from: member(3), into: member(2) })],
    ['set a kind', SET_KIND, () => ({ member: member(3), kind: 'BOT' })],
    ['set an outsider', SET_EXTERNAL, () => ({ member: member(3), isExternal: true })],
  ])('may not %s', async (_, query, input) => {
    const before = await audits();
    expect(await ask(query, input(), team.viewerToken)).toMatchObject({
      __typename: 'ForbiddenError',
      message: expect.stringMatching(
        /^Only an admin of the team may .* members: ask one of them\.$/,
      ),
    });
    expect(await ask(query, input(), other.viewerToken)).toMatchObject({
      __typename: 'NotFoundError',
    });
    expect(await audits()).toEqual(before);
  });
});

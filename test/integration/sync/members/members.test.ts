import { describe, expect, it } from 'vitest';
import type { MembersCursor } from '../../../../src/contracts/members.ts';
import { idOfLogin } from '../../../../src/domain/members/actor.ts';
import { sourceOf, useMembersWorld } from './members-world.ts';

const open = useMembersWorld();

describe('the members of an organisation', () => {
  it('are stored as insiders with their names and kinds', async () => {
    const { look, members } = await open(sourceOf(0));
    expect(await look()).toEqual({
      next: 'DONE',
      outcome: { state: 'STORED', members: 2, written: 2, left: 0 },
    });
    const row = { organization: 'acme', is_external: false, kind: 'HUMAN' };
    expect(await members()).toEqual([
      { ...row, login: 'ada', name: 'ada the User' },
      { ...row, login: 'bo', name: 'bo the User' },
    ]);
  });

  it('cost nothing of the limit while nothing changes, and are read again when something does', async () => {
    const { look, members, fake } = await open(sourceOf(0));
    await look();
    const { requests } = fake.stats();
    expect(await look()).toEqual({ next: 'DONE', outcome: { state: 'UNCHANGED' } });
    expect(fake.stats().requests).toEqual({ ...requests, rest: requests.rest + 1 });
    fake.setSource(sourceOf(0, ['ada']));
    expect(await look()).toEqual({
      next: 'DONE',
      outcome: { state: 'STORED', members: 1, written: 0, left: 1 },
    });
    expect(await members()).toMatchObject([
      { login: 'ada', organization: 'acme' },
      { login: 'bo', organization: null, is_external: false },
    ]);
  });

  it('of several pages are read to the end, and by no ETag of the first page alone', async () => {
    const { look, members, rows } = await open(sourceOf(248));
    expect(await look()).toMatchObject({ outcome: { members: 250, written: 250 } });
    expect(await members()).toHaveLength(250);
    expect(await rows('SELECT 1 FROM github_etag')).toEqual([]);
    expect(await look()).toMatchObject({ outcome: { state: 'STORED', members: 250, written: 0 } });
  });

  it('take in who was known by the login that a stored one has now', async () => {
    const { look, members, rows, scene, teamId } = await open(sourceOf(0));
    await look();
    await scene.sql.query(
      `INSERT INTO member (team_id, github_id, login, kind, kind_rule, is_external)
       VALUES ($1, $2, 'ADA', 'UNKNOWN', 'GitHub says it is another kind of account', true)`,
      [teamId, idOfLogin('ada')],
    );
    await look();
    expect(await members()).toHaveLength(3);
    expect(
      await rows(
        'SELECT m.login, into_member.login AS into FROM member m JOIN member into_member ON into_member.id = m.merged_into_id',
      ),
    ).toEqual([{ login: 'ADA', into: 'ada' }]);
  });

  it('of a person are none, and stop nothing', async () => {
    const { look, members } = await open(sourceOf(0));
    expect(await look('ada')).toEqual({ next: 'DONE', outcome: { state: 'NOT_AN_ORGANIZATION' } });
    expect(await members()).toEqual([]);
  });

  it('that GitHub does not show are refused with what to do', async () => {
    const { look, fake, members } = await open(sourceOf(0));
    fake.failNext({ status: 403, body: { message: 'Resource protected by organization SAML' } });
    const result = await look();
    expect(result).toMatchObject({ next: 'DONE', outcome: { state: 'REFUSED' } });
    expect(JSON.stringify(result)).toMatch(/acme/);
    expect(await members()).toEqual([]);
  });

  it('wait for a limit without storing a part of them', async () => {
    const { look, fake, members, rows } = await open(sourceOf(0));
    fake.failNext({ retryAfter: 60, status: 403 });
    expect(await look()).toMatchObject({ next: 'WAIT', until: expect.stringMatching(/Z$/) });
    expect(await members()).toEqual([]);
    expect(await rows('SELECT 1 FROM github_etag')).toEqual([]);
  });

  it.each([
    ['gives the same cursor again', ['SAME', 'SAME'], [['ada'], ['bo']]],
    ['shows the same members in turns', ['A', 'B', 'A'], [['ada'], ['bo'], ['ada']]],
    ['shows nobody and never ends', ['A', 'B'], [['ada'], []]],
    ['gives no text as its cursor', ['a\u0000b'], [['ada']]],
  ])('of a list that %s are refused, and nobody has left', async (_what, cursors, pages) => {
    const { look, fake, members } = await open(sourceOf(3));
    await look();
    const stored = await members();
    fake.setSource(sourceOf(2));
    const before = fake.stats().requests.graphql;
    fake.failNext({ status: 200, body: [] });
    for (const [index, logins] of pages.entries()) {
      const nodes = logins.map((login) => ({
        __typename: 'User',
        databaseId: login === 'ada' ? 1 : 2,
        login,
        name: null,
      }));
      const pageInfo = { hasNextPage: true, endCursor: cursors[index] };
      const organization = { login: 'acme', membersWithRole: { nodes, pageInfo } };
      fake.failNext({ status: 200, body: { data: { rateLimit: null, organization } } });
    }
    await expect(look()).rejects.toMatchObject({
      kind: 'UNEXPECTED',
      message: expect.stringContaining('contradicts itself') as string,
    });
    expect(fake.stats().requests.graphql - before).toBe(pages.length);
    expect(await members()).toEqual(stored);
  });

  it('are stored beside an entry that is empty: nobody has left, and the next sync reads all again', async () => {
    const { look, fake, members, rows } = await open(sourceOf(1));
    await look();
    await rows('DELETE FROM github_etag');
    const ada = { __typename: 'User', databaseId: 1, login: 'ada', name: 'Ada' };
    const pageInfo = { hasNextPage: false, endCursor: null };
    const organization = { login: 'acme', membersWithRole: { nodes: [ada, null], pageInfo } };
    fake.failNext({ status: 200, body: [] });
    fake.failNext({ status: 200, body: { data: { rateLimit: null, organization } } });
    expect(await look()).toEqual({
      next: 'DONE',
      outcome: {
        state: 'STORED',
        members: 1,
        written: 1,
        left: 0,
        unread: 1,
        held: expect.stringContaining('whose 1 of the entries') as string,
      },
    });
    expect(await members()).toMatchObject([
      { login: 'ada', organization: 'acme', name: 'Ada' },
      { login: 'bo', organization: 'acme' },
      { login: 'dev-0000', organization: 'acme' },
    ]);
    fake.setSource(sourceOf(0));
    expect(await look()).toMatchObject({ outcome: { state: 'STORED', members: 2, left: 1 } });
  });

  it('are read on behind a limit, each page once, and who was seen before it has not left', async () => {
    let now = new Date();
    // Ten minutes: what GitHub resets more than two hours ahead of the database's clock is no limit.
    const limits = { pointsPerHour: 2, windowMs: 600_000 };
    const { look, fake, members, rows } = await open(sourceOf(448), { limits, now: () => now });
    /** Looks until all are read, each time when the limit is over. */
    const readAll = async () => {
      const cursors: (MembersCursor | undefined)[] = [];
      for (let result = await look(); ; result = await look('acme', cursors.at(-1))) {
        if (result.next === 'DONE') {
          return { places: cursors, outcome: result.outcome };
        }
        cursors.push(result.cursor);
        now = new Date(now.getTime() + 610_000);
        await rows(`UPDATE github_quota SET reset_at = now(), blocked_until = NULL`);
      }
    };
    const first = await readAll();
    expect(first.outcome).toEqual({ state: 'STORED', members: 450, written: 450, left: 0 });
    expect(first.places.map((cursor) => [cursor?.seen.length, cursor?.written])).toEqual([
      [200, 200],
      [400, 400],
    ]);
    expect(fake.stats().requests).toEqual({ rest: 1, graphql: 5 });
    fake.setSource(sourceOf(447, ['bo']));
    expect((await readAll()).outcome).toEqual({
      state: 'STORED',
      members: 448,
      written: 0,
      left: 2,
    });
    const gone = (await members()).filter(({ organization }) => organization === null);
    expect(gone.map(({ login }) => login)).toEqual(['ada', 'dev-0447']);
  });
});

describe('what is looked at', () => {
  it('are the owners of repositories that are synced, each once', async () => {
    const { plan, addRepository, rows, teamId, connectionId } = await open(sourceOf(0));
    expect(await plan()).toEqual({ organizations: [] });
    await addRepository('acme/api');
    await rows(`INSERT INTO repository (team_id, connection_id, github_id, owner, name, sync_state)
      SELECT team_id, connection_id, 78, 'ACME', 'web', 'ACTIVE' FROM repository`);
    await rows(`UPDATE repository SET sync_state = 'ACTIVE'`);
    const ids = { teamId: String(teamId), connectionId: String(connectionId) };
    const { organizations } = await plan();
    expect(organizations).toEqual([{ ...ids, organization: expect.stringMatching(/^acme$/i) }]);
    await rows(`UPDATE github_connection SET status = 'NEEDS_REAUTH'`);
    expect(await plan()).toEqual({ organizations: [] });
  });
});

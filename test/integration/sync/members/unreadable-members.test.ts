import { describe, expect, it } from 'vitest';
import type { FakeGitHub } from '../../../../src/demo/fake-github/fake-github.ts';
import { sourceOf, useMembersWorld } from './members-world.ts';

const open = useMembersWorld();

const REASON = 'SELECT status, status_reason AS reason FROM github_connection';
const ADA = { __typename: 'User', databaseId: 1, login: 'ada', name: null };
const BO = { __typename: 'User', databaseId: 2, login: 'bo', name: null };

/** The next look reads pages with these entries. */
function show(fake: FakeGitHub, ...pages: readonly (readonly unknown[])[]): void {
  fake.failNext({ status: 200, body: [] });
  for (const [index, nodes] of pages.entries()) {
    const hasNextPage = index < pages.length - 1;
    const pageInfo = { hasNextPage, endCursor: hasNextPage ? `page ${index}` : null };
    const organization = { login: 'acme', membersWithRole: { nodes, pageInfo } };
    fake.failNext({ status: 200, body: { data: { rateLimit: null, organization } } });
  }
}

describe('members whom unreadable entries hide', () => {
  it.each([
    ['id without its login', { ...BO, login: null }],
    ['id beside a login that no index holds', { ...BO, login: 'x'.repeat(2_501) }],
    ['login without its id', { ...BO, databaseId: null }],
    ['login in another case beside an id that is none', { ...BO, login: 'BO', databaseId: 0 }],
  ])(
    'keep whom an unreadable entry shows by its %s, and the others have left',
    async (_what, bo) => {
      const { look, fake, members, rows } = await open(sourceOf(2));
      await look();
      const [, stored] = await members();
      show(fake, [ADA], [bo]);
      const { outcome } = (await look()) as { outcome: object };
      expect(outcome).toMatchObject({ state: 'STORED', left: 2, unread: 1 });
      expect(outcome).not.toHaveProperty('held');
      expect(await members()).toMatchObject([
        { login: 'ada', organization: 'acme' },
        { ...stored, organization: 'acme' },
        { login: 'dev-0000', organization: null },
        { login: 'dev-0001', organization: null },
      ]);
      expect(await rows(REASON)).toEqual([{ status: 'ACTIVE', reason: null }]);
      expect(await rows('SELECT 1 FROM github_etag')).toEqual([]);
    },
  );

  it.each([
    ['are empty', [null, {}], 2],
    ['are no objects', [7, 'bo', []], 3],
    [
      'show a login that no stored member has: it may be a new one',
      [{ ...BO, databaseId: null, login: 'bob' }],
      1,
    ],
    ['show a login that was cleaned', [{ ...BO, databaseId: null, login: 'b\u0000o' }], 1],
  ])(
    'beside entries that %s have not left, and the connection says so until GitHub shows who they are',
    async (_what, entries, count) => {
      const { look, fake, members, rows } = await open(sourceOf(1));
      await look();
      const stored = await members();
      for (let time = 0; time < 2; time += 1) {
        show(fake, [ADA, ...entries]);
        expect(await look()).toMatchObject({ outcome: { left: 0, unread: count } });
        expect((await members()).map(({ organization }) => organization)).toEqual(
          stored.map(() => 'acme'),
        );
        expect(await rows(REASON)).toEqual([
          {
            status: 'ACTIVE',
            reason: expect.stringMatching(
              new RegExp(`^Members of acme: GitHub does not show whose ${count} of`),
            ) as string,
          },
        ]);
      }
      expect(await look()).toMatchObject({ outcome: { state: 'STORED', members: 3, left: 0 } });
      expect(await rows(REASON)).toEqual([{ status: 'ACTIVE', reason: null }]);
    },
  );

  it('are read on behind a limit with what unreadable entries showed before it', async () => {
    let now = new Date();
    const { look, fake, members, rows } = await open(sourceOf(1), { now: () => now });
    await look();
    const pageInfo = { hasNextPage: true, endCursor: 'next' };
    const nodes = [ADA, { ...BO, databaseId: null }];
    const organization = { login: 'acme', membersWithRole: { nodes, pageInfo } };
    fake.failNext({ status: 200, body: [] });
    fake.failNext({ status: 200, body: { data: { rateLimit: null, organization } } });
    fake.failNext({ retryAfter: 60, status: 403 });
    const waits = await look();
    const cursor = waits.next === 'WAIT' ? waits.cursor : undefined;
    expect(cursor).toMatchObject({ seen: ['1'], unread: 1, unreadLogins: ['bo'], unnamed: 0 });
    const ofTheReleaseBefore = { after: cursor?.after ?? '', seen: ['1'], written: 1, unread: 1 };
    const last = {
      login: 'acme',
      membersWithRole: { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } },
    };
    const answer = { status: 200, body: { data: { rateLimit: null, organization: last } } };
    now = new Date(now.getTime() + 61_000);
    await rows('DELETE FROM github_quota');
    fake.failNext(answer);
    expect(await look('acme', ofTheReleaseBefore)).toMatchObject({
      outcome: { left: 0, unread: 1, held: expect.stringContaining('whose 1 of') as string },
    });
    fake.failNext(answer);
    expect(await look('acme', cursor)).toMatchObject({ outcome: { left: 1, unread: 1 } });
    expect(await members()).toMatchObject([
      { login: 'ada', organization: 'acme' },
      { login: 'bo', organization: 'acme' },
      { login: 'dev-0000', organization: null },
    ]);
  });

  it('leave what a connection says of other things as it is', async () => {
    const { look, fake, rows } = await open(sourceOf(0));
    await rows(`UPDATE github_connection SET status_reason = 'GitHub did not answer.'`);
    show(fake, [ADA, null]);
    await look();
    await look();
    expect(await rows(REASON)).toEqual([{ status: 'ACTIVE', reason: 'GitHub did not answer.' }]);
  });
});

import { describe, expect, test } from 'vitest';
import type { FakeGitHub } from '../../../../src/demo/fake-github/fake-github.ts';
import type { ReviewCommentData } from '../../../../src/demo/core/github-data.ts';
import { aCommit } from '../eventful-world.ts';
import { TOKEN, aPullRequest, aSource, ask, askForData, serve } from '../small-world.ts';

interface RequestOptions {
  readonly redirect?: 'manual';
  readonly headers?: Readonly<Record<string, string>>;
}

async function get(server: FakeGitHub, path: string, init: RequestOptions = {}) {
  const response = await fetch(`${server.url}${path}`, {
    ...init,
    headers: { authorization: `token ${TOKEN}`, ...init.headers },
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    // The shape is what each test asserts.
    body: (text === '' ? null : JSON.parse(text)) as never,
  };
}

function comment(
  databaseId: number,
  createdAt: string,
  parts: Partial<ReviewCommentData> = {},
): ReviewCommentData {
  return {
    databaseId,
    reviewId: null,
    author: 'bo',
    authorAssociation: 'MEMBER',
    createdAt,
    body: `Comment ${databaseId}`,
    path: 'src/a.ts',
    ...parts,
  };
}

describe('comments on code', () => {
  const source = aSource([
    aPullRequest(1, {
      reviewComments: [
        comment(31, '2026-03-02T10:00:00Z', { editedAt: '2026-03-05T10:00:00Z' }),
        comment(33, '2026-03-04T10:00:00Z', { replyTo: 31 }),
      ],
    }),
    aPullRequest(2, { reviewComments: [comment(32, '2026-03-03T10:00:00Z')] }),
  ]);

  async function ids(server: FakeGitHub, query: string): Promise<number[]> {
    const { body } = await get(server, `/repos/acme/api/pulls/comments?${query}`);
    return (body as { id: number }[]).map((row) => row.id);
  }

  test('come in the order that is asked for, since a change, in pages', async () => {
    const server = await serve(source);
    expect(await ids(server, '')).toEqual([31, 32, 33]);
    expect(await ids(server, 'sort=created&direction=desc')).toEqual([33, 32, 31]);
    expect(await ids(server, 'sort=updated&direction=asc')).toEqual([32, 33, 31]);
    expect(await ids(server, 'sort=updated&direction=asc&since=2026-03-04T10:00:00Z')).toEqual([
      33, 31,
    ]);
    expect(await ids(server, 'sort=updated&per_page=2&page=2')).toEqual([31]);
    const { headers } = await get(server, '/repos/acme/api/pulls/comments?per_page=2');
    expect(headers.get('link')).toContain('page=2>; rel="next"');
  });

  test('say what they belong to and what they answer', async () => {
    const server = await serve(source);
    const { body } = await get(server, '/repos/acme/api/pulls/comments?sort=created');
    expect(body).toMatchObject([
      { id: 31, updated_at: '2026-03-05T10:00:00Z', path: 'src/a.ts', user: { login: 'bo' } },
      { id: 32, pull_request_url: `${server.url}/repos/acme/api/pulls/2` },
      { id: 33, in_reply_to_id: 31 },
    ]);
  });
});

describe('comparisons', () => {
  const [first, second, branch] = ['1', '2', '3'].map((letter) => letter.repeat(40));
  const source = aSource(
    [
      aPullRequest(5, {
        createdAt: '2026-03-02T10:00:00Z',
        commits: [aCommit('a', '01'), aCommit('b', '02')],
        mergedAt: '2026-03-03T10:00:00Z',
        mergeCommitOid: 'e'.repeat(40),
      }),
    ],
    {
      history: [
        { oid: first ?? '', parents: [], at: '2026-03-01T09:00:00Z' },
        { oid: second ?? '', parents: [first ?? ''], at: '2026-03-01T09:01:00Z' },
        { oid: branch ?? '', parents: [first ?? ''], at: '2026-03-01T09:02:00Z' },
        {
          oid: 'e'.repeat(40),
          parents: [second ?? '', 'b'.repeat(40)],
          at: '2026-03-03T10:00:00Z',
        },
        { oid: 'f'.repeat(40), parents: [], at: '2027-01-01T00:00:00Z' },
      ],
    },
  );

  async function compare(server: FakeGitHub, basehead: string, query = '') {
    const { status, body } = await get(server, `/repos/acme/api/compare/${basehead}${query}`);
    const found = body as {
      status: string;
      ahead_by: number;
      behind_by: number;
      total_commits: number;
      commits?: { sha: string }[];
    };
    return {
      http: status,
      status: found.status,
      by: [found.ahead_by, found.behind_by],
      commits: found.commits?.map(({ sha }) => sha[0]),
    };
  }

  test('follow parents, not time', async () => {
    const server = await serve(source);
    const merge = 'e'.repeat(40);
    expect(await compare(server, `${second}...${merge}`)).toEqual({
      http: 200,
      status: 'ahead',
      by: [3, 0],
      commits: ['a', 'b', 'e'],
    });
    expect(await compare(server, `${merge}...${second}`)).toMatchObject({
      status: 'behind',
      by: [0, 3],
      commits: [],
    });
    expect(await compare(server, `${second}...${branch}`)).toMatchObject({
      status: 'diverged',
      by: [1, 1],
      commits: ['3'],
    });
    expect(await compare(server, `${second}...${second}`)).toMatchObject({ status: 'identical' });
    expect(await compare(server, `${second}...${merge}`, '?per_page=2&page=2')).toMatchObject({
      by: [3, 0],
      commits: ['e'],
    });
  });

  test('of what is not there, or not there yet, are a 404', async () => {
    const server = await serve(source);
    expect(await compare(server, `${first}...${'9'.repeat(40)}`)).toMatchObject({ http: 404 });
    expect(await compare(server, `${first}...${'f'.repeat(40)}`)).toMatchObject({ http: 404 });
    expect(await compare(server, `${first}`)).toMatchObject({ http: 404 });
  });

  test('chain squash merges onto each other where no history is written', async () => {
    const merged = (number: number, letter: string) =>
      aPullRequest(number, {
        mergedAt: `2026-03-0${number}T12:00:00Z`,
        mergeCommitOid: letter.repeat(40),
      });
    const server = await serve(aSource([merged(2, 'b'), merged(3, 'c'), merged(4, 'd')]));
    expect(await compare(server, `${'b'.repeat(40)}...${'d'.repeat(40)}`)).toMatchObject({
      by: [2, 0],
      commits: ['c', 'd'],
    });
  });
});

describe('a repository that has another name now', () => {
  test('is found by its old names and by its id, by query and by path', async () => {
    const server = await serve(aSource([aPullRequest(1)]));
    server.setSource(aSource([aPullRequest(1)], { name: 'core', owner: 'bo' }));
    const moved = await get(server, '/repos/acme/api/pulls/1?x=y', { redirect: 'manual' });
    expect([moved.status, moved.headers.get('location')]).toEqual([
      301,
      `${server.url}/repositories/77/pulls/1?x=y`,
    ]);
    expect((await get(server, '/repos/acme/api/pulls/1')).body).toMatchObject({ number: 1 });
    expect((await get(server, '/repositories/77')).body).toMatchObject({ full_name: 'bo/core' });
    expect(
      await askForData(server, '{ repository(owner: "acme", name: "api") { nameWithOwner } }'),
    ).toEqual({ repository: { nameWithOwner: 'bo/core' } });
    const strict = '{ repository(owner: "acme", name: "api", followRenames: false) { name } }';
    expect((await ask(server, strict)).body.errors?.[0]?.type).toBe('NOT_FOUND');
  });

  test('is gone when it is deleted, and reported as blocked when it was taken down', async () => {
    const server = await serve(aSource([]));
    server.setSource({ ...aSource([]), repositories: [] });
    expect((await get(server, '/repositories/77')).status).toBe(404);
    expect((await get(server, '/repos/acme/api')).status).toBe(404);
    server.setSource(aSource([], { isBlocked: true }));
    expect((await get(server, '/repos/acme/api')).status).toBe(451);
    const query = '{ repository(owner: "acme", name: "api") { name } }';
    expect((await ask(server, query)).body).toMatchObject({
      data: { repository: null },
      errors: [{ type: 'FORBIDDEN', message: 'Repository access blocked' }],
    });
  });

  test.for(['/repositories/77', '/repos/acme/api', '/orgs/acme/members', '/user'])(
    'what has not changed at %s costs nothing',
    async (path) => {
      const server = await serve(aSource([]));
      const etag = (await get(server, path)).headers.get('etag') ?? '';
      const again = await get(server, path, { headers: { 'if-none-match': etag } });
      expect([again.status, server.stats().pointsUsed]).toEqual([304, 1]);
    },
  );
});

describe('searches and members', () => {
  test('count pull requests by repository and time, several in one query', async () => {
    const server = await serve(
      aSource([
        aPullRequest(1, { createdAt: '2026-01-31T23:59:59Z' }),
        aPullRequest(2, { createdAt: '2026-02-01T00:00:00Z' }),
        aPullRequest(3, {
          createdAt: '2026-02-28T23:59:59Z',
          mergedAt: '2026-03-01T10:00:00Z',
        }),
        aPullRequest(4, { createdAt: '2026-03-01T00:00:00Z' }),
      ]),
    );
    const count = (query: string) => `search(type: ISSUE, query: "repo:ACME/api is:pr ${query}")`;
    expect(
      await askForData(
        server,
        `{ january: ${count('created:2026-01-01..2026-01-31')} { issueCount }
           february: ${count('created:2026-02-01..2026-02-28')} { issueCount }
           merged: ${count('is:merged')} { issueCount }
           instants: ${count('created:2026-02-01T00:00:00Z..2026-02-28T23:59:58Z')} { issueCount }
           elsewhere: search(type: ISSUE, query: "repo:acme/none is:pr") { issueCount } }`,
      ),
    ).toEqual({
      january: { issueCount: 1 },
      february: { issueCount: 2 },
      merged: { issueCount: 1 },
      instants: { issueCount: 1 },
      elsewhere: { issueCount: 0 },
    });
    const { body } = await ask(server, `{ a: ${count('color:red')} { issueCount } }`);
    expect(body.errors?.[0]?.message).toContain('does not know how to search for "color:red"');
  });

  test('show the members of an organisation in pages', async () => {
    const server = await serve(aSource([]));
    const query = `query ($after: String) { organization(login: "acme") {
      membersWithRole(first: 1, after: $after) { totalCount pageInfo { hasNextPage endCursor }
        nodes { login databaseId name } } } }`;
    const page = (after: string | null) =>
      askForData<{
        organization: {
          membersWithRole: { pageInfo: { endCursor: string }; nodes: { login: string }[] };
        };
      }>(server, query, { after });
    const first = (await page(null)).organization.membersWithRole;
    expect(first.nodes).toEqual([{ login: 'ada', databaseId: 1, name: 'ada the User' }]);
    const second = await page(first.pageInfo.endCursor);
    expect(second.organization.membersWithRole).toMatchObject({
      totalCount: 2,
      pageInfo: { hasNextPage: false },
      nodes: [{ login: 'bo' }],
    });
  });
});

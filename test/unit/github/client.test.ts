import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { generateOrganisation } from '../../../src/demo/organisation/organisation.ts';
import type { PullRequestPage } from '../../../src/domain/pulls/github-facts.ts';
import type { GitHub } from '../../../src/github/client.ts';
import { GitHubFailure } from '../../../src/github/transport/failures.ts';
import { gitHubWith } from '../../support/github/github.ts';
import { aPullRequest, aSource, NOON, serve, TOKEN } from '../demo/small-world.ts';
import { RAW_REPOSITORY } from './pulls/raw-facts.ts';

const repository = { owner: 'acme', name: 'api' };

function gitHubAt(apiUrl: string, token: string | null = TOKEN): GitHub {
  return gitHubWith(apiUrl, token, () => NOON);
}

async function failureOf(request: Promise<unknown>): Promise<GitHubFailure> {
  const error: unknown = await request.then(
    () => new Error('the request did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(GitHubFailure);
  return error as GitHubFailure;
}

/** A server that answers every request in one way, and is no GitHub. */
async function serveAnswer(
  body: string,
  headers: Record<string, string> = { 'content-type': 'application/json' },
  onRequest: (path: string) => void = () => undefined,
): Promise<string> {
  const server = createServer((request, response) => {
    onRequest(request.url ?? '');
    response.writeHead(200, headers);
    response.write(body);
    // Longer than promised or shorter: whoever promises a length has the connection closed instead.
    if (headers['content-length'] === undefined) {
      response.end();
    } else {
      response.socket?.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function answer(fields: Record<string, unknown>): string {
  const found = {
    ...RAW_REPOSITORY,
    pullRequests: {
      totalCount: 0,
      nodes: [],
      pageInfo: { hasNextPage: false, endCursor: null },
      ...fields,
    },
  };
  return JSON.stringify({ data: { rateLimit: null, repository: found } });
}

function fetchFirst(gitHub: GitHub, first = 25) {
  return gitHub.fetchPullRequestPage({ repository, first, after: null });
}

describe('pages of pull requests', () => {
  it('come newest-updated first and lead on to the end', async () => {
    const days = [5, 2, 9, 7, 1].map((day, index) =>
      aPullRequest(index + 1, { updatedAt: `2026-03-0${day}T12:00:00Z` }),
    );
    const server = await serve(aSource(days));
    const gitHub = gitHubAt(server.url);
    const numbers: number[] = [];
    let after: string | null = null;
    let pages = 0;
    do {
      const page = await gitHub.fetchPullRequestPage({ repository, first: 2, after });
      numbers.push(...page.pullRequests.map((fact) => fact.number));
      expect(page).toMatchObject({ totalCount: 5, rejected: [] });
      expect(page.repository).toMatchObject({ githubId: 77n, owner: 'acme', name: 'api' });
      expect(page.quota).toMatchObject({ limit: 5_000, cost: 1, remaining: 4_999 - pages });
      after = page.nextCursor;
      pages += 1;
    } while (after !== null);
    expect(numbers).toEqual([3, 4, 1, 2, 5]);
    expect(pages).toBe(3);
    expect(server.stats()).toMatchObject({ requests: { graphql: 3, rest: 0 }, brokenRules: [] });
  });

  it('of a generated organisation can all be read, by the rules', async () => {
    const source = generateOrganisation({ seed: 7, now: NOON, since: new Date('2026-01-01') });
    const server = await serve(source);
    const gitHub = gitHubAt(server.url);
    for (const { owner, name } of source.repositories) {
      let read = 0;
      let after: string | null = null;
      do {
        const request = { repository: { owner, name }, first: 50, after };
        const page: PullRequestPage = await gitHub.fetchPullRequestPage(request);
        expect(page.rejected).toEqual([]);
        read += page.pullRequests.length;
        after = page.nextCursor;
        expect(after !== null || read === page.totalCount).toBe(true);
      } while (after !== null);
      expect(read).toBeGreaterThan(0);
    }
    expect(server.stats().brokenRules).toEqual([]);
  });

  it.each([
    ['/', '/graphql'],
    ['', '/graphql'],
    ['/api/v3', '/api/graphql'],
  ])('are asked for where a server with root %j has its GraphQL: %s', async (root, expected) => {
    const paths: string[] = [];
    const url = await serveAnswer(answer({}), undefined, (path) => paths.push(path));
    await fetchFirst(gitHubAt(`${url}${root}`));
    expect(paths).toEqual([expected]);
  });

  it('of an empty repository are one, and empty', async () => {
    const server = await serve(aSource([], { defaultBranch: null }));
    const page = await fetchFirst(gitHubAt(`${server.url}/`));
    expect(page).toMatchObject({ pullRequests: [], totalCount: 0, nextCursor: null });
    expect(page.repository).toMatchObject({ isEmpty: true, defaultBranch: null });
  });

  it('keep their neighbours when one pull request cannot be read', async () => {
    const url = await serveAnswer(
      answer({ nodes: [{ number: 3 }, { number: 'x' }], totalCount: 2 }),
    );
    const page = await fetchFirst(gitHubAt(url));
    expect(page.pullRequests).toEqual([]);
    expect(page.rejected.map(({ naturalKey }) => naturalKey)).toEqual(['3', 'unknown']);
    expect(page.quota).toBeNull();
  });
});

describe('looking a repository up', () => {
  it('tells its name of today and whom the credential belongs to', async () => {
    const server = await serve(aSource([]));
    const found = await gitHubAt(server.url).lookUpRepository({ owner: 'ACME', name: 'Api' });
    expect(found).toMatchObject({
      repository: { githubId: 77n, owner: 'acme', name: 'api', isPrivate: true },
      identity: `${new URL(server.url).host}/user:1`,
      quota: { limit: 5_000 },
    });
    expect(server.stats().brokenRules).toEqual([]);
  });
});

describe('what GitHub refuses', () => {
  it('a repository that is not there is NOT_FOUND', async () => {
    const gitHub = gitHubAt((await serve(aSource([]))).url);
    const nowhere = { owner: 'acme', name: 'nowhere' };
    for (const request of [
      () => gitHub.lookUpRepository(nowhere),
      () => gitHub.fetchPullRequestPage({ repository: nowhere, first: 1, after: null }),
    ]) {
      const failure = await failureOf(request());
      expect(failure.kind).toBe('NOT_FOUND');
      expect(failure.message).toBe(
        'GitHub shows no repository acme/nowhere: the name is wrong, it was deleted, or the token may not see it.',
      );
    }
  });

  it.each([null, 'ghp_revoked'])('token %j is UNAUTHORIZED', async (token) => {
    const server = await serve(aSource([]));
    const failure = await failureOf(fetchFirst(gitHubAt(server.url, token)));
    expect(failure.kind).toBe('UNAUTHORIZED');
    expect(server.stats().requests.graphql).toBe(1);
  });

  it('a limit that is used up answers 200, and is reported with its reset', async () => {
    const server = await serve(aSource([]), { limits: { pointsPerHour: 1 } });
    const gitHub = gitHubAt(server.url);
    const { quota } = await fetchFirst(gitHub);
    expect(quota).toMatchObject({ remaining: 0 });
    const failure = await failureOf(fetchFirst(gitHub));
    expect(failure.kind).toBe('RATE_LIMITED');
    const wait = (failure.until?.getTime() ?? 0) - (quota?.resetAt.getTime() ?? 0);
    expect(wait).toBe(1_000);
  });

  it.each([403, 429] as const)(
    'the secondary limit, as %i, is reported with its time',
    async (status) => {
      const server = await serve(aSource([]));
      server.failNext({ retryAfter: 90, status });
      const failure = await failureOf(fetchFirst(gitHubAt(server.url)));
      expect(failure.kind).toBe('RATE_LIMITED');
      expect(failure.until).toEqual(new Date(NOON.getTime() + 90_000));
    },
  );

  it.each([
    ['a reset connection', 'reset', 'TRANSIENT'],
    ['502 in HTML', { status: 502, body: '<html>Bad Gateway</html>' }, 'TRANSIENT'],
    ['500', { status: 500, body: { message: 'oops' } }, 'TRANSIENT'],
    ['a partial answer', { graphqlErrors: [{ message: 'timeout' }], data: {} }, 'TRANSIENT'],
    ['a missing right', { graphqlErrors: [{ type: 'FORBIDDEN', message: 'no' }] }, 'FORBIDDEN'],
    ['403 without a limit', { status: 403, body: { message: 'SSO' } }, 'FORBIDDEN'],
    ['451', { status: 451, body: { message: 'blocked' } }, 'FORBIDDEN'],
    ['400', { status: 400, body: { message: 'Problems parsing JSON' } }, 'UNEXPECTED'],
  ] as const)('%s is %3$s, after one request', async (_, fault, kind) => {
    const server = await serve(aSource([]));
    server.failNext(fault);
    expect((await failureOf(fetchFirst(gitHubAt(server.url)))).kind).toBe(kind);
    expect(server.stats().requests.graphql).toBe(1);
    expect((await fetchFirst(gitHubAt(server.url))).totalCount).toBe(0);
  });
});

describe("an answer that is not GitHub's", () => {
  it.each([
    ['a page in HTML', '<html>Welcome</html>', { 'content-type': 'text/html' }],
    ['bytes', '\u0001\u0002', { 'content-type': 'application/octet-stream' }],
    ['no type at all', 'hello', {}],
    ['an empty object', '{}', undefined],
    ['a list', '[]', undefined],
    ['no data', '{"data":null}', undefined],
    ['data of something else', '{"data":{"me":1}}', undefined],
    ['a repository that is none', '{"data":{"rateLimit":null,"repository":{}}}', undefined],
    ['pull requests that are none', answer({ nodes: {} }), undefined],
    ['no total', answer({ totalCount: null }), undefined],
    ['no word of a next page', answer({ pageInfo: {} }), undefined],
  ])('%s is UNEXPECTED, and says where to look', async (_, body, headers) => {
    const failure = await failureOf(fetchFirst(gitHubAt(await serveAnswer(body, headers))));
    expect({ kind: failure.kind, body }).toEqual({ kind: 'UNEXPECTED', body });
    expect(failure.message).toContain('GITHUB_API_URL');
  });

  it('404 for the whole endpoint is another server, not a missing repository', async () => {
    const server = await serve(aSource([]));
    const failure = await failureOf(fetchFirst(gitHubAt(`${server.url}/elsewhere`)));
    expect(failure.kind).toBe('UNEXPECTED');
    expect(failure.message).toContain('GITHUB_API_URL');
  });

  it.each([
    ['JSON that broke off', '{"data":{"repos', undefined],
    [
      'a shorter body than promised',
      '{"data"',
      { 'content-type': 'application/json', 'content-length': '99999' },
    ],
    ['null', 'null', undefined],
  ])('%s may be whole the next time', async (_, body, headers) => {
    const failure = await failureOf(fetchFirst(gitHubAt(await serveAnswer(body, headers))));
    expect(failure.kind).toBe('TRANSIENT');
  });

  it.each([
    ['breaks off in JSON', { corruption: 'TRUNCATED' }],
    ['is shorter than promised', { corruption: 'WRONG_LENGTH' }],
    ['is reset in its middle', { corruption: 'RESET_IN_BODY' }],
    ['unpacks to a gigabyte', { corruption: 'BOMB' }],
  ] as const)('an answer of REST that %s may be whole the next time', async (_, fault) => {
    const server = await serve(aSource([]));
    server.failNext(fault);
    const failure = await failureOf(gitHubAt(server.url).permissions.readOwner());
    expect(failure).toMatchObject({ kind: 'TRANSIENT', isTooHeavy: true });
  });

  it('nobody there is TRANSIENT', async () => {
    const server = await serve(aSource([]));
    await server.close();
    expect((await failureOf(fetchFirst(gitHubAt(server.url)))).kind).toBe('TRANSIENT');
  });
});

describe('the token', () => {
  it('is in no failure, however deep one looks', async () => {
    const server = await serve(aSource([]), { token: 'ghp_theRightOne' });
    const gitHub = gitHubAt(server.url, 'ghp_sEcReT0123456789');
    const closed = gitHubAt('http://127.0.0.1:9', 'ghp_sEcReT0123456789');
    for (const client of [gitHub, closed]) {
      const failure = await failureOf(fetchFirst(client));
      expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain('sEcReT');
    }
  });
});

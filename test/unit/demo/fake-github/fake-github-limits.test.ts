import { request as rawRequest } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startFakeGitHub } from '../../../../src/demo/fake-github/fake-github.ts';
import type { FakeGitHub } from '../../../../src/demo/fake-github/fake-github.ts';
import { TOKEN, aPullRequest, aSource, ask, askForData, serve } from '../small-world.ts';

const SMALL = '{ viewer { login } }';

/** 1 list of 100 pull requests and two lists in each of them: 201 requests, 2 points. */
const MIDDLING = `{ repository(owner: "acme", name: "api") { pullRequests(first: 100) { nodes {
  labels(first: 2) { totalCount } reviews(last: 3) { totalCount } } } } }`;

function getAs(server: FakeGitHub, path: string, headers: Record<string, string> = {}) {
  return fetch(`${server.url}${path}`, {
    headers: { authorization: `token ${TOKEN}`, ...headers },
  });
}

describe('points', () => {
  test('a query costs what GitHub documents, and every answer says what is left', async () => {
    const server = await serve(aSource([]));
    const { body, headers } = await ask(
      server,
      `{ rateLimit { cost limit remaining used nodeCount resetAt }
         viewer { repositories(first: 100) { nodes { pullRequests(first: 50) { nodes {
           labels(first: 60) { totalCount } } } } } } }`,
    );
    // 1 + 100 + 100 * 50 requests = 51 points; 100 + 100 * 50 + 100 * 50 * 60 nodes.
    expect(body.data?.['rateLimit']).toEqual({
      cost: 51,
      limit: 5000,
      remaining: 4949,
      used: 51,
      nodeCount: 305_100,
      resetAt: '2026-03-10T13:00:00Z',
    });
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': '4949',
      'x-ratelimit-used': '51',
      'x-ratelimit-reset': String(Date.parse('2026-03-10T13:00:00Z') / 1000),
      'x-ratelimit-resource': 'graphql',
    });
    expect(server.stats().pointsUsed).toBe(51);
  });

  test('the same cost through aliases, fragments and variables; what is skipped is free', async () => {
    const server = await serve(aSource([]));
    const cost = async (query: string, variables = {}) => {
      const data = await askForData<{ rateLimit: { cost: number } }>(server, query, variables);
      return data.rateLimit.cost;
    };
    const plain = await cost(
      `{ rateLimit { cost } repository(owner: "acme", name: "api") {
        pullRequests(first: 100) { nodes { reviews(first: 1) { totalCount } files(first: 1) { totalCount } } } } }`,
    );
    const wordy = await cost(
      `query ($n: Int!, $off: Boolean!) { rateLimit { ...Cost } r: repository(owner: "acme", name: "api") {
        ...One ...Two pullRequests(first: $n) @skip(if: $off) { nodes { labels(first: 100) { totalCount } } } } }
       fragment Cost on RateLimit { cost }
       fragment One on Repository { p: pullRequests(first: $n) { nodes { reviews(first: 1) { totalCount } } } }
       fragment Two on Repository { p: pullRequests(first: $n) { nodes { ... on PullRequest { files(first: 1) { totalCount } } } } }`,
      { n: 100, off: true },
    );
    expect([plain, wordy]).toEqual([2, 2]);
    expect(await cost('{ rateLimit { cost } }')).toBe(1);
  });

  test('a used-up hour is answered with 200 and RATE_LIMITED, asking again breaks a rule, and the next hour is new', async () => {
    let now = new Date('2026-03-10T12:00:00Z');
    const limits = { pointsPerHour: 3 };
    const server = await serve(aSource([aPullRequest(1)]), { now: () => now, limits });
    expect((await ask(server, MIDDLING)).headers.get('x-ratelimit-remaining')).toBe('1');
    expect((await ask(server, MIDDLING)).headers.get('x-ratelimit-remaining')).toBe('0');
    expect(server.stats().brokenRules).toEqual([]);

    const { status, headers, body } = await ask(server, SMALL);
    expect(status).toBe(200);
    expect(body).toEqual({
      errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded for user ID 1.' }],
    });
    expect(headers.get('x-ratelimit-reset')).toBe(
      String(Date.parse('2026-03-10T13:00:00Z') / 1000),
    );
    expect(server.stats().brokenRules).toEqual([
      'A request came while the graphql rate limit was used up.',
    ]);

    now = new Date('2026-03-10T13:00:00Z');
    expect((await ask(server, SMALL)).body.data).toEqual({ viewer: { login: 'ada' } });
    expect(server.stats().brokenRules).toHaveLength(1);
  });

  test('REST has its own points, is refused with 403, and /rate_limit is free', async () => {
    const server = await serve(aSource([]), { limits: { pointsPerHour: 1 } });
    expect((await getAs(server, '/repos/acme/api')).status).toBe(200);
    const refused = await getAs(server, '/repos/acme/api');
    expect(refused.status).toBe(403);
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
    const limits = await getAs(server, '/rate_limit');
    expect(await limits.json()).toMatchObject({
      resources: { core: { limit: 1, remaining: 0, used: 1 }, graphql: { remaining: 1 } },
    });
    expect(server.stats().brokenRules).toHaveLength(1);
  });

  test('what has not changed is answered with 304 and costs nothing', async () => {
    const server = await serve(aSource([]));
    const first = await getAs(server, '/repos/acme/api');
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^W\/"/);
    const again = await getAs(server, '/repos/acme/api', { 'if-none-match': etag });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
    expect(again.headers.get('x-ratelimit-used')).toBe('1');
    server.setSource(aSource([aPullRequest(1)]));
    expect((await getAs(server, '/repos/acme/api', { 'if-none-match': etag })).status).toBe(200);
  });
});

describe('rules that the client must keep', () => {
  test('no request while a retry-after stands', async () => {
    let now = new Date('2026-03-10T12:00:00Z');
    const server = await serve(aSource([]), { now: () => now });
    server.failNext({ retryAfter: 30 });
    const refused = await ask(server, SMALL);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([403, '30']);
    expect(server.stats().brokenRules).toEqual([]);
    now = new Date('2026-03-10T12:00:20Z');
    const early = await ask(server, SMALL);
    expect([early.status, early.headers.get('retry-after')]).toEqual([403, '10']);
    expect(server.stats().brokenRules).toEqual([
      'A request came 10 s before a retry-after had passed.',
    ]);
    now = new Date('2026-03-10T12:00:30Z');
    expect((await ask(server, SMALL)).status).toBe(200);
  });

  test('no request within a minute of a limit that names no time', async () => {
    let now = new Date('2026-03-10T12:00:00Z');
    const server = await serve(aSource([]), { now: () => now });
    server.failNext({ status: 403, body: '<p>You have exceeded a secondary rate limit.</p>' });
    expect((await getAs(server, '/user')).status).toBe(403);
    now = new Date('2026-03-10T12:00:59Z');
    expect((await ask(server, SMALL)).status).toBe(200);
    const sentence = 'A request came within a minute of a limit that named no time.';
    expect(server.stats().brokenRules).toEqual([sentence]);
    now = new Date('2026-03-10T12:01:00Z');
    await ask(server, SMALL);
    expect(server.stats().brokenRules).toHaveLength(1);
  });

  test('one request of a token at a time, whichever API it asks', async () => {
    const serial = await serve(aSource([]));
    await ask(serial, SMALL);
    await ask(serial, SMALL);
    expect(serial.stats()).toMatchObject({ brokenRules: [], maxInFlight: 1 });

    const slow = await serve(aSource([]), { latencyMs: 60_000 });
    const both = Promise.allSettled([ask(slow, SMALL), getAs(slow, '/user')]);
    await expect.poll(() => slow.stats().maxInFlight).toBe(2);
    expect(slow.stats().brokenRules).toEqual([
      '2 requests of one token were in flight at once; GitHub asks for one after the other.',
    ]);
    await slow.close();
    await both;
  });

  test('no more than a hundred requests at once', async () => {
    // Without a token set, anybody is let in, and counted by the token.
    const server = await startFakeGitHub({ source: aSource([]), latencyMs: 60_000 });
    onTestFinished(() => server.close());
    const many = Promise.allSettled(
      Array.from({ length: 101 }, (_, index) =>
        fetch(`${server.url}/user`, { headers: { authorization: `token user-${index}` } }),
      ),
    );
    await expect.poll(() => server.stats().maxInFlight).toBe(101);
    expect(server.stats().brokenRules).toEqual([
      '101 requests were in flight at once; GitHub allows 100.',
    ]);
    await server.close();
    await many;
  });

  test('no more than 900 points a minute on one REST endpoint', { timeout: 30_000 }, async () => {
    const server = await serve(aSource([]));
    const statuses = new Set<number>();
    for (let index = 0; index < 900; index += 1) {
      statuses.add((await getAs(server, '/user')).status);
    }
    expect([...statuses]).toEqual([200]);
    const refused = await getAs(server, '/user');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([403, '60']);
    expect(server.stats().brokenRules).toEqual([
      'More than 900 points a minute were asked of GET /user.',
    ]);
  });

  test('a User-Agent and a token with every request', async () => {
    const server = await serve(aSource([]));
    const nameless = await new Promise<{ status: number | undefined; type: string | undefined }>(
      (resolve, reject) => {
        const sent = rawRequest(`${server.url}/user`, {
          headers: { authorization: `bearer ${TOKEN}` },
        });
        sent.on('response', (response) => {
          response.resume();
          resolve({ status: response.statusCode, type: response.headers['content-type'] });
        });
        sent.on('error', reject);
        sent.end();
      },
    );
    expect(nameless).toEqual({ status: 403, type: 'text/html; charset=utf-8' });
    const unknown = await fetch(`${server.url}/user`);
    expect(unknown.status).toBe(401);
    expect(server.stats().brokenRules).toEqual([
      'A request had no User-Agent header.',
      'A request had no Authorization header.',
    ]);
  });

  test('a wrong token is refused without being counted as a broken rule', async () => {
    const server = await serve(aSource([]));
    const { status, body } = await ask(server, SMALL, {}, { authorization: 'bearer other' });
    expect([status, body.message]).toEqual([401, 'Bad credentials']);
    expect(server.stats().brokenRules).toEqual([]);
  });
});

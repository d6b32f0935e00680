import { describe, expect, test } from 'vitest';
import type { FakeGitHub } from '../../../../src/demo/fake-github/fake-github.ts';
import { TOKEN, aPullRequest, aSource, ask, serve } from '../small-world.ts';

const SMALL = '{ viewer { login } }';
/** 100 + 100 * 50 possible nodes. */
const HEAVY = `{ repository(owner: "acme", name: "api") { pullRequests(first: 100) { nodes {
  files(first: 50) { totalCount } } } } }`;

function getUser(server: FakeGitHub, signal?: AbortSignal) {
  return fetch(`${server.url}/user`, {
    headers: { authorization: `token ${TOKEN}` },
    ...(signal === undefined ? {} : { signal }),
  });
}

describe('answers that are spoilt on their way', () => {
  test('stall until the client gives up', async () => {
    const server = await serve(aSource([]));
    server.failNext({ corruption: 'STALLED' });
    const abort = new AbortController();
    const response = await getUser(server, abort.signal);
    expect(response.status).toBe(200);
    const reading = response.text().then(
      () => 'read',
      () => 'given up',
    );
    abort.abort();
    expect(await reading).toBe('given up');
    expect((await getUser(server)).status).toBe(200);
  });

  test('end in the middle of their JSON', async () => {
    const server = await serve(aSource([]));
    server.failNext({ corruption: 'TRUNCATED' });
    await expect(getUser(server).then((response) => response.json())).rejects.toThrow(SyntaxError);
  });

  test.for(['WRONG_LENGTH', 'RESET_IN_BODY'] as const)(
    '%s breaks the reading',
    async (corruption) => {
      const server = await serve(aSource([]));
      server.failNext({ corruption });
      await expect(getUser(server).then((response) => response.text())).rejects.toThrow(
        'terminated',
      );
      expect((await getUser(server)).status).toBe(200);
      expect(server.stats().brokenRules).toEqual([]);
    },
  );

  test('unpack to a gigabyte', async () => {
    const server = await serve(aSource([]));
    server.failNext({ corruption: 'BOMB' });
    const response = await getUser(server);
    expect(response.headers.get('content-encoding')).toBe('gzip');
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      bytes += (chunk as Uint8Array).length;
    }
    expect(bytes).toBe(1_000_000_000);
  });

  test('have taken their points', async () => {
    const server = await serve(aSource([]));
    server.failNext({ corruption: 'TRUNCATED' });
    await getUser(server).then((response) => response.text());
    expect(server.stats().pointsUsed).toBe(1);
  });
});

describe('queries that are too heavy', () => {
  test.for([
    [502, 502],
    [504, 504],
    ['TIMEOUT', 200],
  ] as const)('are answered with %s, lighter ones as ever', async ([answer, status]) => {
    const server = await serve(aSource([aPullRequest(1)]));
    server.setHeavyQueries({ aboveNodes: 5_000, answer });
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `bearer ${TOKEN}` },
      body: JSON.stringify({ query: HEAVY }),
    });
    expect(response.status).toBe(status);
    const text = await response.text();
    expect(text.includes('may be the result of a timeout')).toBe(answer === 'TIMEOUT');
    // 5,100 nodes are too many, 2,550 are not.
    const lighter = HEAVY.replace('first: 100', 'first: 50');
    expect((await ask(server, lighter)).body.errors).toBeUndefined();
    server.setHeavyQueries(null);
    expect((await ask(server, HEAVY)).body.errors).toBeUndefined();
  });
});

describe('faults in pages and by choice', () => {
  test('a page in HTML and a redirect come as they were ordered', async () => {
    const server = await serve(aSource([]));
    server.failNext({ status: 429, body: '<h1>Whoa there!</h1>' });
    const html = await getUser(server);
    expect([html.status, html.headers.get('content-type')]).toEqual([
      429,
      'text/html; charset=utf-8',
    ]);
    await html.text();
    server.failNext({ status: 302, headers: { location: `${server.url}/rate_limit` } });
    expect(await (await getUser(server)).json()).toHaveProperty('resources');
  });

  test('come by choice where none was ordered, in the order of the requests', async () => {
    const server = await serve(aSource([]));
    let asked = 0;
    server.failBy(() => {
      asked += 1;
      return asked % 2 === 0 ? { status: 500 } : null;
    });
    server.failNext({ status: 502 });
    const statuses: number[] = [];
    for (let request = 0; request < 5; request += 1) {
      statuses.push((await ask(server, SMALL)).status);
    }
    expect(statuses).toEqual([502, 200, 500, 200, 500]);
    server.clearFaults();
    expect((await ask(server, SMALL)).status).toBe(200);
    expect((await ask(server, SMALL)).status).toBe(200);
  });

  test('what was ordered and did not happen can be dropped', async () => {
    const server = await serve(aSource([]));
    server.failNext('reset', 5);
    server.clearFaults();
    expect((await ask(server, SMALL)).status).toBe(200);
  });
});

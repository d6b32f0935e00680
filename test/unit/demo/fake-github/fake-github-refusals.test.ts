import { describe, expect, test } from 'vitest';
import { TOKEN, aPullRequest, aSource, ask, serve } from '../small-world.ts';
import { NEVER_MS } from '../../../support/patience.ts';

const HEADERS = { authorization: `bearer ${TOKEN}`, 'content-type': 'application/json' };

async function firstError(query: string, variables = {}) {
  const server = await serve(aSource([aPullRequest(1)]));
  const { status, body } = await ask(server, query, variables);
  return { status, error: body.errors?.[0], rules: server.stats().brokenRules, data: body.data };
}

describe('queries that GitHub refuses', () => {
  test('rows without a page size, though a count may be asked without one', async () => {
    const { status, error, rules } = await firstError(
      '{ repository(owner: "acme", name: "api") { pullRequests { nodes { number } } } }',
    );
    expect(status).toBe(200);
    expect(error).toMatchObject({
      type: 'MISSING_PAGINATION_BOUNDARIES',
      message:
        'You must provide a `first` or `last` value to properly paginate the `pullRequests` connection.',
    });
    expect(rules).toHaveLength(1);
    const count = await firstError(
      '{ repository(owner: "acme", name: "api") { pullRequests { totalCount } } }',
    );
    expect(count.data).toEqual({ repository: { pullRequests: { totalCount: 1 } } });
  });

  test('more than a hundred rows of a connection, also when a variable says so', async () => {
    const { error, rules } = await firstError(
      `query ($n: Int!) { repository(owner: "acme", name: "api") { pullRequests(first: 1) { nodes {
        reviews(last: $n) { nodes { state } } } } } }`,
      { n: 101 },
    );
    expect(error).toMatchObject({
      type: 'EXCESSIVE_PAGINATION',
      message:
        'Requesting 101 records on the `reviews` connection exceeds the `last` limit of 100 records.',
    });
    expect(rules).toHaveLength(1);
  });

  test('no rows at all, and both ends at once', async () => {
    const none = await firstError(
      '{ repository(owner: "acme", name: "api") { pullRequests(first: 0) { nodes { number } } } }',
    );
    expect(none.error?.type).toBe('ARGUMENT_LIMIT');
    const both = await firstError(
      '{ repository(owner: "acme", name: "api") { pullRequests(first: 1, last: 1) { nodes { number } } } }',
    );
    expect(both.error?.message).toContain('Passing both `first` and `last`');
  });

  test('more than half a million possible nodes', async () => {
    const { status, error } = await firstError(
      `{ viewer { repositories(first: 100) { nodes { pullRequests(first: 100) { nodes {
        commits(first: 50) { totalCount } } } } } } }`,
    );
    expect(status).toBe(200);
    expect(error).toMatchObject({
      type: 'MAX_NODE_LIMIT_EXCEEDED',
      message:
        'This query requests up to 510,100 possible nodes which exceeds the maximum limit of 500,000.',
    });
  });

  test('fields that GitHub does not have, text that is no query, and mutations', async () => {
    const unknown = await firstError('{ viewer { logn } }');
    expect([unknown.status, unknown.error?.message]).toEqual([
      200,
      "Field 'logn' doesn't exist on type 'User'",
    ]);
    const broken = await firstError('{ viewer {');
    expect([broken.status, broken.error?.message]).toEqual([
      200,
      'Syntax Error: Expected Name, found <EOF>.',
    ]);
    const deep = await firstError(`{ viewer ${'{ a '.repeat(20_000)}`);
    expect(deep.status).toBe(200);
    expect(deep.error?.message).toBeTypeOf('string');
    const mutation = await firstError(
      'mutation { addStar(input: { starrableId: "R_1" }) { clientMutationId } }',
    );
    expect(mutation.error?.type).toBe('FORBIDDEN');
  });
});

describe('a GitHub Enterprise Server of an older release', () => {
  const QUERY = `query Pulls { search(query: "repo:acme/api", type: ISSUE, first: 1) { nodes {
    ... on PullRequest { number fullDatabaseId ...Timeline } } } }
  fragment Timeline on PullRequest { timelineItems(first: 1, itemTypes: [CLOSED_EVENT, REOPENED_EVENT]) { nodes {
    ... on ReopenedEvent { createdAt } ... on ReviewRequestedEvent { requestedReviewer { ... on Bot { login } } } } } }`;

  test('refuses what its schema lacks in the words of GitHub, and names its release', async () => {
    const server = await serve(aSource([]));
    const whole = await ask(server, QUERY);
    expect(whole.body.errors).toBeUndefined();
    expect(whole.headers.get('x-github-enterprise-version')).toBeNull();
    server.setRelease({
      version: '3.10.2',
      without: ['PullRequest.fullDatabaseId', 'RequestedReviewer/Bot', 'ReopenedEvent'],
    });
    const { status, headers, body } = await ask(server, QUERY);
    expect([status, headers.get('x-github-enterprise-version')]).toEqual([200, '3.10.2']);
    expect(body.data).toBeUndefined();
    const errors = body.errors?.map((error) => ({ ...error, locations: null })) ?? [];
    expect(errors).toHaveLength(4);
    expect(errors).toContainEqual({
      path: ['query Pulls', 'search', 'nodes', '... on PullRequest', 'fullDatabaseId'],
      extensions: {
        code: 'undefinedField',
        typeName: 'PullRequest',
        fieldName: 'fullDatabaseId',
      },
      locations: null,
      message: "Field 'fullDatabaseId' doesn't exist on type 'PullRequest'",
    });
    const codes = errors.map(
      (error) => (error as { extensions?: { code: string } }).extensions?.code,
    );
    expect(new Set(codes)).toEqual(
      new Set([
        'argumentLiteralsIncompatible',
        'cannotSpreadFragment',
        'undefinedField',
        'undefinedType',
      ]),
    );
    server.setRelease(null);
    expect((await ask(server, QUERY)).body.errors).toBeUndefined();
  });

  test('refuses arguments that it does not take', async () => {
    const server = await serve(aSource([]));
    const { body } = await ask(
      server,
      '{ repository(owner: "acme", name: "api", foo: 1) { name } }',
    );
    expect(body.errors).toMatchObject([
      {
        path: ['query', 'repository', 'foo'],
        extensions: {
          code: 'argumentNotAccepted',
          name: 'repository',
          typeName: 'Field',
          argumentName: 'foo',
        },
        message: "Field 'repository' doesn't accept argument 'foo'",
      },
    ]);
  });
});

describe('envelopes that GitHub refuses', () => {
  test('text that is no JSON, and JSON without a query', async () => {
    const server = await serve(aSource([]));
    const send = async (body: string) => {
      const init = { method: 'POST', headers: HEADERS, body };
      const response = await fetch(`${server.url}/graphql`, init);
      return [response.status, ((await response.json()) as { message: string }).message];
    };
    expect(await send('{"query":')).toEqual([400, 'Problems parsing JSON']);
    expect(await send('{"variables":{}}')).toEqual([
      400,
      'A query attribute must be specified and must be a string.',
    ]);
  });

  test('a body of more than a megabyte, after which the server goes on', async () => {
    const server = await serve(aSource([]));
    const body = JSON.stringify({ query: `{ viewer { login } } #${'x'.repeat(1_100_000)}` });
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: HEADERS,
      body,
    });
    expect(response.status).toBe(413);
    expect((await ask(server, '{ viewer { login } }')).status).toBe(200);
  });
});

describe('paths that GitHub does not have', () => {
  test.for(['//', '/nothing', '/repos/acme/api/%E0%A4%A', '/repos/acme/api/pulls/99'])(
    '%s is a 404 in GitHub’s form',
    async (path) => {
      const server = await serve(aSource([aPullRequest(1)]));
      const response = await fetch(`${server.url}${path}`, { headers: HEADERS });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ message: 'Not Found', status: '404' });
    },
  );
});

describe('faults that a test asks for', () => {
  test('come in their order, as often as ordered, and then the server is well again', async () => {
    const server = await serve(aSource([]));
    server.failNext({
      status: 502,
      headers: { 'content-type': 'text/html' },
      body: '<h1>502</h1>',
    });
    server.failNext({ graphqlErrors: [{ type: 'SOMETHING', message: 'went wrong' }] }, 2);
    const raw = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: HEADERS,
      body: JSON.stringify({ query: '{ viewer { login } }' }),
    });
    expect([raw.status, raw.headers.get('content-type'), await raw.text()]).toEqual([
      502,
      'text/html',
      '<h1>502</h1>',
    ]);
    // A fault of GraphQL leaves REST alone.
    expect((await fetch(`${server.url}/user`, { headers: HEADERS })).status).toBe(200);
    for (let time = 0; time < 2; time += 1) {
      const { status, body } = await ask(server, '{ viewer { login } }');
      expect(status).toBe(200);
      expect(body).toEqual({ data: null, errors: [{ type: 'SOMETHING', message: 'went wrong' }] });
    }
    expect((await ask(server, '{ viewer { login } }')).body.errors).toBeUndefined();
  });

  test('a torn connection', async () => {
    const server = await serve(aSource([]));
    server.failNext('reset');
    await expect(ask(server, '{ viewer { login } }')).rejects.toThrow('fetch failed');
    expect((await ask(server, '{ viewer { login } }')).status).toBe(200);
  });

  test('closing ends requests that are still waiting, at once and only once', async () => {
    const server = await serve(aSource([]), { latencyMs: NEVER_MS });
    const waiting = ask(server, '{ viewer { login } }').then(
      () => 'answered',
      (error: unknown) => String(error),
    );
    await expect.poll(() => server.stats().maxInFlight).toBe(1);
    await server.close();
    await server.close();
    expect(await waiting).toBe('TypeError: fetch failed');
  });
});

describe('a source that contradicts itself', () => {
  test('is refused with a sentence that says where', async () => {
    const stranger = aSource([aPullRequest(3, { author: 'nobody' })]);
    await expect(serve(stranger)).rejects.toThrow(
      'acme/api#3 names the account nobody, but the source holds no such account.',
    );
    const twice = aSource([aPullRequest(3), aPullRequest(3)]);
    await expect(serve(twice)).rejects.toThrow('The source holds acme/api#3 twice.');
    const odd = aSource([aPullRequest(3, { createdAt: '2026-03-01T10:00:00.000Z' })]);
    await expect(serve(odd)).rejects.toThrow('write instants as 2026-03-05T09:12:33Z');
  });
});

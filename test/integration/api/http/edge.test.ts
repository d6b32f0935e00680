import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startNodeHost, type NodeHost } from '../../../../src/runtime/http/node-host.ts';
import { createApiWorld, graphqlRequest, readAnswer, type ApiWorld } from '../api-world.ts';
import { globalId, seedTeam, type SeededTeam } from '../seed-team.ts';

const CANARY = 'canary-b7f3';

describe('the edge of the API', () => {
  let world: ApiWorld;
  let team: SeededTeam;
  let host: NodeHost;

  beforeAll(async () => {
    world = await createApiWorld();
    team = await seedTeam(world, { slug: 'alpha' });
    host = await startNodeHost({
      fetch: world.gateway.fetch,
      host: '127.0.0.1',
      port: 0,
      onError: (error) => {
        throw error;
      },
    });
  });

  beforeEach(() => {
    world.log.length = 0;
  });

  afterAll(async () => {
    await host?.close();
    await world?.close();
  });

  const post = (contentType: string | null, body: BodyInit, path = '/graphql') =>
    new Request(`http://gateway.test${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${team.viewerToken}`,
        ...(contentType !== null && { 'content-type': contentType }),
      },
      body,
    });

  describe('content types and methods', () => {
    const QUERY = '{ viewer { name } }';
    const JSON_BODY = JSON.stringify({ query: QUERY });

    it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON'])(
      'takes %s',
      async (contentType) => {
        const answer = await readAnswer(await world.gateway.fetch(post(contentType, JSON_BODY)));
        expect([answer.status, answer.errors]).toEqual([200, []]);
      },
    );

    it.each([
      ['text/plain', JSON_BODY],
      ['application/graphql', QUERY],
      ['application/x-www-form-urlencoded', `query=${encodeURIComponent(QUERY)}`],
      [
        'multipart/form-data; boundary=x',
        '--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{}\r\n--x--',
      ],
      ['text/plain; application/json', JSON_BODY],
      ['application/jsonp', JSON_BODY],
      ['', JSON_BODY],
    ])('refuses %s', async (contentType, body) => {
      const answer = await readAnswer(await world.gateway.fetch(post(contentType || null, body)));
      expect(answer.status).toBe(415);
      expect(answer.errors[0]?.message).toBe('Send the request as application/json.');
    });

    it('refuses several operations in one request', async () => {
      const body = JSON.stringify([{ query: QUERY }, { query: QUERY }]);
      const answer = await world.gateway.fetch(post('application/json', body));
      expect(answer.status).toBe(400);
    });

    const get = (query: string) =>
      world.gateway.fetch(
        new Request(`http://gateway.test/graphql?query=${encodeURIComponent(query)}`, {
          headers: { authorization: `Bearer ${team.adminToken}`, accept: 'application/json' },
        }),
      );

    it('answers queries by GET, but runs no mutation', async () => {
      expect((await readAnswer(await get(QUERY))).data).toEqual({
        viewer: { name: 'alpha-admin' },
      });
      const answer = await get(
        `mutation { startBackfill(input: { teamId: "${globalId.team(team.teamId)}" }) { __typename } }`,
      );
      expect(answer.status).toBe(405);
      expect(world.launcher.started).toEqual([]);
    });

    it('knows no other address', async () => {
      for (const path of ['/graphql/x', '/x/graphql', '/..%2f', '//graphql']) {
        const answer = await world.gateway.fetch(post('application/json', JSON_BODY, path));
        expect([path, answer.status]).toEqual([path, 404]);
      }
    });

    it('lets no page of another site read its answers', async () => {
      const request = graphqlRequest(team.viewerToken, QUERY);
      request.headers.set('origin', 'https://elsewhere.test');
      const answer = await world.gateway.fetch(request);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    });
  });

  describe('size', () => {
    const big = JSON.stringify({ query: `{ viewer { name } } # ${'x'.repeat(2_000_001)}` });

    it('refuses a body over two megabytes, given whole', async () => {
      const answer = await world.gateway.fetch(post('application/json', big));
      expect(answer.status).toBe(413);
    });

    it('takes a body just under it', async () => {
      const padding = ' '.repeat(
        2_000_000 - JSON.stringify({ query: '{ viewer { name } }' }).length,
      );
      const body = JSON.stringify({ query: `{ viewer { name } }${padding}` });
      const { data, errors } = await readAnswer(
        await world.gateway.fetch(post('application/json', body)),
      );
      expect(errors).toEqual([]);
      expect(data).toEqual({ viewer: { name: 'alpha-viewer' } });
    });

    it.each(['with its length', 'in chunks'])('refuses it over node:http, sent %s', async (how) => {
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const request = httpRequest(`${host.url}/graphql`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...(how === 'with its length' && { 'content-length': Buffer.byteLength(big) }),
          },
        });
        request.on('response', (response) => {
          text(response).then(() => resolve(response.statusCode), reject);
        });
        request.on('error', reject);
        // The first write makes Node send the body in chunks when it does not know its length.
        request.write(big.slice(0, 500_000));
        request.end(big.slice(500_000));
      });
      expect(status).toBe(413);
    });

    it.each([
      ['deep', `{ ${'team { '.repeat(10_000)} id ${'} '.repeat(10_000)} }`],
      ['wide', `{ ${Array.from({ length: 5_000 }, (_, i) => `a${i}: __typename`).join(' ')} }`],
      ['repeated', `{ ${'__typename '.repeat(3_000)} }`],
      ['full of directives', `{ __typename ${'@a '.repeat(5_000)} }`],
    ])('refuses a document that is %s while reading it', async (_how, query) => {
      const { status, errors } = await world.ask(team.viewerToken, query);
      expect(status).toBe(400);
      expect(errors).toHaveLength(1);
      expect(errors[0]?.message).toContain('2000 tokens');
      expect(errors[0]?.extensions?.code).toBe('QUERY_TOO_COMPLEX');
    });
  });

  describe('errors', () => {
    it.each([
      ['{', 'GRAPHQL_PARSE_FAILED'],
      ['{ unicorn }', 'GRAPHQL_VALIDATION_FAILED'],
      ['query ($id: ID!) { node(id: $id) { id } }', 'BAD_USER_INPUT'],
      [
        '{ team(slug: "alpha") { weeklyMetrics(from: 5) { commits } } }',
        'GRAPHQL_VALIDATION_FAILED',
      ],
    ])('gives the request %s a code', async (query, code) => {
      const { errors } = await world.ask(team.viewerToken, query);
      expect(errors[0]?.extensions?.code).toBe(code);
      expect(world.log).toEqual([]);
    });

    it('answers what is unexpected with the id of the request, under which the log has the cause', async () => {
      world.launcher.answer = new Error(CANARY);
      const request = graphqlRequest(
        team.adminToken,
        `mutation { startBackfill(input: { teamId: "${globalId.team(team.teamId)}" }) { __typename } }`,
      );
      request.headers.set('x-request-id', 'trace-42');
      const answer = await readAnswer(await world.gateway.fetch(request));
      expect(answer.body).not.toContain(CANARY);
      expect(answer.headers.get('x-request-id')).toBe('trace-42');
      expect(answer.errors).toEqual([
        {
          message:
            'Something went wrong on our side: give the request id trace-42 to your operator.',
          path: ['startBackfill'],
          locations: expect.any(Array) as unknown,
          extensions: { code: 'INTERNAL', requestId: 'trace-42' },
        },
      ]);
      expect(world.log).toMatchObject([
        { level: 'error', fields: { requestId: 'trace-42', err: { message: CANARY } } },
      ]);
    });

    it('makes an id of its own for a request that brings none, or one that is not sound', async () => {
      for (const given of [null, 'a b', 'x'.repeat(200), '<script>']) {
        const request = graphqlRequest(team.viewerToken, '{ viewer { name } }');
        if (given !== null) {
          request.headers.set('x-request-id', given);
        }
        const answer = await world.gateway.fetch(request);
        expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      }
    });

    it('masks a failure at any depth of the machine: token look-up, read, stream', async () => {
      const broken = world.createGateway({
        db: new Proxy(world.counting.db, {
          get: (target, name) => {
            if (name === '$transaction' || name === '$queryRawUnsafe') {
              return () => Promise.reject(new Error(CANARY));
            }
            return Reflect.get(target, name) as unknown;
          },
        }),
      });
      const answer = await readAnswer(
        await broken.fetch(graphqlRequest(team.viewerToken, '{ viewer { name } }')),
      );
      expect(answer.body).not.toContain(CANARY);
      expect(answer.errors[0]?.extensions?.code).toBe('INTERNAL');
      const ready = await broken.fetch(new Request('http://gateway.test/ready'));
      expect(ready.status).toBe(503);
      expect(await ready.text()).not.toContain(CANARY);
    });
  });

  describe('GraphiQL', () => {
    const open = (gateway = world.gateway) =>
      gateway.fetch(
        new Request('http://gateway.test/graphql', { headers: { accept: 'text/html' } }),
      );

    it('is not there unless it is switched on', async () => {
      const answer = await open();
      expect(answer.headers.get('content-type') ?? '').not.toContain('text/html');
      const on = await open(world.createGateway({ graphiql: true }));
      expect(on.headers.get('content-type')).toContain('text/html');
      expect(await on.text()).toContain('Throughline');
    });
  });

  describe('health', () => {
    it('is up without the database, and ready with it', async () => {
      for (const [path, body] of [
        ['/health', { status: 'ok' }],
        [
          '/ready',
          {
            status: 'ready',
            away: [],
            queues: { sync: 'POLLED', compute: 'POLLED' },
            waitsFor: null,
          },
        ],
      ] as const) {
        const answer = await fetch(`${host.url}${path}`);
        expect(answer.status).toBe(200);
        expect(await answer.json()).toEqual(body);
      }
    });

    it('names Temporal where it is away, and stays ready: reads are answered without it', async () => {
      const gateway = world.createGateway({ isTemporalThere: async () => false });
      const answer = await gateway.fetch(new Request('http://gateway.test/ready'));
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ status: 'ready', away: ['temporal'] });
    });
  });
});

import { describe, expect, it } from 'vitest';
import { createUnreadGateway } from '../../../support/hostile/unread-gateway.ts';

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions: Readonly<Record<string, unknown>>;
  }[];
  readonly extensions?: { readonly cost?: object };
}

const VIEWER = '{ viewer { name email } }';

/** A gateway whose clock the test moves. */
function createGateway(limits = { pointsPerQuery: 1_000, pointsPerMinute: 1_000 }) {
  const time = { ms: 0 };
  const gateway = createUnreadGateway({ limits, clock: () => time.ms });
  const ask = async (query: string, headers?: Readonly<Record<string, string>>) => {
    const response = await gateway.post(JSON.stringify({ query }), headers);
    return { response, answer: (await response.json()) as Answer };
  };
  return { gateway, time, ask };
}

const token = (name: string) => ({ authorization: `Bearer ${name}` });

describe('the cost in an answer', () => {
  it('is what the query was counted as, what it came to, and what is left', async () => {
    const { ask } = createGateway();
    const { answer } = await ask('{ viewer { name memberships { nodes { role } } } }');
    expect(answer.extensions?.cost).toEqual({
      // The viewer with a name, and a page of up to 20 memberships.
      estimated: 25,
      limit: 1_000,
      // The viewer with a name, and a page of one membership.
      actual: 4,
      remaining: 975,
    });
  });

  it('counts names of their own and null, and nothing that describes the schema', async () => {
    const { ask } = createGateway();
    const { answer } = await ask(
      '{ a: viewer { name } b: viewer { instanceRole } __type(name: "Team") { name fields { name } } }',
    );
    expect(answer.extensions?.cost).toMatchObject({ actual: 3 });
  });

  it('is there too when a field fails', async () => {
    const { ask } = createGateway();
    const { answer } = await ask('{ teams { nodes { id } } }');
    expect(answer.errors).toHaveLength(1);
    expect(answer.extensions?.cost).toMatchObject({ estimated: 23, actual: 0 });
  });
});

describe('a budget', () => {
  it('is spent by what queries may cost, and refuses with 429 what it does not hold', async () => {
    const { ask, time } = createGateway({ pointsPerQuery: 20, pointsPerMinute: 60 });
    const CHEAP = '{ databaseReport { measuredAt } }';
    expect((await ask(CHEAP)).answer.errors?.[0]?.extensions['code']).toBe('QUERY_TOO_COMPLEX');
    for (let left = 57; left >= 0; left -= 3) {
      expect(
        (await ask('{ a: viewer { name } b: viewer { name } }')).answer.extensions?.cost,
      ).toMatchObject({ estimated: 3, remaining: left });
    }
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const { response, answer } = await ask(VIEWER, { accept });
      expect(response.status).toBe(429);
      expect(response.headers.get('retry-after')).toBe('2');
      expect(answer).toEqual({
        errors: [
          {
            message:
              'The query may cost 2 points, and 0 of 60 a minute are left: ask again in 2 s.',
            extensions: {
              code: 'RATE_LIMITED',
              requestId: expect.any(String) as unknown,
              rateLimit: {
                limit: 60,
                remaining: 0,
                resetAt: '2026-03-12T12:01:00.000Z',
                cost: 2,
              },
            },
          },
        ],
      });
    }
    time.ms += 2_000;
    expect((await ask(VIEWER)).response.status).toBe(200);
  });

  it('is one of each token', async () => {
    const { ask } = createGateway({ pointsPerQuery: 2, pointsPerMinute: 2 });
    const statusOf = async (headers: Readonly<Record<string, string>>) =>
      (await ask(VIEWER, headers)).response.status;
    expect([await statusOf(token('a')), await statusOf(token('a'))]).toEqual([200, 429]);
    expect([await statusOf(token('b')), await statusOf(token('b'))]).toEqual([200, 429]);
  });

  it('is not spent by what needs a token and brings none, which hears so at any time', async () => {
    const { ask, gateway } = createGateway({ pointsPerQuery: 30, pointsPerMinute: 30 });
    const none = { authorization: '', accept: 'application/graphql-response+json' };
    const statusOf = async (query: string) => (await ask(query, none)).response.status;
    const SCHEMA = '{ ...S __typename } fragment S on Query { __type(name: "Team") { name } }';
    const needing = [
      VIEWER,
      '{ __typename ...V } fragment V on Query { viewer { name } }',
      '{ ... { rateLimit { limit } } }',
      '{ teams(first: 100) { nodes { members(first: 100) { nodes { login } } } } }',
      'mutation { startBackfill(input: { teamId: "x" }) { __typename } }',
      'subscription { syncRunProgress(id: "x") { id } }',
    ];
    const hearsUnauthenticated = async () => {
      for (const query of needing) {
        const { response, answer } = await ask(query, none);
        expect([query, response.status]).toEqual([query, 401]);
        expect(response.headers.get('www-authenticate')).toBe('Bearer');
        expect(answer.errors?.map(({ extensions }) => extensions['code'])).toEqual([
          'UNAUTHENTICATED',
        ]);
      }
    };
    for (let round = 0; round < 20; round += 1) {
      await hearsUnauthenticated();
    }
    // What describes the schema has a budget; when it is empty, a token is what helps.
    const statuses: number[] = [];
    for (let asked = 0; asked < 100 && statuses.at(-1) !== 401; asked += 1) {
      statuses.push(await statusOf(SCHEMA));
    }
    expect([statuses[0], statuses.at(-1)]).toEqual([200, 401]);
    await hearsUnauthenticated();
    expect((await ask(VIEWER)).answer.extensions?.cost).toMatchObject({ remaining: 28 });
    expect(gateway.used).toEqual([]);
    expect(gateway.log).toEqual([]);
  });

  it('can be asked for by whoever has one, at no cost, also when it is empty', async () => {
    const { ask } = createGateway({ pointsPerQuery: 60, pointsPerMinute: 60 });
    const RATE_LIMIT = '{ rateLimit { limit remaining used resetAt } }';
    const full = { limit: 60, remaining: 60, used: 0, resetAt: '2026-03-12T12:00:00.000Z' };
    expect((await ask(RATE_LIMIT)).answer).toEqual({
      data: { rateLimit: full },
      extensions: { cost: { estimated: 0, limit: 60, actual: 0, remaining: 60 } },
    });
    await ask('{ viewer { memberships { nodes { role } } } }');
    await ask('{ viewer { memberships { nodes { role } } } }');
    expect((await ask('{ viewer { memberships { nodes { role } } } }')).response.status).toBe(429);
    const { answer, response } = await ask(RATE_LIMIT);
    expect(response.status).toBe(200);
    expect(answer.data).toEqual({
      rateLimit: { limit: 60, remaining: 12, used: 48, resetAt: '2026-03-12T12:00:48.000Z' },
    });
    const anonymous = await ask(RATE_LIMIT, { authorization: '' });
    expect(anonymous.answer.errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED');
  });

  it('is not spent by what is refused for its cost, its shape or its variables', async () => {
    const { ask, gateway } = createGateway();
    await ask('{ teams(first: 100) { nodes { members(first: 100) { nodes { login } } } } }');
    await ask(`{ ${'__typename '.repeat(500)} }`);
    await gateway.post(
      JSON.stringify({ query: 'query ($n: Int!) { teams(first: $n) { nodes { id } } }' }),
    );
    expect((await ask('{ rateLimit { used } }')).answer.data).toEqual({ rateLimit: { used: 0 } });
  });
});

describe('content types', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'APPLICATION/JSON; charset=UTF-8',
    'application/json ; charset=utf-8',
    'application/json;charset=utf-8; profile=x',
  ])('takes %s', async (contentType) => {
    const { ask } = createGateway();
    const { response, answer } = await ask(VIEWER, { 'content-type': contentType });
    expect(response.status).toBe(200);
    expect(answer.data).toEqual({ viewer: { name: 'viewer', email: 'viewer@example.test' } });
  });

  it('refuses an address whose variables are no JSON, as a fault of the request', async () => {
    const { gateway } = createGateway();
    for (const name of ['variables', 'extensions']) {
      const response = await gateway.handler.fetch(
        new Request(`http://gateway.test/graphql?query=%7B__typename%7D&${name}=%7Bbad`),
      );
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        errors: [
          {
            message: 'Send variables and extensions as JSON in the address.',
            extensions: { code: 'BAD_REQUEST' },
          },
        ],
      });
    }
    expect(gateway.log).toEqual([]);
  });

  it.each(['Application/JSON', 'APPLICATION/GraphQL-Response+JSON', 'Application/*', '*/*;q=0.1'])(
    'answers what accepts %s',
    async (accept) => {
      const { ask } = createGateway();
      const { response, answer } = await ask(VIEWER, { accept });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/json/);
      expect(answer.data).toMatchObject({ viewer: { name: 'viewer' } });
    },
  );
});

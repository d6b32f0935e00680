import { describe, expect, it } from 'vitest';
import { createUnreadGateway } from '../../../support/hostile/unread-gateway.ts';

const ORIGIN = 'https://app.example.test';
const OTHER = 'https://evil.example.test';
const GRAPHQL = 'http://gateway.test/graphql';

const { handler, post } = createUnreadGateway({
  doors: { allowedOrigins: new Set([ORIGIN, 'http://127.0.0.1:5173']) },
});
const closed = createUnreadGateway();

function preflight(origin: string, url = GRAPHQL): Request {
  return new Request(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  });
}

/** Names of the headers by which a browser lets a page read an answer. */
function corsHeaders({ headers }: Response): string[] {
  return [...headers.keys()].filter((name) => name.startsWith('access-control-'));
}

describe('a page of an allowed origin', () => {
  it('may send its token and JSON, without cookies', async () => {
    const answer = await handler.fetch(preflight(ORIGIN));
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(answer.headers.get('access-control-allow-methods')).toBe('GET, POST');
    expect(answer.headers.get('access-control-allow-headers')?.split(', ')).toEqual(
      expect.arrayContaining(['authorization', 'content-type']),
    );
    expect(answer.headers.get('vary')).toContain('origin');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it.each([
    ['an answer', '{"query":"{ __typename }"}', {}, 200],
    ['a refusal of the document', '{"query":"{ nonsense }"}', {}, 200],
    ['a refusal before Yoga', 'x', { 'content-length': '3000000' }, 413],
    ['a body of another type', 'x', { 'content-type': 'text/plain' }, 415],
    [
      'a subscription that is refused',
      '{"query":"subscription { nonsense }"}',
      { accept: 'text/event-stream' },
      400,
    ],
  ])('may read %s', async (_what, body, headers, status) => {
    const answer = await post(body, { origin: ORIGIN, ...headers });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(answer.headers.get('access-control-expose-headers')).toBe('x-request-id, retry-after');
    expect(answer.headers.get('vary')).toContain('origin');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });
});

describe('any other page', () => {
  it.each([OTHER, 'null', `${ORIGIN}.evil.test`, 'http://app.example.test', ''])(
    'of %j is allowed nothing',
    async (origin) => {
      const refused = await handler.fetch(preflight(origin));
      expect(refused.status).toBe(403);
      expect(corsHeaders(refused)).toEqual([]);
      expect(await refused.text()).toContain('CORS_ALLOWED_ORIGINS');
      const answer = await post('{"query":"{ __typename }"}', { origin });
      expect(corsHeaders(answer)).toEqual([]);
    },
  );

  it('is allowed nothing where no origin is named, and by no cache of another answer', async () => {
    expect((await closed.handler.fetch(preflight(ORIGIN))).status).toBe(403);
    const answer = await closed.post('{"query":"{ __typename }"}', { origin: ORIGIN });
    expect(corsHeaders(answer)).toEqual([]);
    const without = await post('{"query":"{ __typename }"}');
    expect(without.headers.get('vary')).toContain('origin');
    expect(corsHeaders(without)).toEqual([]);
  });

  it('gets no preflight answered elsewhere than at /graphql', async () => {
    const answer = await handler.fetch(preflight(ORIGIN, 'http://gateway.test/webhooks/github/1'));
    expect(answer.status).toBe(404);
  });
});

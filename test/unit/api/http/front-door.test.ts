import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { FIRST_QUERY } from '../../../../src/api/http/first-query.ts';
import { printApiSchema } from '../../../../src/api/print-schema.ts';
import { createUnreadGateway } from '../../../support/hostile/unread-gateway.ts';

const development = createUnreadGateway({ doors: { graphiql: true } }).handler;
const production = createUnreadGateway().handler;

function open(handler: typeof production, path: string, accept = 'text/html'): Promise<Response> {
  return handler.fetch(new Request(`http://gateway.test${path}`, { headers: { accept } }));
}

/** Addresses that a page loads from, and those that its policy allows beyond its own host. */
function addressesIn(page: string): string[] {
  return [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address);
}

describe('GraphiQL', () => {
  it('loads everything from the gateway itself, and its policy lets nothing else in', async () => {
    const page = await open(development, '/graphql');
    expect(page.headers.get('content-type')).toContain('text/html');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'self'(;|$)/);
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
    const text = await page.text();
    expect(text).not.toMatch(/<script>|https?:\/\//);
    const files = addressesIn(text).filter((address) => address.startsWith('/'));
    expect(files).toHaveLength(3);
    const workers = ['editor', 'json', 'graphql'].map((name) => `/graphiql/${name}.worker.js`);
    for (const path of [...files, ...workers]) {
      const file = await open(development, path, '*/*');
      expect([path, file.status]).toEqual([path, 200]);
      expect(file.headers.get('content-type')).toMatch(
        path.endsWith('.css') ? /^text\/css/ : /^text\/javascript/,
      );
      expect(file.headers.get('x-content-type-options')).toBe('nosniff');
      expect((await file.text()).length).toBeGreaterThan(200);
    }
  });

  it('opens with the first query, which fits the schema, and asks without cookies', async () => {
    const text = await (await open(development, '/graphql')).text();
    const [, options = ''] =
      /<script type="application\/json" id="options">(.*?)<\/script>/s.exec(text) ?? [];
    expect(JSON.parse(options)).toMatchObject({
      endpoint: '/graphql',
      defaultQuery: FIRST_QUERY,
      credentials: 'omit',
    });
    expect(validate(buildSchema(printApiSchema()), parse(FIRST_QUERY))).toEqual([]);
  });

  it('is not there in production, nor are its files', async () => {
    const page = await open(production, '/graphql');
    expect(page.headers.get('content-type') ?? '').not.toContain('text/html');
    expect((await open(production, '/graphiql/editor.js')).status).toBe(404);
  });

  it('has no other files, and answers queries as before', async () => {
    for (const path of [
      '/graphiql/',
      '/graphiql/constructor',
      '/graphiql/../etc/passwd',
      '/graphiqlx',
    ]) {
      expect([path, (await open(development, path)).status]).toEqual([path, 404]);
    }
    const query = `/graphql?query=${encodeURIComponent('{ __typename }')}`;
    expect(await (await open(development, query, 'application/json')).json()).toMatchObject({
      data: { __typename: 'Query' },
    });
  });
});

describe('the root', () => {
  it('says what is here, as JSON to a program', async () => {
    const answer = await open(production, '/', '*/*');
    expect(answer.status).toBe(200);
    const { places } = (await answer.json()) as { places: { path: string; method: string }[] };
    expect(places.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /graphql',
      'GET /ready',
      'GET /health',
    ]);
    for (const { path } of places.filter(({ method }) => method === 'GET')) {
      expect((await open(production, path)).status).toBe(200);
    }
  });

  it('is a page without scripts to a browser, and links to GraphiQL where there is one', async () => {
    const page = await open(production, '/');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('vary')).toBe('accept');
    expect(addressesIn(await page.text())).toEqual(['/ready', '/health']);
    const other = await (await open(development, '/')).text();
    expect(addressesIn(other)).toEqual(['/graphql', '/ready', '/health']);
  });

  it('takes nothing', async () => {
    const answer = await production.fetch(
      new Request('http://gateway.test/', { method: 'POST', body: 'x' }),
    );
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
  });
});

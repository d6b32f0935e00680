import { afterAll, describe, expect, it } from 'vitest';
import { HOSTILE_REQUESTS } from '../../../support/hostile/hostile-requests.ts';
import { createUnreadGateway } from '../../../support/hostile/unread-gateway.ts';

interface Answer {
  readonly data?: unknown;
  readonly errors: readonly {
    readonly message: string;
    readonly extensions: Readonly<Record<string, unknown>>;
  }[];
}

const NORMAL = JSON.stringify({ query: '{ viewer { name } }' });

describe('hostile requests', () => {
  const gateway = createUnreadGateway();

  afterAll(() => gateway.handler.dispose());

  it('are tried, each once', () => {
    const names = HOSTILE_REQUESTS.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(55);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(HOSTILE_REQUESTS)(
    '$name: refused in few words before anything is read, and the next query is undisturbed',
    async ({ body, status, code }) => {
      gateway.used.length = 0;
      const response = await gateway.post(body());
      const text = await response.text();
      const { data, errors } = JSON.parse(text) as Answer;
      expect(errors.map(({ message }) => message).join('\n')).not.toMatch(/[xy]{400}/);
      expect(text.length).toBeLessThan(10_000);
      expect(response.status).toBe(status);
      expect(new Set(errors.map(({ extensions }) => extensions['code']))).toEqual(new Set([code]));
      expect(data ?? null).toBeNull();
      expect(gateway.used).toEqual([]);
      expect(gateway.log).toEqual([]);
      const next = await gateway.post(NORMAL);
      expect(await next.json()).toMatchObject({ data: { viewer: { name: 'viewer' } } });
    },
  );

  const ACCEPTS = ['application/json', 'application/graphql-response+json', 'text/event-stream'];

  it.each(HOSTILE_REQUESTS.filter(({ measure }) => measure !== undefined))(
    '$name: says how much it is, and how much it may be, whatever is accepted',
    async ({ body, measure }) => {
      for (const accept of ACCEPTS) {
        const response = await gateway.post(body(), { accept, 'x-request-id': 'trace-7' });
        const text = (await response.text()).replace(
          /^[\s\S]*?data: |\n\nevent: complete[\s\S]*$/g,
          '',
        );
        expect([accept, response.status]).toEqual([accept, 400]);
        const { errors } = JSON.parse(text) as Answer;
        expect(errors).toEqual([
          {
            message: expect.stringMatching(/; the limit is \d+\. /) as unknown,
            extensions: {
              code: 'QUERY_TOO_COMPLEX',
              requestId: 'trace-7',
              measure,
              cost: expect.any(Number) as unknown,
              limit: expect.any(Number) as unknown,
              hint: expect.any(String) as unknown,
            },
          },
        ]);
        for (const { message, extensions } of errors) {
          expect(extensions['cost']).toBeGreaterThan(Number(extensions['limit']));
          expect(message).toContain(`the limit is ${String(extensions['limit'])}.`);
          expect(message.endsWith(String(extensions['hint']))).toBe(true);
        }
      }
    },
  );
});

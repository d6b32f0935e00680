import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiWorld, readAnswer, type ApiWorld } from '../api-world.ts';
import { seedTeam, type SeededTeam } from '../seed-team.ts';

const encode = (text: string) => new TextEncoder().encode(text);

const QUERY = 'query ($slug: String!) { team(slug: $slug) { name } }';

let world: ApiWorld;
let team: SeededTeam;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
});

afterAll(() => world?.close());

function post(parts: readonly Uint8Array[]): Promise<Response> {
  return world.gateway.fetch(
    new Request('http://gateway.test/graphql', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${team.viewerToken}`,
      },
      body: Buffer.concat(parts),
    }),
  );
}

describe('F24: bytes that are no UTF-8', () => {
  it.each([
    ['a byte that no character has', [0xff]],
    ['the beginning of a character', [0xf0, 0x9f, 0x98]],
    ['the end of a character', [0x98, 0x80]],
    ['half of a surrogate pair', [0xed, 0xa0, 0xbd]],
    ['a slash in two bytes', [0xc0, 0xaf]],
    ['NUL in two bytes', [0xc0, 0x80]],
    ['a character beyond the last', [0xf4, 0x90, 0x80, 0x80]],
  ])('%s: in a value it is a character of replacement, elsewhere a mistake', async (_what, raw) => {
    const bytes = Uint8Array.from(raw);
    const [before, behind] = JSON.stringify({ query: QUERY, variables: { slug: '?' } }).split(
      '"?"',
    );
    const inValue = await post([encode(`${before}"alpha`), bytes, encode(`"${behind}`)]);
    // No team is called so, and `alpha` is not found by what is left when the bytes are dropped.
    expect(await readAnswer(inValue)).toMatchObject({
      status: 200,
      data: { team: null },
      errors: [],
    });
    const inDocument = await post([encode('{"query":"{ viewer { na'), bytes, encode('me } }"}')]);
    expect(inDocument.status).toBeLessThan(500);
    expect((await readAnswer(inDocument)).errors[0]?.extensions?.code).toBe('GRAPHQL_PARSE_FAILED');
    const inBody = await post([bytes, encode('{"query":"{ viewer { name } }"}')]);
    expect(inBody.status).toBe(400);
    expect(world.log).toEqual([]);
  });
});

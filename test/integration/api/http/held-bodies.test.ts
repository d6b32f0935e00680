import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiWorld, readAnswer, type ApiWorld } from '../api-world.ts';
import { seedTeam, type SeededTeam } from '../seed-team.ts';
import { eventually } from '../../../support/eventually.ts';

let world: ApiWorld;
let team: SeededTeam;

beforeAll(async () => {
  world = await createApiWorld();
  team = await seedTeam(world, { slug: 'alpha' });
});
afterAll(() => world?.close());

function post(body: string | ReadableStream<Uint8Array>): Request {
  const init = {
    method: 'POST',
    headers: {
      authorization: `Bearer ${team.viewerToken}`,
      'content-type': 'application/json',
      ...(typeof body === 'string' && { 'content-length': String(body.length) }),
    },
    body,
    duplex: 'half',
  };
  return new Request('http://gateway.test/graphql', init);
}

it('refuses bodies that are more together than may be held, and takes them when there is room', async () => {
  const query = (bytes: number): string => {
    const json = JSON.stringify({ query: '{ viewer { name } }' });
    return `${json}${' '.repeat(bytes - json.length)}`;
  };
  const bounded = world.createGateway({ maxHeldBytes: 1_000_000 });
  let end: (() => void) | undefined;
  let isRead = false;
  const slow = post(
    new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          if (isRead) {
            return new Promise<void>((resolve) => {
              end = () => {
                controller.close();
                resolve();
              };
            });
          }
          isRead = true;
          controller.enqueue(new TextEncoder().encode(query(900_000)));
          return undefined;
        },
      },
      { highWaterMark: 0 },
    ),
  );
  const first = bounded.fetch(slow);
  await eventually(() => expect(end).toBeDefined());
  const send = async (bytes: number) => readAnswer(await bounded.fetch(post(query(bytes))));
  const refused = await send(200_000);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
  expect(refused.errors[0]?.extensions?.code).toBe('OVERLOADED');
  expect((await send(50_000)).errors).toEqual([]);
  end?.();
  expect((await readAnswer(await first)).errors).toEqual([]);
  expect((await send(200_000)).data).toEqual({ viewer: { name: 'alpha-viewer' } });
});

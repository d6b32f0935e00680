import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiWorld, readAnswer, type ApiWorld } from '../api-world.ts';
import { seedTeam, type SeededTeam } from '../seed-team.ts';
import { UNCOUNTED_BYTES } from '../../../../src/api/webhooks/byte-budget.ts';
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

const QUERY = JSON.stringify({ query: '{ viewer { name } }' });

/** A body that comes in pieces, each when the test lets it. */
function createSlowBody() {
  let enqueue: ((text: string | null) => void) | undefined;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) =>
        new Promise<void>((resolve) => {
          enqueue = (text) => {
            enqueue = undefined;
            if (text === null) {
              controller.close();
            } else {
              controller.enqueue(new TextEncoder().encode(text));
            }
            resolve();
          };
        }),
    },
    { highWaterMark: 0 },
  );
  return {
    stream,
    /** Null ends the body. */
    send: async (text: string | null) => {
      await eventually(() => expect(enqueue).toBeDefined());
      enqueue?.(text);
    },
    isWaiting: () => enqueue !== undefined,
  };
}

it('refuses bodies that are more together than may be held, and takes them when there is room', async () => {
  const bounded = world.createGateway({ maxHeldBytes: 1_000_000 });
  const slow = createSlowBody();
  const first = bounded.fetch(post(slow.stream));
  await slow.send(QUERY.padEnd(900_000));
  await eventually(() => expect(slow.isWaiting()).toBe(true));
  const send = async (bytes: number) => readAnswer(await bounded.fetch(post(QUERY.padEnd(bytes))));
  const refused = await send(300_000);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
  expect(refused.errors[0]?.extensions?.code).toBe('OVERLOADED');
  expect((await send(UNCOUNTED_BYTES)).errors).toEqual([]);
  await slow.send(null);
  expect((await readAnswer(await first)).errors).toEqual([]);
  expect((await send(300_000)).data).toEqual({ viewer: { name: 'alpha-viewer' } });
});

it('does nothing with the part of a body that there was room for, although it could be read alone', async () => {
  const bounded = world.createGateway({ maxHeldBytes: 0 });
  const slow = createSlowBody();
  const answer = bounded.fetch(post(slow.stream));
  world.counting.takeAllStatements();
  await slow.send(QUERY);
  await slow.send(' '.repeat(UNCOUNTED_BYTES));
  const { status, errors } = await readAnswer(await answer);
  expect([status, errors[0]?.extensions?.code]).toEqual([503, 'OVERLOADED']);
  expect(world.counting.takeAllStatements()).toEqual([]);
});

it('refuses a subscription that is too long to be kept for as long as it is open', async () => {
  const gateway = world.createGateway();
  const follow = (id: string, rest: string): Request => {
    const query = 'subscription ($id: ID!) { syncRunProgress(id: $id) { status } }';
    const request = post(JSON.stringify({ query, variables: { id, rest } }));
    request.headers.set('accept', 'text/event-stream');
    return request;
  };
  const refused = await readAnswer(await gateway.fetch(follow('x', 'x'.repeat(64 * 1024))));
  expect([refused.status, refused.errors[0]?.extensions?.code]).toEqual([400, 'LIMIT_EXCEEDED']);
  expect(refused.errors[0]?.message).toMatch(/^The subscription has \d+ characters/);
  const nested = `{"query":"subscription { syncRunProgress(id: 1) { id } }","variables":{"v":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`;
  const tooDeep = post(nested);
  tooDeep.headers.set('accept', 'text/event-stream');
  const deep = await readAnswer(await gateway.fetch(tooDeep));
  expect([deep.status, deep.errors[0]?.extensions?.code]).toEqual([400, 'LIMIT_EXCEEDED']);
  const shorter = await readAnswer(await gateway.fetch(follow('x', 'x'.repeat(60_000))));
  expect([shorter.status, shorter.errors[0]?.extensions?.code]).toEqual([404, 'NOT_FOUND']);
});

import { afterEach, expect, it } from 'vitest';
import { createWebhookActivities } from '../../../src/activities/webhooks.ts';
import type { FakeGitHub } from '../../../src/demo/fake-github.ts';
import { startNodeHost, type NodeHost } from '../../../src/runtime/node-host.ts';
import { aSource } from '../../unit/demo/small-world.ts';
import { openAskingWorld, type AskingWorld } from './asking-world.ts';

let world: AskingWorld | undefined;
let host: NodeHost | undefined;

afterEach(async () => {
  await host?.close();
  await world?.close();
  host = undefined;
  world = undefined;
});

/** Repositories with a webhook each that was never heard of here, because its receiver was down. */
async function open(count: number, onReceived: (fake: FakeGitHub) => void = () => undefined) {
  const names = Array.from({ length: count }, (_, index) => `repo-${index + 1}`);
  const repositories = names.flatMap(
    (name, index) => aSource([], { name, databaseId: 100 + index }).repositories,
  );
  const opened = await openAskingWorld({ ...aSource([]), repositories });
  world = opened;
  const received: string[] = [];
  host = await startNodeHost({
    fetch: async (request) => {
      received.push(request.headers.get('x-github-delivery') ?? '');
      onReceived(opened.fake);
      return new Response(null, { status: 202 });
    },
    host: '127.0.0.1',
    port: 0,
    onError: () => undefined,
  });
  const add = async (name: string, path: string) => {
    const url = `${host?.url}${path}`;
    const hookId = opened.fake.hooks.add({ repository: name, url, secret: 's' });
    const { guid } = await opened.fake.hooks.deliver(hookId, 'push', {}, { arrives: false });
    return guid;
  };
  for (const { owner, name } of repositories) {
    await opened.addRepository(`${owner}/${name}`);
  }
  const { redeliverDeliveries } = createWebhookActivities(opened.aWorker());
  const key = { teamId: String(opened.teamId), connectionId: String(opened.connectionId) };
  return {
    ...opened,
    received,
    add,
    ownPath: `/webhooks/github/${opened.connectionId}`,
    names: repositories.map(({ owner, name }) => `${owner}/${name}`) as [string, ...string[]],
    redeliver: (after: string | null = null) => redeliverDeliveries({ ...key, after }),
  };
}

it('asks also webhooks of which nothing ever arrived, by their address, and no others', async () => {
  const { names, add, ownPath, redeliver, received } = await open(1);
  const lost = await add(names[0], ownPath);
  await add(names[0], '/webhooks/github/999');
  expect(await redeliver()).toEqual({ redelivered: 1, skipped: [], wait: null, next: null });
  expect(received).toEqual([lost]);
  expect(await redeliver()).toMatchObject({ redelivered: 0 });
});

it('goes on after a wait with the repository at which it waited', async () => {
  let isLimited = false;
  const { names, add, ownPath, redeliver, received, fake, rows } = await open(3, (github) => {
    if (!isLimited) {
      isLimited = true;
      // The next request is the list of the second repository's webhooks.
      github.failNext({ retryAfter: 1, status: 403 });
    }
  });
  const [first, second, third] = await Promise.all(names.map((name) => add(name, ownPath)));
  const ids = await rows<{ id: string }>('SELECT id::text FROM repository ORDER BY id');
  const waiting = await redeliver();
  expect(waiting).toMatchObject({ redelivered: 1, next: ids[0]?.id });
  expect(waiting.wait).not.toBeNull();
  const before = fake.stats().requests.rest;
  await expect
    .poll(() => redeliver(waiting.next), { timeout: 10_000 })
    .toMatchObject({ redelivered: 2, wait: null, next: null });
  expect(received).toEqual([first, second, third]);
  // Three of each of the two that were left.
  expect(fake.stats().requests.rest - before).toBe(6);
});

it('costs nothing of the limit for repositories without a webhook', async () => {
  const { redeliver, fake, rows } = await open(2);
  await redeliver();
  expect(await rows('SELECT 1 FROM github_etag')).toHaveLength(2);
  const spent = fake.stats().pointsUsed;
  await redeliver();
  expect(fake.stats().pointsUsed).toEqual(spent);
});

it('asks no more after three repositories whose webhooks the token may not see', async () => {
  const { redeliver, fake } = await open(5);
  fake.failNext({ status: 403, body: { message: 'Resource not accessible' } }, 5);
  const { skipped } = await redeliver();
  expect(skipped).toHaveLength(3);
  expect(skipped[0]).toMatch(/repo-1 .*permission Webhooks/);
});

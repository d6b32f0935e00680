import { expect, it } from 'vitest';
import { WORLD_TOKEN } from '../../../support/worlds/connected-team.ts';
import { openRedeliveryWorld as open } from './redelivery-world.ts';

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
  const ids = await rows<{ id: string }>('SELECT id::text FROM repository ORDER BY repository.id');
  const waiting = await redeliver();
  expect(waiting).toMatchObject({ redelivered: 1, next: ids[0]?.id });
  expect(waiting.wait).not.toBeNull();
  const before = fake.stats().requests.rest;
  await expect
    .poll(() => redeliver(waiting.next))
    .toMatchObject({ redelivered: 2, wait: null, next: null });
  expect(received).toEqual([first, second, third]);
  // Three of each of the two that were left, and the list of their organisation's webhooks.
  expect(fake.stats().requests.rest - before).toBe(7);
});

it('asks the webhooks of the organisation that owns the repositories, once for all of them', async () => {
  const { add, ownPath, redeliver, received, fake } = await open(3);
  const lost = await add('acme', ownPath);
  await add('acme', '/webhooks/github/999');
  expect(await redeliver()).toEqual({ redelivered: 1, skipped: [], wait: null, next: null });
  expect(received).toEqual([lost]);
  // Its webhooks, the attempts of its own one, the attempt, and the webhooks of three repositories.
  expect(fake.stats().requests.rest).toBe(6);
  expect(await redeliver()).toMatchObject({ redelivered: 0 });
});

it('asks the repository, too, where its only known webhook is that of the organisation', async () => {
  const { names, add, ownPath, redeliver, received, rows } = await open(1);
  const [ofOrganization, ofRepository] = [await add('acme', ownPath), await add(names[0], ownPath)];
  await rows(`INSERT INTO webhook_delivery (team_id, connection_id, hook_id, delivery_id, event, subject, state,
      received_at)
    SELECT team_id, connection_id, 1, 'known', 'push', '{"repository": "100"}', 'PROCESSED', now() FROM repository`);
  expect(await redeliver()).toMatchObject({ redelivered: 2, skipped: [] });
  expect(received).toEqual([ofOrganization, ofRepository]);
});

it('says what a token lacks for the webhooks of an organisation, and asks those of its repositories', async () => {
  const { names, add, ownPath, redeliver, received, fake } = await open(1);
  fake.failNext({ status: 403, body: { message: 'Resource not accessible' } });
  const lost = await add(names[0], ownPath);
  expect(await redeliver()).toMatchObject({
    redelivered: 1,
    skipped: [expect.stringMatching(/organisation acme .*permission Webhooks/)],
  });
  expect(received).toEqual([lost]);
});

it('lists the attempts of an App once for its connections, and anew ten minutes later', async () => {
  let now = new Date();
  const of = await open(0, undefined, () => now);
  const { fake, received } = of;
  const hookId = fake.hooks.add({ repository: null, url: `${of.receiverUrl}/app`, secret: 's' });
  const connections = await of.addInstallations(31, 32);
  const lose = async (installation: number) => {
    const payload = { action: 'opened', installation: { id: installation } };
    const options = { arrives: false };
    return (await fake.hooks.deliver(hookId, 'pull_request', payload, options)).guid;
  };
  const lost = [await lose(31), await lose(32)];
  const asked: number[] = [];
  const redeliverAll = async () => {
    for (const connectionId of connections) {
      const before = fake.stats().requests.rest;
      await of.redeliverOf(connectionId);
      asked.push(fake.stats().requests.rest - before);
    }
  };
  await redeliverAll();
  expect(received).toEqual(lost);
  // The list and an attempt, then the attempt of the other one alone; a second time nothing is left to ask for.
  expect(asked.splice(0)).toEqual([2, 1]);
  await redeliverAll();
  expect(asked.splice(0)).toEqual([0, 0]);
  const later = await lose(32);
  now = new Date(now.getTime() + 11 * 60_000);
  await redeliverAll();
  expect(received).toEqual([...lost, later]);
  expect(asked).toEqual([1, 1]);
});

it('costs nothing of the limit for repositories without a webhook', async () => {
  const { redeliver, fake, rows } = await open(2);
  await redeliver();
  expect(await rows('SELECT 1 FROM github_etag')).toHaveLength(3);
  const spent = fake.stats().pointsUsed;
  await redeliver();
  expect(fake.stats().pointsUsed).toEqual(spent);
});

it('asks no more after three repositories whose webhooks the token may not see', async () => {
  const { redeliver, fake } = await open(5);
  fake.setToken(WORLD_TOKEN, { missing: ['repository_hooks'] });
  const { skipped } = await redeliver();
  expect(skipped).toHaveLength(3);
  expect(skipped[0]).toMatch(/repo-1 .*permission Webhooks/);
});

import { expect, it } from 'vitest';
import { WORLD_TOKEN } from '../../../support/worlds/connected-team.ts';
import { openRedeliveryWorld as open } from './redelivery-world.ts';

it('does ten repositories a call, and tries no further ones behind three refusals in the calls before', async () => {
  const { names, add, ownPath, redeliver, redeliverBehind, received, fake, rows } = await open(12);
  const lost = await Promise.all(names.slice(9, 11).map((name) => add(name, ownPath)));
  const ids = await rows<{ id: string }>('SELECT id::text FROM repository ORDER BY repository.id');
  const first = await redeliver();
  expect(first).toMatchObject({ redelivered: 1, next: ids[9]?.id, wait: null });
  expect(await redeliverBehind(first)).toMatchObject({ redelivered: 1, next: null });
  expect(received).toEqual(lost);
  fake.setToken(WORLD_TOKEN, { missing: ['repository_hooks'] });
  const refused = await redeliver();
  expect(refused.skipped).toHaveLength(3);
  const before = fake.stats().requests.rest;
  expect(await redeliverBehind(refused)).toMatchObject({ skipped: [], next: null });
  // The webhooks of the organisation alone.
  expect(fake.stats().requests.rest - before).toBe(1);
});

it('begins no repository after two minutes', async () => {
  let now = Date.now();
  const { names, add, ownPath, redeliver, redeliverBehind, received, rows } = await open(
    3,
    () => {
      now += 70_000;
    },
    () => new Date(now),
  );
  const lost = await Promise.all(names.map((name) => add(name, ownPath)));
  const ids = await rows<{ id: string }>('SELECT id::text FROM repository ORDER BY repository.id');
  const first = await redeliver();
  expect(first).toMatchObject({ redelivered: 2, wait: null, next: ids[1]?.id });
  expect(await redeliverBehind(first)).toMatchObject({ redelivered: 1, next: null });
  expect(received).toEqual(lost);
});

it('goes on with the same webhook where two minutes were not enough for what it lost', async () => {
  let now = Date.now();
  const { names, fake, ownPath, redeliver, redeliverBehind, received, receiverUrl } = await open(
    1,
    () => {
      now += 70_000;
    },
    () => new Date(now),
  );
  const url = `${receiverUrl}${ownPath}`;
  const hookId = fake.hooks.add({ repository: names[0], url, secret: 's' });
  for (let count = 0; count < 3; count += 1) {
    await fake.hooks.deliver(hookId, 'push', {}, { arrives: false });
  }
  const first = await redeliver();
  expect(first).toMatchObject({ redelivered: 2, wait: null, next: '0' });
  expect(await redeliverBehind(first)).toMatchObject({ redelivered: 1, next: null });
  expect(new Set(received).size).toBe(3);
  expect(received).toHaveLength(3);
});

const HOUR_MS = 3_600_000;

it('lists only what came since the last look that was complete, and pays nothing where nothing came', async () => {
  let now = Date.now();
  const { names, fake, ownPath, redeliver, received, receiverUrl } = await open(
    1,
    undefined,
    () => new Date(now),
  );
  const url = `${receiverUrl}${ownPath}`;
  const hookId = fake.hooks.add({ repository: names[0], url, secret: 's' });
  for (let count = 0; count < 250; count += 1) {
    await fake.hooks.deliver(hookId, 'push', {});
  }
  received.splice(0);
  now += HOUR_MS;
  const spend = async () => {
    const before = fake.stats().pointsUsed;
    expect(await redeliver()).toMatchObject({ wait: null, next: null, skipped: [] });
    return fake.stats().pointsUsed - before;
  };
  // The webhooks of the organisation and of the repository, and three pages of attempts.
  expect(await spend()).toBe(5);
  now += HOUR_MS;
  expect(await spend()).toBe(1);
  const { guid } = await fake.hooks.deliver(hookId, 'push', {}, { arrives: false });
  now += HOUR_MS;
  // One page now, and the delivery.
  expect(await spend()).toBe(3);
  expect(received).toEqual([guid]);
});

it('goes back as far again where not all was sent again', async () => {
  let now = Date.now();
  const { names, fake, ownPath, redeliver, received, receiverUrl } = await open(
    1,
    () => {
      now += 2 * HOUR_MS;
    },
    () => new Date(now),
  );
  const url = `${receiverUrl}${ownPath}`;
  const hookId = fake.hooks.add({ repository: names[0], url, secret: 's' });
  await fake.hooks.deliver(hookId, 'push', {}, { arrives: false });
  await fake.hooks.deliver(hookId, 'push', {}, { arrives: false });
  now += HOUR_MS;
  expect(await redeliver()).toMatchObject({ redelivered: 1, next: '0' });
  expect(await redeliver()).toMatchObject({ redelivered: 1, next: null });
  expect(new Set(received).size).toBe(2);
});

it('lists the attempts of an App only since the last look of a connection', async () => {
  let now = Date.now();
  const of = await open(0, undefined, () => new Date(now));
  const { fake } = of;
  const hookId = fake.hooks.add({ repository: null, url: `${of.receiverUrl}/app`, secret: 's' });
  const [first = 0n, second = 0n] = await of.addInstallations(31, 32);
  for (let count = 0; count < 150; count += 1) {
    await fake.hooks.deliver(hookId, 'push', { installation: { id: 31 } });
  }
  const spend = async (connectionId: bigint) => {
    const before = fake.stats().requests.rest;
    await of.redeliverOf(connectionId);
    return fake.stats().requests.rest - before;
  };
  now += HOUR_MS;
  expect(await spend(first)).toBe(2);
  now += HOUR_MS;
  expect(await spend(first)).toBe(1);
  // This one was never looked at: the short list of the other one is not enough for it.
  expect(await spend(second)).toBe(2);
});

it('does not count a look as complete whose pages come round again', async () => {
  const { names, fake, ownPath, redeliver, receiverUrl, rows } = await open(1);
  const hook = { url: `${receiverUrl}${ownPath}`, secret: 's' };
  fake.hooks.add({ repository: null, organization: 'acme', ...hook });
  fake.hooks.add({ repository: names[0], ...hook });
  const look = async () => {
    const before = fake.stats().requests.rest;
    await redeliver();
    return fake.stats().requests.rest - before;
  };
  const requests = await look();
  const stored = `SELECT url FROM github_etag WHERE url LIKE '%/deliveries'`;
  expect(await rows(stored)).toHaveLength(2);
  await rows('DELETE FROM github_etag');
  fake.failNext({ status: 200, body: [{ id: 1, config: { url: hook.url } }] });
  for (const cursor of ['a', 'b', 'a']) {
    const link = `<${fake.url}/deliveries?cursor=${cursor}>; rel="next"`;
    fake.failNext({ status: 200, body: [], headers: { link } });
  }
  // Three pages of attempts in place of one.
  expect(await look()).toBe(requests + 2);
  expect(await rows(stored)).toHaveLength(1);
});

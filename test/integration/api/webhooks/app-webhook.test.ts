import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exampleWith } from '../../../support/github/webhook-examples.ts';
import { createWebhookWorld, sign, type WebhookWorld } from './webhook-world.ts';

const APP_ID = 4711;

let world: WebhookWorld;

beforeAll(async () => {
  world = await createWebhookWorld();
});
afterAll(() => world.close());
beforeEach(() => world.api.sql('DELETE FROM webhook_delivery'));

describe('the webhook of a GitHub App', () => {
  const headers = {
    'x-github-hook-installation-target-type': 'integration',
    'x-github-hook-installation-target-id': String(APP_ID),
  };
  const bodyFor = (installationId: number): string =>
    JSON.stringify(exampleWith('pull_request', 'opened', { installation: { id: installationId } }));

  it('goes to the connection of its installation, and to no other', async () => {
    const one = await world.connect('app-one', 'app secret', { appId: APP_ID, installationId: 1 });
    await world.connect('app-two', 'app secret', { appId: APP_ID, installationId: 2 });
    const sent = { path: '/webhooks/github', secret: 'app secret', headers };
    expect((await world.send({ ...sent, body: bodyFor(1) })).status).toBe(202);
    expect(await world.deliveries()).toMatchObject([one]);
    expect((await world.send({ ...sent, body: bodyFor(3) })).status).toBe(202);
    expect(await world.deliveries()).toHaveLength(1);
  });

  it('does not reach a connection with another secret, whatever installation the payload names', async () => {
    const app = { appId: APP_ID + 1, installationId: 9 };
    const owner = await world.connect('app-owner', 'owner secret', app);
    await world.connect('app-thief', 'thief secret', { ...app, installationId: 10 });
    const toOther = { ...headers, 'x-github-hook-installation-target-id': String(APP_ID + 1) };
    const send = (secret: string) =>
      world.send({ path: '/webhooks/github', secret, headers: toOther, body: bodyFor(9) });
    expect((await send('thief secret')).status).toBe(202);
    expect(await world.deliveries()).toEqual([]);
    expect((await send('owner secret')).status).toBe(202);
    expect(await world.deliveries()).toMatchObject([owner]);
  });

  it('finds its installation among many, whatever secrets the others have', async () => {
    const appId = APP_ID + 2;
    for (let installationId = 1; installationId <= 25; installationId += 1) {
      await world.connect('app-many', `secret ${installationId}`, { appId, installationId });
    }
    const toMany = { ...headers, 'x-github-hook-installation-target-id': String(appId) };
    const send = (secret: string) =>
      world.send({ path: '/webhooks/github', secret, headers: toMany, body: bodyFor(25) });
    expect((await send('secret 25')).status).toBe(202);
    expect(await world.deliveries()).toHaveLength(1);
    // A secret that is not tried is answered as a wrong one.
    expect((await send('secret 24')).status).toBe(401);
  });

  it('reaches all teams that share its installation', async () => {
    const app = { appId: APP_ID + 3, installationId: 1 };
    // A team that came first, and has other secrets than the App's, is in nobody's way.
    await world.connect('app-shared-0', 'another secret', { ...app, installationId: 2 });
    for (let team = 1; team <= 25; team += 1) {
      await world.connect(`app-shared-${team}`, 'app secret', app);
    }
    const toShared = { ...headers, 'x-github-hook-installation-target-id': String(app.appId) };
    const sent = { path: '/webhooks/github', secret: 'app secret', headers: toShared };
    expect((await world.send({ ...sent, body: bodyFor(1) })).status).toBe(202);
    const deliveries = await world.deliveries();
    expect(new Set(deliveries.map(({ teamId }) => teamId)).size).toBe(25);
    expect(deliveries.every(({ isSignalled }) => isSignalled === true)).toBe(true);
  });

  it('is refused before its body is read when the App is not known here', async () => {
    let isRead = false;
    const body = new ReadableStream(
      {
        pull() {
          isRead = true;
        },
      },
      { highWaterMark: 0 },
    );
    const init = {
      duplex: 'half',
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...headers,
        'x-github-hook-installation-target-id': '999999',
        'x-hub-signature-256': sign('app secret', bodyFor(1)),
      },
      body,
    };
    const request = new Request('http://gateway.test/webhooks/github', init);
    expect((await world.gateway.fetch(request)).status).toBe(401);
    expect(isRead).toBe(false);
  });
});

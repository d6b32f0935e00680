import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import githubAppJwt from 'universal-github-app-jwt';
import { expect, onTestFinished, test } from 'vitest';
import type { FakeGitHub } from '../../../../src/demo/fake-github/fake-github.ts';
import { NOON, TOKEN, aSource, serve } from '../small-world.ts';
import { createAppKeys } from '../../../support/github/app-keys.ts';

interface Received {
  readonly guid: string;
  readonly event: string;
  readonly isSigned: boolean;
  readonly body: unknown;
}

/** A receiver that checks signatures and ends with the test. */
async function receive(secret: string) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const signature = createHmac('sha256', secret).update(raw).digest('hex');
      received.push({
        guid: String(request.headers['x-github-delivery']),
        event: String(request.headers['x-github-event']),
        isSigned: request.headers['x-hub-signature-256'] === `sha256=${signature}`,
        body: JSON.parse(raw.toString('utf8')),
      });
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

async function get(server: FakeGitHub, path: string, token = TOKEN, method = 'GET') {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `bearer ${token}` },
  });
  return {
    status: response.status,
    link: response.headers.get('link'),
    body: (await response.json()) as Readonly<Record<string, unknown>>[],
  };
}

test('a failed delivery is listed, and sent again under its guid when asked', async () => {
  const { url, received } = await receive('secret');
  const server = await serve(aSource([]));
  const hookId = server.hooks.add({ repository: 'acme/api', url, secret: 'secret' });
  const lost = await server.hooks.deliver(hookId, 'push', { ref: 'main' }, { arrives: false });
  const arrived = await server.hooks.deliver(hookId, 'pull_request', { action: 'opened' });
  expect(received).toEqual([
    { guid: arrived.guid, event: 'pull_request', isSigned: true, body: { action: 'opened' } },
  ]);

  const path = `/repos/acme/api/hooks/${hookId}/deliveries`;
  expect((await get(server, '/repos/acme/api/hooks')).body).toMatchObject([{ id: hookId }]);
  expect((await get(server, path)).body).toMatchObject([
    { guid: arrived.guid, status_code: 202, event: 'pull_request', action: 'opened' },
    { guid: lost.guid, status_code: 502, event: 'push', redelivery: false },
  ]);
  expect((await get(server, `${path}/${lost.id}/attempts`, TOKEN, 'POST')).status).toBe(202);
  expect(received.at(-1)).toMatchObject({ guid: lost.guid, event: 'push', isSigned: true });
  expect((await get(server, path)).body[0]).toMatchObject({
    guid: lost.guid,
    status_code: 202,
    redelivery: true,
  });
  expect((await get(server, `${path}/99/attempts`, TOKEN, 'POST')).status).toBe(404);
});

test('deliveries come in pages by cursor, for three days', async () => {
  let now = new Date('2026-03-10T12:00:00Z');
  const server = await serve(aSource([]), { now: () => now });
  const hookId = server.hooks.add({
    repository: 'acme/api',
    url: 'http://127.0.0.1:1',
    secret: '',
  });
  for (let count = 0; count < 3; count += 1) {
    await server.hooks.deliver(hookId, 'push', {}, { arrives: false });
  }
  const path = `/repos/acme/api/hooks/${hookId}/deliveries?per_page=2`;
  const first = await get(server, path);
  expect(first.body).toHaveLength(2);
  const next = /<([^>]+)>; rel="next"/.exec(first.link ?? '')?.[1] ?? '';
  const second = await get(server, next.slice(server.url.length));
  expect([second.body.length, second.link]).toEqual([1, null]);
  now = new Date('2026-03-13T12:00:01Z');
  expect((await get(server, path)).body).toEqual([]);
});

test('the webhook of an organisation is shown there, and sent again; a user has none', async () => {
  const { url, received } = await receive('s');
  const server = await serve(aSource([]));
  const hookId = server.hooks.add({ repository: null, organization: 'acme', url, secret: 's' });
  const lost = await server.hooks.deliver(hookId, 'push', {}, { arrives: false });
  expect((await get(server, '/orgs/Acme/hooks')).body).toMatchObject([
    { id: hookId, type: 'Organization', config: { url } },
  ]);
  expect((await get(server, '/repos/acme/api/hooks')).body).toEqual([]);
  const path = `/orgs/acme/hooks/${hookId}/deliveries`;
  expect((await get(server, path)).body).toMatchObject([{ guid: lost.guid, repository_id: null }]);
  expect((await get(server, `${path}/${lost.id}/attempts`, TOKEN, 'POST')).status).toBe(202);
  expect(received).toMatchObject([{ guid: lost.guid, isSigned: true }]);
  expect((await get(server, `/orgs/acme/hooks/99`)).status).toBe(404);
  expect((await get(server, '/orgs/ada/hooks')).status).toBe(404);
  server.setToken(TOKEN, { missing: ['organization_hooks'] });
  expect((await get(server, '/orgs/acme/hooks')).status).toBe(403);
});

test('the webhook of an App is shown to the App only', async () => {
  const { privateKey } = createAppKeys('pkcs8');
  const { url, received } = await receive('s');
  const server = await serve(aSource([]));
  const hookId = server.hooks.add({ repository: null, url, secret: 's' });
  const payload = { action: 'opened', installation: { id: 5 } };
  const lost = await server.hooks.deliver(hookId, 'pull_request', payload, { arrives: false });
  expect((await get(server, '/app/hook/deliveries')).status).toBe(401);
  const now = NOON.getTime() / 1000;
  const jwt = (await githubAppJwt({ id: 4_711, privateKey, now })).token;
  expect((await get(server, '/app/hook/deliveries', jwt)).body).toMatchObject([
    { id: lost.id, guid: lost.guid, installation_id: 5 },
  ]);
  const again = `/app/hook/deliveries/${lost.id}/attempts`;
  expect((await get(server, again, jwt, 'POST')).status).toBe(202);
  expect(received).toMatchObject([{ guid: lost.guid, isSigned: true }]);
});

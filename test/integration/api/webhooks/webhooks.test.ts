import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../../../src/domain/core/errors.ts';
import { examplesOf } from '../../../support/github/webhook-examples.ts';
import { createWebhookWorld, HOOK_SECRET, sign, type WebhookWorld } from './webhook-world.ts';

let world: WebhookWorld;
let acme: { teamId: string; connectionId: string };
let path: string;

beforeAll(async () => {
  world = await createWebhookWorld();
  acme = await world.connect('acme', HOOK_SECRET);
  path = `/webhooks/github/${acme.connectionId}`;
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.api.sql('DELETE FROM webhook_delivery');
  world.api.launcher.signalled.length = 0;
  world.api.log.length = 0;
  world.api.launcher.answer = { workflowId: 'w', workflowRunId: 'r', joined: false };
});

const [opened] = examplesOf('pull_request', 'opened');
const BODY = JSON.stringify(opened);
const PULL = opened as { number: number; repository: { id: number } };

describe('a webhook of GitHub', () => {
  it('is stored with ids and numbers only, answered 202 and told to the workflow', async () => {
    const answer = await world.send({ path, body: BODY, delivery: 'one', hook: '5' });
    expect(answer).toEqual({ status: 202, body: { status: 'accepted' } });
    expect(await world.deliveries()).toEqual([
      {
        ...acme,
        deliveryId: 'one',
        hookId: '5',
        event: 'pull_request',
        action: 'opened',
        subject: {
          repository: String(PULL.repository.id),
          pullRequests: [PULL.number],
          branches: [],
          commits: [],
          repositories: [],
          changedAt: null,
        },
        state: 'RECEIVED',
        reason: null,
        isSignalled: true,
      },
    ]);
    expect(world.api.launcher.signalled).toEqual([acme]);
  });

  it('has one effect when it comes a hundred times at once, and each time is answered 202', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => world.send({ path, body: BODY, delivery: 'same' })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(await world.deliveries()).toHaveLength(1);
    expect(world.api.launcher.signalled).toHaveLength(1);
  });

  it('that was processed days ago changes nothing when it is played again', async () => {
    await world.send({ path, body: BODY, delivery: 'old' });
    await world.api.sql(
      `UPDATE webhook_delivery SET state = 'PROCESSED', processed_at = now(), received_at = now() - interval '3 days'`,
    );
    expect((await world.send({ path, body: BODY, delivery: 'old' })).status).toBe(202);
    expect(await world.deliveries()).toMatchObject([{ state: 'PROCESSED' }]);
    expect(world.api.launcher.signalled).toHaveLength(1);
  });

  it('that has failed is tried again when GitHub sends it again', async () => {
    await world.send({ path, body: BODY, delivery: 'failed' });
    await world.api.sql(`UPDATE webhook_delivery SET state = 'FAILED', reason = 'r', attempts = 5`);
    await world.send({ path, body: BODY, delivery: 'failed' });
    expect(await world.deliveries()).toMatchObject([{ state: 'RECEIVED', reason: null }]);
    expect(world.api.launcher.signalled).toHaveLength(2);
  });

  it('of two hooks with one id is two deliveries', async () => {
    await world.send({ path, body: BODY, delivery: 'twin', hook: '1' });
    await world.send({ path, body: BODY, delivery: 'twin', hook: '2' });
    expect(await world.deliveries()).toMatchObject([{ hookId: '1' }, { hookId: '2' }]);
  });

  it('is stored and answered 202 while Temporal is away, and waits for the sweep', async () => {
    world.api.launcher.answer = new DomainError('TEMPORAL_UNAVAILABLE', 'Temporal is away.');
    expect((await world.send({ path, body: BODY })).status).toBe(202);
    expect(await world.deliveries()).toMatchObject([{ state: 'RECEIVED', isSignalled: false }]);
  });

  it('that concerns nothing here is kept with the reason, and nobody is told', async () => {
    await world.send({ path, event: 'star', body: JSON.stringify(examplesOf('star')[0]) });
    expect(await world.deliveries()).toMatchObject([{ event: 'star', state: 'IGNORED' }]);
    expect(world.api.launcher.signalled).toEqual([]);
  });

  it.each(['projects_v2_item', 'projects_v2_status_update', 'an_event_of_2027', 'Next-Event'])(
    'of %s, which nothing here reads, is taken: GitHub would send it again every hour',
    async (event) => {
      const { status } = await world.send({ path, event, body: '{"action":"edited"}' });
      expect(status).toBe(202);
      expect(await world.deliveries()).toMatchObject([{ event, state: 'IGNORED' }]);
    },
  );

  it('that is a ping is answered and not stored', async () => {
    const body = JSON.stringify(examplesOf('ping')[0]);
    expect(await world.send({ path, event: 'ping', body })).toEqual({
      status: 200,
      body: { status: 'pong' },
    });
    expect(await world.deliveries()).toEqual([]);
  });

  it('is verified over the bytes as they came, also those that are no UTF-8', async () => {
    const bytes = Uint8Array.from([
      ...Buffer.from('{"action":"'),
      0xff,
      0xfe,
      ...Buffer.from('"}'),
    ]);
    expect((await world.send({ path, body: bytes })).status).toBe(202);
  });
});

describe('a webhook that nobody can be shown to have sent', () => {
  const refused = async (request: Partial<Parameters<WebhookWorld['send']>[0]>) => {
    const answer = await world.send({ path, body: BODY, ...request });
    expect(await world.deliveries()).toEqual([]);
    expect(world.api.launcher.signalled).toEqual([]);
    return answer;
  };

  it('is refused alike with a wrong secret, a changed body, and at an address that is not there', async () => {
    const answers = [
      await refused({ secret: 'another' }),
      await refused({ headers: { 'x-hub-signature-256': sign(HOOK_SECRET, `${BODY} `) } }),
      await refused({ path: '/webhooks/github/999999' }),
      await refused({ path: '/webhooks/github/not-a-number' }),
      await refused({ path: '/webhooks/github/99999999999999999999999999' }),
      await refused({ path: '/webhooks/github' }),
      await refused({ headers: { 'x-hub-signature-256': 'sha256=abcd' } }),
      await refused({ headers: { 'x-hub-signature-256': `sha256=${'0'.repeat(65)}` } }),
    ];
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({
      status: 401,
      body: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    });
  });

  it('is refused without a signature, and with a SHA-1 signature alone', async () => {
    expect(await refused({ headers: { 'x-hub-signature-256': null } })).toMatchObject({
      status: 401,
      body: { errors: [{ message: expect.stringContaining('give it a secret') }] },
    });
    const sha1 = `sha1=${createHmac('sha1', HOOK_SECRET).update(BODY).digest('hex')}`;
    const headers = { 'x-hub-signature-256': null, 'x-hub-signature': sha1 };
    expect(await refused({ headers })).toMatchObject({
      status: 401,
      body: { errors: [{ message: expect.stringContaining('SHA-1') }] },
    });
  });

  it.each([
    ['no event', { 'x-github-event': null }],
    ['no delivery', { 'x-github-delivery': null }],
    ['no hook', { 'x-github-hook-id': null }],
    ['an event of another form', { 'x-github-event': 'Pull Request' }],
    ['a delivery of a thousand characters', { 'x-github-delivery': 'x'.repeat(1_000) }],
    ['a hook beyond the database', { 'x-github-hook-id': '9'.repeat(19) }],
  ])('is refused with 400 when it has %s', async (_what, headers) => {
    expect(await refused({ headers })).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { code: 'BAD_REQUEST' } }] },
    });
  });

  it.each(['', 'nothing', '[]', 'null', '7', '['.repeat(200_000)])(
    'is refused with 400 when its signed body is no object: %.10j',
    async (body) => {
      expect((await refused({ body })).status).toBe(400);
    },
  );

  it('is refused with 415 unless it is JSON, and with 405 unless it is a POST', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await refused({ headers })).status).toBe(415);
    const got = await world.gateway.fetch(new Request(`http://gateway.test${path}`));
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it.each([
    '/webhooks/github/999999',
    '/webhooks/github/not-a-number',
    '/webhooks/github',
    '/webhooks/incidents/999999',
  ])('is refused at %s before anything of its body is read', async (unknown) => {
    let isRead = false;
    const body = new ReadableStream(
      {
        pull() {
          isRead = true;
        },
      },
      { highWaterMark: 0 },
    );
    const headers = {
      'content-type': 'application/json',
      'x-hub-signature-256': sign(HOOK_SECRET, BODY),
    };
    const init = { duplex: 'half', method: 'POST', headers, body };
    const answer = await world.gateway.fetch(new Request(`http://gateway.test${unknown}`, init));
    expect([answer.status, isRead]).toEqual([401, false]);
  });
});

it.each(['Application/JSON', 'APPLICATION/JSON; Charset=UTF-8'])(
  'a webhook of the content type %s is taken',
  async (contentType) => {
    const headers = { 'content-type': contentType };
    expect((await world.send({ path, body: BODY, headers })).status).toBe(202);
  },
);

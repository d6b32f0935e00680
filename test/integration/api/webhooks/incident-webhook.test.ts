import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWebhookWorld, HOOK_SECRET, type WebhookWorld } from './webhook-world.ts';

let world: WebhookWorld;
let acme: { teamId: string; connectionId: string };

beforeAll(async () => {
  world = await createWebhookWorld();
  acme = await world.connect('acme', HOOK_SECRET);
});
afterAll(() => world.close());

describe('the webhook of an incident source', () => {
  const incident = {
    id: 'INC-1',
    title: 'Down',
    environment: 'production',
    openedAt: '2026-03-04T12:00:00Z',
  };
  const stored = () =>
    world.api.sql(
      `SELECT source, external_id AS id, title, opened_at AS "openedAt", resolved_at AS "resolvedAt" FROM incident`,
    );

  it('writes an incident, changes it when it is told again, and does not reopen it for an old telling', async () => {
    const id = await world.addIncidentSource(acme.teamId, 'pager', 'pager secret');
    const report = (changes: object) =>
      world.send({
        path: `/webhooks/incidents/${id}`,
        secret: 'pager secret',
        body: JSON.stringify({ ...incident, ...changes }),
      });
    expect(await report({})).toEqual({ status: 202, body: { status: 'accepted' } });
    await report({ title: 'Checkout is down', resolvedAt: '2026-03-04T13:00:00Z' });
    await report({});
    expect(await stored()).toEqual([
      {
        source: 'pager',
        id: 'INC-1',
        title: 'Down',
        openedAt: new Date('2026-03-04T12:00:00Z'),
        resolvedAt: new Date('2026-03-04T13:00:00Z'),
      },
    ]);
    expect(await report({ openedAt: 'yesterday' })).toMatchObject({
      status: 400,
      body: { errors: [{ message: expect.stringContaining('openedAt') }] },
    });
    expect(await stored()).toHaveLength(1);
  });

  it('is refused without the secret of the source, and where there is no source, alike', async () => {
    const body = JSON.stringify(incident);
    const [wrong, none] = [
      await world.send({ path: '/webhooks/incidents/1', secret: 'wrong', body }),
      await world.send({ path: '/webhooks/incidents/4242', secret: 'wrong', body }),
    ];
    expect(wrong.status).toBe(401);
    expect(none).toEqual(wrong);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWebhookActivities } from '../../../../src/activities/webhooks/webhooks.ts';
import { readPayload } from '../../../../src/api/webhooks/read-payload.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { storeDelivery } from '../../../../src/db/webhooks/webhook-deliveries.ts';
import { exampleWith, type ExamplePayload } from '../../../support/github/webhook-examples.ts';
import { aPullRequest, aSource } from '../../../unit/demo/small-world.ts';
import { openAskingWorld, type AskingWorld } from '../requests/asking-world.ts';

const NOW = new Date('2026-03-10T12:00:00Z');
const CY = { id: 4242, login: 'cy-new', type: 'User' };

let world: AskingWorld;
let count: number;

beforeEach(async () => {
  count = 0;
  world = await openAskingWorld(aSource([aPullRequest(1)]), { now: () => NOW });
  await world.addRepository('acme/api');
});
afterEach(async () => {
  const { requests } = world.fake.stats();
  await world.close();
  if (requests.rest + requests.graphql > 0) {
    throw new Error(`GitHub was asked: ${JSON.stringify(requests)}`);
  }
});

/** Delivers webhooks one after another and processes them; how each ended. */
async function deliver(
  ...payloads: readonly (readonly [event: string, payload: ExamplePayload])[]
): Promise<unknown[]> {
  const { teamId, connectionId } = world;
  for (const [event, payload] of payloads) {
    const { installationId: _, ...read } = readPayload(event, payload);
    count += 1;
    const delivery = {
      teamId,
      connectionId,
      hookId: 1n,
      deliveryId: `delivery-${count}`,
      event,
      ...read,
      receivedAt: new Date(NOW.getTime() + count),
    };
    await withTeam(world.scene.db, teamId, (tx) => storeDelivery(tx, delivery));
  }
  const activities = createWebhookActivities(world.aWorker());
  const ids = { teamId: String(teamId), connectionId: String(connectionId) };
  expect(await activities.processDeliveries(ids)).toMatchObject({ more: false, wait: null });
  const rows = await world.rows<{ end: string }>(
    `SELECT state || coalesce(': ' || reason, '') AS end FROM webhook_delivery ORDER BY received_at`,
  );
  return rows.slice(-payloads.length).map(({ end }) => end);
}

const members = () =>
  world.rows<{ login: string }>(
    'SELECT login, is_external AS external, organization, kind, name FROM member ORDER BY login',
  );

const ofOrganization = (action: string, login = 'Acme') =>
  [
    'organization',
    exampleWith('organization', 'member_added', {
      action,
      organization: { login },
      membership: { user: CY },
    }),
  ] as const;
const ofTeam = (action: string) =>
  [
    'membership',
    exampleWith('membership', action, { action, organization: { login: 'acme' }, member: CY }),
  ] as const;
const ofRepository = (action: string, id = 77) =>
  ['member', exampleWith('member', 'added', { action, repository: { id }, member: CY })] as const;

const INSIDE = { login: 'cy-new', external: false, kind: 'HUMAN', name: null };

describe('webhooks about people', () => {
  it('take in who joins an organisation, and let go of who leaves it', async () => {
    expect(await deliver(ofOrganization('member_added'))).toEqual(['PROCESSED']);
    expect(await members()).toEqual([{ ...INSIDE, organization: 'Acme' }]);
    expect(await deliver(ofOrganization('member_removed', 'ACME'))).toEqual(['PROCESSED']);
    expect(await members()).toEqual([{ ...INSIDE, organization: null }]);
  });

  it('take in members of its teams and collaborators of a repository', async () => {
    expect(await deliver(ofTeam('added'))).toEqual(['PROCESSED']);
    expect(await members()).toEqual([{ ...INSIDE, organization: 'acme' }]);
    await world.rows('DELETE FROM member');
    expect(await deliver(ofRepository('added'))).toEqual(['PROCESSED']);
    expect(await members()).toEqual([{ ...INSIDE, organization: null }]);
  });

  it('change of a known member neither its name nor what an admin has set', async () => {
    await world.rows(
      `INSERT INTO member (team_id, github_id, login, name, kind, kind_rule, is_external, external_set, external_set_by_id)
       SELECT min(id), ${CY.id}, 'cy', 'Cy', 'HUMAN', 'rule', true, true, 1 FROM team`,
    );
    expect(await deliver(ofRepository('edited'))).toEqual(['PROCESSED']);
    expect(await members()).toEqual([
      { login: 'cy', external: false, organization: null, kind: 'HUMAN', name: 'Cy' },
    ]);
    expect(await world.rows('SELECT external_set AS set FROM member')).toEqual([{ set: true }]);
  });

  it('of others, and what changes nothing, are ignored with the reason', async () => {
    expect(
      await deliver(
        ofOrganization('member_added', 'octocoders'),
        ofRepository('added', 78),
        ofRepository('removed'),
        ofTeam('removed'),
      ),
    ).toEqual([
      "IGNORED: None of the organisation's repositories is synced: start a backfill of one.",
      'IGNORED: The repository is not synced: start a backfill of it.',
      'IGNORED: Nothing here changes with this action.',
      'IGNORED: Nothing here changes with this action.',
    ]);
    expect(await members()).toEqual([]);
  });

  it.each([
    ['a login with other characters', { login: 'cy new', id: 1 }],
    ['no id', { login: 'cy', id: null }],
    ['an id that JSON does not hold', { login: 'cy', id: 2 ** 60 }],
  ])('with %s name nobody', (_, member) => {
    const payload = exampleWith('member', 'added', { member });
    expect(readPayload('member', payload)).toMatchObject({
      ignored: 'The event names no account that came or left.',
    });
    expect(readPayload('member', payload).subject).not.toHaveProperty('account');
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWebhookActivities } from '../../../../src/activities/webhooks/webhooks.ts';
import type { WebhookActivities } from '../../../../src/contracts/webhooks.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { storeDelivery } from '../../../../src/db/webhooks/webhook-deliveries.ts';
import { createSecretBox } from '../../../../src/db/core/secret-box.ts';
import type { Fault } from '../../../../src/demo/fake-github/fake-github.ts';
import { createGitHubConnector } from '../../../../src/github/client.ts';
import { createTransport } from '../../../../src/github/transport/transport.ts';
import { allow } from '../../../support/github/github.ts';
import { aPullRequest, aSource } from '../../../unit/demo/small-world.ts';
import { openAskingWorld, type AskingWorld } from '../requests/asking-world.ts';

const PULL_REQUESTS = 60;

let nowMs: number;
let world: AskingWorld;
let activities: WebhookActivities;

beforeEach(async () => {
  nowMs = Date.now();
  const numbers = Array.from({ length: PULL_REQUESTS }, (_, index) => index + 1);
  const source = aSource(numbers.map((number) => aPullRequest(number)));
  world = await openAskingWorld(source, { now: () => new Date(nowMs) });
  await world.addRepository('acme/api');
  activities = createWebhookActivities(world.aWorker());
  for (const number of numbers) {
    await deliver([number], number);
  }
});
afterEach(async () => {
  const { brokenRules } = world.fake.stats();
  await world.close();
  if (brokenRules.length > 0) {
    throw new Error(`rules of GitHub were broken: ${brokenRules.join(' ')}`);
  }
});

/** A delivery about pull requests, which arrives so many milliseconds from the start. */
const deliver = (pullRequests: readonly number[], afterMs: number): Promise<boolean> =>
  withTeam(world.scene.db, world.teamId, (tx) =>
    storeDelivery(tx, {
      teamId: world.teamId,
      connectionId: world.connectionId,
      hookId: 1n,
      deliveryId: `delivery-${afterMs}`,
      event: 'pull_request',
      action: 'edited',
      subject: {
        repository: '77',
        pullRequests: [...pullRequests],
        branches: [],
        commits: [],
        repositories: [],
        changedAt: null,
      },
      ignored: null,
      receivedAt: new Date(nowMs + afterMs),
    }),
  );

const process = () =>
  activities.processDeliveries({
    teamId: String(world.teamId),
    connectionId: String(world.connectionId),
  });

async function processed(): Promise<number> {
  const rows = await world.rows(`SELECT FROM webhook_delivery WHERE state = 'PROCESSED'`);
  return rows.length;
}

/** The next requests get these answers; null is a good one. */
function answerWith(...faults: readonly (Fault | null)[]): void {
  const rest = [...faults];
  world.fake.failBy(() => rest.shift() ?? null);
}

describe('webhooks about many pull requests', () => {
  it('go on behind a limit where they stood, with as many requests as without one', async () => {
    answerWith(null, { retryAfter: 60 });
    const { wait, more, deliveries } = await process();
    expect({ more, deliveries, processed: await processed() }).toEqual({
      more: true,
      deliveries: 25,
      processed: 25,
    });
    expect(wait).not.toBeNull();
    nowMs += 61_000;
    await world.scene.sql.query('DELETE FROM github_quota');
    expect(await process()).toMatchObject({ wait: null, more: false, deliveries: 35 });
    expect(await processed()).toBe(PULL_REQUESTS);
    expect(world.fake.stats().requests.graphql).toBe(4);
    expect(await world.rows('SELECT FROM pull_request')).toHaveLength(PULL_REQUESTS);
  });

  it('are read once where several tell of the same, and one may tell of more than a request reads', async () => {
    await deliver([3, 4], 100);
    await deliver(
      Array.from({ length: 40 }, (_, index) => index + 1),
      -1,
    );
    expect(await process()).toMatchObject({ more: false, deliveries: PULL_REQUESTS + 2 });
    // Forty in two requests, with all deliveries about them; the other twenty in one.
    expect(world.fake.stats().requests.graphql).toBe(3);
  });
});

describe('webhooks that a worker may not process by its settings', () => {
  const otherHosts = () => ({
    createGitHub: createGitHubConnector({
      transport: createTransport({ allowedHosts: allow('github.example.com') }),
      now: () => new Date(nowMs),
    }),
  });
  const otherKeys = async () => ({
    secrets: await createSecretBox([Buffer.alloc(32, 9).toString('base64')]),
  });

  it.each([
    ['GITHUB_ALLOWED_HOSTS', otherHosts],
    ['the encryption keys', otherKeys],
  ])('wait for one that may, by %s', async (_setting, settings) => {
    const other = createWebhookActivities(world.aWorker(await settings()));
    const key = { teamId: String(world.teamId), connectionId: String(world.connectionId) };
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await expect(other.processDeliveries(key)).rejects.toThrow(/must be the same for/);
    }
    expect(await process()).toMatchObject({ more: false, deliveries: PULL_REQUESTS });
    expect(await processed()).toBe(PULL_REQUESTS);
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import type { GitHubContext } from '../../../../src/activities/requests/request-slot.ts';
import { createReconcileActivities } from '../../../../src/activities/sync/reconcile.ts';
import { createWebhookActivities } from '../../../../src/activities/webhooks/webhooks.ts';
import { withTeam } from '../../../../src/db/core/team-transaction.ts';
import { storeDelivery } from '../../../../src/db/webhooks/webhook-deliveries.ts';
import type { GitHub } from '../../../../src/github/client.ts';
import { GitHubFailure } from '../../../../src/github/transport/failures.ts';
import { aPullRequest, aSource } from '../../../unit/demo/small-world.ts';
import { openAskingWorld, type AskingWorld } from '../requests/asking-world.ts';

const NUMBERS = Array.from({ length: 25 }, (_, index) => index + 1);
const SOURCE = aSource(
  NUMBERS.map((number) => aPullRequest(number, { createdAt: '2026-02-10T10:00:00Z' })),
);
const RANGE = { month: '2026-02-01', from: '2026-02-01T00:00:00Z', to: '2026-03-01T00:00:00Z' };
const HALF_AN_HOUR_MS = 31 * 60_000;

let world: AskingWorld | undefined;
let now: Date;

afterEach(() => world?.close());

/** A team that has stored nothing, and a GitHub that does not answer in time where one of these numbers is asked for. */
async function open(heavy: readonly number[], isAnsweredByNumber = false) {
  now = new Date();
  const opened = await openAskingWorld(SOURCE, { now: () => now });
  world = opened;
  const { teamId, connectionId } = opened;
  const repositoryId = await opened.addRepository('acme/api');
  /** Numbers of each request, none where it asked for something else. */
  const requests: (readonly number[])[] = [];
  const slowly = (github: GitHub): GitHub => ({
    ...github,
    async fetchPullRequests(asked) {
      const { numbers, detail } = asked;
      requests[requests.length - 1] = numbers;
      const isAnswered = isAnsweredByNumber && detail === 'NUMBERS';
      if (!isAnswered && numbers.some((number) => heavy.includes(number))) {
        throw new GitHubFailure('TRANSIENT', 'GitHub did not answer (502).', { isTooHeavy: true });
      }
      return github.fetchPullRequests(asked);
    },
  });
  const context = opened.aWorker();
  const worker: GitHubContext = {
    ...context,
    withRequestSlot: (scope, ask) => {
      requests.push([]);
      return context.withRequestSlot(scope, (github) => ask(slowly(github)));
    },
  };
  const ids = { teamId: String(teamId), repositoryId: String(repositoryId) };
  const numbersOf = async (statement: string) =>
    (await opened.rows<{ number: number }>(statement)).map(({ number }) => number);
  return {
    ...opened,
    requests,
    repair: () => createReconcileActivities(worker).repairRange({ ...ids, ...RANGE }),
    process: () =>
      createWebhookActivities(worker).processDeliveries({
        teamId: ids.teamId,
        connectionId: String(connectionId),
      }),
    stored: () => numbersOf('SELECT number FROM pull_request ORDER BY number'),
    letters: () =>
      numbersOf(`SELECT natural_key::integer AS number FROM dead_letter
        WHERE reason_code = 'TOO_HEAVY' AND resolved_at IS NULL ORDER BY 1`),
  };
}

/** The most requests of one call: halves down to the first one, then for each one all, no lists, its number, the repository. */
const MOST = 1 + 5 + 3 * 4 + 5;

describe.each([
  ['by their numbers alone', false],
  ['without their lists', true],
])('pull requests that are too much for GitHub %s', (_what, isAnsweredByNumber) => {
  it('end a call after three of them, and the next one reaches the others', async () => {
    const heavy = [1, 2, 3, 4, 5];
    const { repair, requests, stored, letters } = await open(heavy, isAnsweredByNumber);
    await expect(repair()).rejects.toMatchObject({ kind: 'TRANSIENT' });
    expect(requests.length).toBeLessThanOrEqual(MOST);
    expect(await letters()).toHaveLength(3);
    const given = await letters();
    requests.length = 0;
    expect(await repair()).toMatchObject({ next: 'DONE' });
    expect(requests.flat().filter((number) => given.includes(number))).toEqual([]);
    expect(await letters()).toEqual(heavy);
    expect(await stored()).toEqual(NUMBERS.filter((number) => !heavy.includes(number)));
    requests.length = 0;
    await repair();
    // The search only.
    expect(requests).toEqual([[]]);
  });

  it('come last when they are tried again', async () => {
    const { repair, requests, stored } = await open([24, 25], isAnsweredByNumber);
    await repair();
    await world?.rows('DELETE FROM pull_request WHERE number = 9');
    now = new Date(now.getTime() + HALF_AN_HOUR_MS);
    requests.length = 0;
    await repair();
    const asked = requests.find((one) => one.length > 0);
    expect(asked?.[0]).toBe(9);
    expect(asked?.toSorted((a, b) => a - b)).toEqual([9, 24, 25]);
    expect(await stored()).toContain(9);
  });

  it('do not keep deliveries from what else they are about', async () => {
    const heavy = [1, 2, 3, 4];
    const { process, rows, teamId, connectionId, scene, stored, letters } = await open(
      heavy,
      isAnsweredByNumber,
    );
    const subject = {
      repository: '77',
      pullRequests: NUMBERS,
      branches: [],
      commits: [],
      repositories: [],
      changedAt: null,
    };
    await withTeam(scene.db, teamId, (tx) =>
      storeDelivery(tx, {
        teamId,
        connectionId,
        hookId: 1n,
        deliveryId: 'one',
        event: 'pull_request',
        action: 'edited',
        subject,
        ignored: null,
        receivedAt: now,
      }),
    );
    await expect(process()).rejects.toMatchObject({ kind: 'TRANSIENT' });
    expect(await letters()).toHaveLength(3);
    expect(await process()).toMatchObject({ deliveries: 1, more: false });
    expect(await rows('SELECT state, attempts FROM webhook_delivery')).toEqual([
      { state: 'PROCESSED', attempts: 1 },
    ]);
    expect(await stored()).toEqual(NUMBERS.filter((number) => !heavy.includes(number)));
    expect(await letters()).toEqual(heavy);
  });
});

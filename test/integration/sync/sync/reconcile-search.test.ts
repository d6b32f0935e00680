import { afterEach, describe, expect, it } from 'vitest';
import { storePullRequestsByNumber } from '../../../../src/activities/pulls/store-by-number.ts';
import { createReconcileActivities } from '../../../../src/activities/sync/reconcile.ts';
import { aPullRequest, aSource } from '../../../unit/demo/small-world.ts';
import { openAskingWorld, type AskingWorld } from '../requests/asking-world.ts';

const NUMBERS = [1, 2, 3];
const SOURCE = aSource(
  NUMBERS.map((number) => aPullRequest(number, { createdAt: `2026-02-0${number}T10:00:00Z` })),
);
const RANGE = { month: '2026-02-01', from: '2026-02-01T00:00:00Z', to: '2026-03-01T00:00:00Z' };

let world: AskingWorld | undefined;

afterEach(() => world?.close());

/** A team that has stored all; searches for numbers are answered by empty pages that say that there is more. */
async function open(endCursor: (page: number) => string | null, times: number) {
  const opened = await openAskingWorld(SOURCE);
  world = opened;
  const { teamId, fake } = opened;
  const repositoryId = await opened.addRepository('acme/api');
  const worker = opened.aWorker();
  const request = { teamId, repositoryId, numbers: NUMBERS, priority: 'BACKGROUND' } as const;
  await storePullRequestsByNumber(worker, request);
  const databaseId = SOURCE.repositories[0]?.databaseId;
  for (let page = 0; page < times; page += 1) {
    const pageInfo = { hasNextPage: true, endCursor: endCursor(page) };
    const found = { issueCount: 5, pageInfo, nodes: [] };
    const data = { rateLimit: null, repository: { databaseId }, found };
    fake.failNext({ status: 200, body: { data } });
  }
  const before = fake.stats().requests.graphql;
  const ids = { teamId: String(teamId), repositoryId: String(repositoryId) };
  return {
    repair: () => createReconcileActivities(worker).repairRange({ ...ids, ...RANGE }),
    asked: () => fake.stats().requests.graphql - before,
    there: async () =>
      (
        await opened.rows<{ number: number }>(
          'SELECT number FROM pull_request WHERE deleted_at IS NULL ORDER BY number',
        )
      ).map(({ number }) => number),
  };
}

describe('the search for the numbers of a month', () => {
  it.each([
    ['gives the same cursor again', ['SAME'], /contradicts itself.*do not move on/, 2],
    ['gives two cursors in turns', ['A', 'B'], /contradicts itself.*do not move on/, 4],
    ['gives no text as its cursor', ['a\u0000b'], /contradicts itself/, 1],
    ['gives a cursor longer than a key', ['x'.repeat(2_501)], /contradicts itself/, 1],
    ['gives no cursor', [null], /contradicts itself/, 1],
  ])('that %s is refused, and nothing changes', async (_what, cursors, reason, requests) => {
    const endCursor = (page: number) => cursors[page % cursors.length] ?? null;
    const { repair, asked, there } = await open(endCursor, 12);
    await expect(repair()).rejects.toMatchObject({
      kind: 'UNEXPECTED',
      message: expect.stringMatching(reason) as string,
    });
    expect(asked()).toBe(requests);
    expect(await there()).toEqual(NUMBERS);
  });

  it('that never ends is read for ten pages', async () => {
    const { repair, asked, there } = await open((page) => `page ${page}`, 10);
    await repair();
    // What the search did not name is asked for by its number.
    expect(asked()).toBe(11);
    expect(await there()).toEqual(NUMBERS);
  });
});

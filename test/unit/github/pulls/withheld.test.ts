import { describe, expect, it } from 'vitest';
import type { FakeGitHub } from '../../../../src/demo/fake-github/fake-github.ts';
import type { GitHub } from '../../../../src/github/client.ts';
import { gitHubWith } from '../../../support/github/github.ts';
import { aPullRequest, aSource, NOON, serve, TOKEN } from '../../demo/small-world.ts';
import { RAW_REPOSITORY, rawPullRequest } from './raw-facts.ts';

const repository = { owner: 'acme', name: 'api' };
const RATE_LIMIT = {
  cost: 1,
  limit: 5_000,
  remaining: 4_999,
  used: 1,
  resetAt: NOON.toISOString(),
};
const REFUSED = { type: 'FORBIDDEN', message: 'Not for you.' };
const WITHHELD = {
  reasonCode: 'WITHHELD',
  reason: 'GitHub does not show all of it: Not for you.',
};

interface World {
  readonly server: FakeGitHub;
  readonly github: GitHub;
}

/** Pull requests 3, 2 and 1 in this order. */
async function open(): Promise<World> {
  const days = [1, 2, 3].map((day) =>
    aPullRequest(day, { updatedAt: `2026-03-0${day}T12:00:00Z` }),
  );
  const server = await serve(aSource(days));
  return { server, github: gitHubWith(server.url, TOKEN, () => NOON) };
}

/** The next page has these nodes and these errors; what is asked for afterwards is answered as it is. */
function answerPage({ server }: World, nodes: readonly unknown[], errors: readonly object[]): void {
  const found = {
    ...RAW_REPOSITORY,
    pullRequests: { totalCount: 3, nodes, pageInfo: { hasNextPage: false, endCursor: null } },
  };
  const data = { rateLimit: RATE_LIMIT, repository: found };
  server.failNext({ graphqlErrors: errors, data });
}

const nodeAt = (index: number, ...rest: readonly string[]) => ({
  ...REFUSED,
  path: ['repository', 'pullRequests', 'nodes', index, ...rest],
});

const [first, second, third] = [3, 2, 1].map((number) => rawPullRequest({ number }));

describe('a pull request that GitHub withholds on a page', () => {
  const request = { repository, first: 3, after: null };

  it('is rejected with its reason, by a number that is asked for, and its neighbours come', async () => {
    const world = await open();
    answerPage(world, [first, null, third], [nodeAt(1, 'commits')]);
    const page = await world.github.fetchPullRequestPage(request);
    expect(page.pullRequests.map(({ number }) => number)).toEqual([3, 1]);
    expect(page.rejected).toEqual([{ naturalKey: '2', ...WITHHELD }]);
    expect(page.quota).toMatchObject({ cost: 2 });
    expect(world.server.stats().requests.graphql).toBe(2);
  });

  it('is rejected by the number that the page shows, without a further request', async () => {
    const world = await open();
    answerPage(world, [first, { ...second, labels: null }, third], [nodeAt(1, 'labels')]);
    const page = await world.github.fetchPullRequestPage(request);
    expect(page.pullRequests.map(({ number }) => number)).toEqual([3, 1]);
    expect(page.rejected).toEqual([{ naturalKey: '2', ...WITHHELD }]);
    expect(world.server.stats().requests.graphql).toBe(1);
  });

  it('is counted, each, where GitHub tells no number either', async () => {
    const world = await open();
    answerPage(world, [null, second, null], [nodeAt(0)]);
    answerPage(world, [null, { number: 2 }, null], [nodeAt(0), nodeAt(2)]);
    const { pullRequests, rejected } = await world.github.fetchPullRequestPage(request);
    expect(pullRequests.map(({ number }) => number)).toEqual([2]);
    expect(rejected).toEqual([
      { naturalKey: 'unknown', ...WITHHELD },
      {
        naturalKey: 'unknown',
        reasonCode: 'WITHHELD',
        reason: 'GitHub shows nothing of it, and does not say why.',
      },
    ]);
  });

  it('alone is rejected when its number comes, and refuses the page when not even that does', async () => {
    const world = await open();
    answerPage(world, [null], [nodeAt(0)]);
    const page = await world.github.fetchPullRequestPage({ ...request, first: 1 });
    expect(page.rejected).toEqual([{ naturalKey: '3', ...WITHHELD }]);
    answerPage(world, [null], [nodeAt(0)]);
    answerPage(world, [null], [nodeAt(0)]);
    await expect(world.github.fetchPullRequestPage({ ...request, first: 1 })).rejects.toMatchObject(
      { kind: 'FORBIDDEN' },
    );
  });

  it('with all the others means that the credential lacks something', async () => {
    const world = await open();
    answerPage(
      world,
      [null, null, null],
      [0, 1, 2].map((index) => nodeAt(index)),
    );
    await expect(world.github.fetchPullRequestPage(request)).rejects.toMatchObject({
      kind: 'FORBIDDEN',
    });
    expect(world.server.stats().requests.graphql).toBe(1);
  });

  it('for another reason than a refusal is asked for again with less', async () => {
    const world = await open();
    answerPage(world, [first, null], [{ message: 'Out of order.', path: nodeAt(1).path }]);
    await expect(world.github.fetchPullRequestPage(request)).rejects.toMatchObject({
      kind: 'TRANSIENT',
      isTooHeavy: true,
    });
  });
});

describe('a pull request that GitHub withholds', () => {
  it('by its number is rejected, and its neighbours come', async () => {
    const { server, github } = await open();
    const found = {
      ...RAW_REPOSITORY,
      pull2: null,
      pull3: first,
    };
    server.failNext({
      graphqlErrors: [{ ...REFUSED, path: ['repository', 'pull2'] }],
      data: { rateLimit: RATE_LIMIT, repository: found },
    });
    const answer = await github.fetchPullRequests({ repository, numbers: [2, 3] });
    expect(answer.rejected).toEqual([{ naturalKey: '2', ...WITHHELD }]);
    expect(answer.pullRequests.map(({ number }) => number)).toEqual([3]);
    expect(answer.gone).toEqual([]);
  });

  it('while its lists are read on is unreadable for that reason, and not gone', async () => {
    const { server, github } = await open();
    server.failNext({
      graphqlErrors: [{ ...REFUSED, path: ['repository', 'l0', 'commits'] }],
      data: { rateLimit: RATE_LIMIT, repository: { l0: null } },
    });
    const { answers } = await github.fetchNestedPages(repository, [
      { list: 'COMMITS', cursor: '', number: 2, githubId: 1_002n },
    ]);
    expect(answers).toEqual([{ kind: 'UNREADABLE', reason: WITHHELD.reason }]);
  });
});

import { describe, expect, it } from 'vitest';
import { mapEach } from '../../../../src/github/pulls/map-each.ts';
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
const LAST = { hasNextPage: false, endCursor: null };

async function open() {
  const server = await serve(aSource([aPullRequest(1)]));
  return { server, github: gitHubWith(server.url, TOKEN, () => NOON) };
}

/** What a client makes of a page that GitHub answers without an error. */
async function pageOf(pullRequests: object, more: object = {}) {
  const { server, github } = await open();
  const found = {
    ...RAW_REPOSITORY,
    pullRequests: { totalCount: 3, pageInfo: LAST, ...pullRequests },
  };
  server.failNext({
    status: 200,
    body: { data: { rateLimit: RATE_LIMIT, repository: found, ...more } },
  });
  return github.fetchPullRequestPage({ repository, first: 100, after: 'x' });
}

const pulls = (...numbers: readonly number[]) =>
  numbers.map((number) => rawPullRequest({ number }));

describe('a page of pull requests that contradicts itself', () => {
  it('by having no list dead-letters that, with the reason', async () => {
    const page = await pageOf({ nodes: null, totalCount: 86 });
    expect(page.pullRequests).toEqual([]);
    expect(page.rejected).toEqual([
      {
        naturalKey: 'unknown',
        reasonCode: 'CONTRADICTORY',
        reason: "GitHub's answer has no list of pull requests, of 86 in all.",
      },
    ]);
  });

  it('by a number that it lists several times dead-letters that number, and stores the others', async () => {
    const page = await pageOf({ nodes: pulls(1, 7, 7, 2), totalCount: 4 });
    expect(page.pullRequests.map(({ number }) => number)).toEqual([1, 2]);
    expect(new Set(page.rejected.map(({ naturalKey }) => naturalKey))).toEqual(
      new Set(['7', 'unknown']),
    );
    expect(page.rejected[0]).toEqual({
      naturalKey: '7',
      reasonCode: 'CONTRADICTORY',
      reason: 'GitHub lists pull request 7 2 times in one answer.',
    });
  });

  it.each([
    [
      'fewer in all than it lists',
      { nodes: pulls(1, 2), totalCount: 1 },
      'there are 1 pull requests, and lists 2',
    ],
    [
      'a count below zero',
      { nodes: pulls(1, 2), totalCount: -1 },
      'there are -1 pull requests, and lists 2',
    ],
    [
      'a count beyond reach',
      { nodes: pulls(1, 2), totalCount: 2 ** 31 },
      'there are 2147483648 pull requests',
    ],
    [
      'more, and not where',
      { nodes: pulls(1, 2), totalCount: 9, pageInfo: { hasNextPage: true, endCursor: null } },
      'that there is more, and not where it goes on',
    ],
  ])('by %s dead-letters that, and stores what it lists', async (_what, given, reason) => {
    const page = await pageOf(given);
    expect(page.pullRequests.map(({ number }) => number)).toEqual([1, 2]);
    expect(page.rejected).toMatchObject([
      {
        naturalKey: 'unknown',
        reasonCode: 'CONTRADICTORY',
        reason: expect.stringContaining(reason),
      },
    ]);
  });

  it.each([
    ['no text that can be kept', 'a\0', 'no text that can be kept'],
    ['longer than a key', 'x'.repeat(2_501), 'has 2501 bytes'],
    ['empty', '', 'not where it goes on'],
    ['no text at all', 7, 'not where it goes on'],
    ['the one that was asked with', 'x', 'do not move on'],
  ])(
    'by a cursor that is %s dead-letters that, and stores what it lists',
    async (_what, endCursor, reason) => {
      const pageInfo = { hasNextPage: true, endCursor };
      const page = await pageOf({ nodes: pulls(1, 2), totalCount: 9, pageInfo });
      expect(page).toMatchObject({
        nextCursor: null,
        pullRequests: [{ number: 1 }, { number: 2 }],
        rejected: [
          {
            naturalKey: 'unknown',
            reasonCode: 'CONTRADICTORY',
            reason: expect.stringMatching(`^The list of pull requests: .*${reason}`) as string,
          },
        ],
      });
    },
  );

  it.each(['labels', 'timelineItems', 'commits', 'files'])(
    'by a pull request whose %s have no list dead-letters that one',
    async (list) => {
      const whole = rawPullRequest({ number: 7 });
      const broken = { ...whole, [list]: { pageInfo: LAST, nodes: null } };
      const page = await pageOf({ nodes: [...pulls(1), broken] });
      expect(page.pullRequests.map(({ number }) => number)).toEqual([1]);
      expect(page.rejected).toMatchObject([
        {
          naturalKey: '7',
          reasonCode: 'UNREADABLE',
          reason: expect.stringContaining('without its list'),
        },
      ]);
    },
  );

  it('by its newest deployment and release costs no pull request', async () => {
    const heads = { deploymentHead: { deployments: { nodes: null } }, releaseHead: null };
    const page = await pageOf({ nodes: pulls(1) }, heads);
    expect(page.pullRequests).toHaveLength(1);
    expect(page.heads).toBeNull();
    expect(page.rejected).toMatchObject([{ naturalKey: 'heads', reasonCode: 'CONTRADICTORY' }]);
  });
});

it('a pull request that was asked for by its number and comes as another one is dead-lettered', async () => {
  const { server, github } = await open();
  const found = {
    ...RAW_REPOSITORY,
    pull5: rawPullRequest({ number: 7 }),
    pull7: rawPullRequest({ number: 7 }),
  };
  server.failNext({ status: 200, body: { data: { rateLimit: RATE_LIMIT, repository: found } } });
  const { pullRequests, rejected } = await github.fetchPullRequests({
    repository,
    numbers: [5, 7],
  });
  expect(pullRequests.map(({ number }) => number)).toEqual([7]);
  expect(rejected).toMatchObject([{ naturalKey: '5', reasonCode: 'CONTRADICTORY' }]);
});

describe('a list whose rows are read one by one', () => {
  const read = (rows: unknown) =>
    mapEach(
      rows as readonly ({ id: number } | null)[],
      'releases',
      ({ id }) => id,
      ({ id }) => id,
    );

  it('that did not come is a contradiction, and no empty list', () => {
    expect(read(null)).toMatchObject({
      facts: [],
      rejected: [{ naturalKey: 'unknown', reasonCode: 'CONTRADICTORY' }],
    });
    expect(read([])).toEqual({ facts: [], rejected: [] });
    for (const rows of [undefined, 'none', {}]) {
      expect(() => read(rows)).toThrow('the releases are no list');
    }
  });

  it('rejects empty entries and rows of one id, and reads the others', () => {
    const { facts, rejected } = read([{ id: 1 }, null, { id: 2 }, { id: 2 }, { id: 2 }, { id: 3 }]);
    expect(facts).toEqual([1, 3]);
    expect(rejected).toEqual([
      {
        naturalKey: '2',
        reasonCode: 'CONTRADICTORY',
        reason: 'GitHub lists 2 3 times in one answer about releases.',
      },
      {
        naturalKey: 'unknown',
        reasonCode: 'CONTRADICTORY',
        reason: 'GitHub leaves an entry of its releases empty.',
      },
    ]);
  });
});

const FIRST_PAGE = { first: 50, after: null, detail: 'WHOLE' } as const;

describe('a list that goes on, and says not where', () => {
  const ENDLESS = { hasNextPage: true, endCursor: null };

  it.each(['releases', 'deployments'] as const)('is a contradiction among %s', async (list) => {
    const { server, github } = await open();
    const found = { [list]: { pageInfo: ENDLESS, nodes: [] } };
    server.failNext({ status: 200, body: { data: { rateLimit: RATE_LIMIT, repository: found } } });
    const { answer } = await github[list].fetchPage({ ...FIRST_PAGE, repository });
    expect(answer).toMatchObject({
      nextCursor: null,
      rejected: [{ naturalKey: 'unknown', reasonCode: 'CONTRADICTORY' }],
    });
  });

  it('is refused of members: the others have not left', async () => {
    const { server, github } = await open();
    const nodes = [{ __typename: 'User', databaseId: 1, login: 'ada', name: null }];
    const organization = { login: 'acme', membersWithRole: { pageInfo: ENDLESS, nodes } };
    server.failNext({ status: 200, body: { data: { rateLimit: RATE_LIMIT, organization } } });
    await expect(github.members.fetchPage('acme', null)).rejects.toMatchObject({
      kind: 'UNEXPECTED',
    });
  });

  it.each([
    ['files', 'FILES', 'UNREADABLE'],
    ['labels', 'LABELS', 'UNREADABLE'],
    ['commits', 'COMMITS', 'UNREADABLE'],
    ['timelineItems', 'TIMELINE', 'UNREADABLE'],
    ['statusCheckRollup', 'CHECKS', 'PAGE'],
  ] as const)('and whose next page is null: %s', async (field, list, kind) => {
    const { server, github } = await open();
    const l0 = { fullDatabaseId: '7', databaseId: 7, headRefOid: 'abc', [field]: null };
    server.failNext({
      status: 200,
      body: { data: { rateLimit: RATE_LIMIT, repository: { l0 } } },
    });
    const request = { number: 7, githubId: 7n, list, cursor: 'next' };
    const { answers } = await github.fetchNestedPages(repository, [request]);
    expect(answers).toMatchObject([{ kind }]);
  });
});

describe('lists that decide what is gone', () => {
  it('of members refuse an answer with no list: nobody has left', async () => {
    const { server, github } = await open();
    const organization = { login: 'acme', membersWithRole: { pageInfo: LAST, nodes: null } };
    server.failNext({ status: 200, body: { data: { rateLimit: RATE_LIMIT, organization } } });
    await expect(github.members.fetchPage('acme', null)).rejects.toMatchObject({
      kind: 'UNEXPECTED',
    });
  });

  it.each([
    ['is empty', null, null],
    ['has no number', { __typename: 'User', databaseId: null, login: 'bo', name: null }, 'bo'],
    ['is no member', 'bo', null],
  ])('of members say that an entry %s, and have the others', async (_what, entry, login) => {
    const { server, github } = await open();
    const nodes = [{ __typename: 'User', databaseId: 1, login: 'ada', name: null }, entry];
    const organization = { login: 'acme', membersWithRole: { pageInfo: LAST, nodes } };
    server.failNext({ status: 200, body: { data: { rateLimit: RATE_LIMIT, organization } } });
    const { answer } = await github.members.fetchPage('acme', null);
    expect(answer).toMatchObject({
      members: [{ login: 'ada' }],
      unread: [{ githubId: null, login }],
      nextCursor: null,
    });
  });

  it.each(['releases', 'deployments'] as const)(
    'of %s reject one that did not come',
    async (list) => {
      const { server, github } = await open();
      const found = { [list]: { pageInfo: LAST, nodes: null } };
      server.failNext({
        status: 200,
        body: { data: { rateLimit: RATE_LIMIT, repository: found } },
      });
      const { answer } = await github[list].fetchPage({ ...FIRST_PAGE, repository });
      expect(answer.rejected).toMatchObject([
        { naturalKey: 'unknown', reasonCode: 'CONTRADICTORY' },
      ]);
    },
  );
});

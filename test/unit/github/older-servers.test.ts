import { describe, expect, it } from 'vitest';
import type { PullRequestData } from '../../../src/demo/core/github-data.ts';
import type { FakeGitHub } from '../../../src/demo/fake-github/fake-github.ts';
import type { PullRequestFact } from '../../../src/domain/pulls/github-facts.ts';
import type { GitHub } from '../../../src/github/client.ts';
import { ACCESSORY_ELEMENTS } from '../../../src/github/transport/accessories.ts';
import { GitHubFailure } from '../../../src/github/transport/failures.ts';
import { connectorFor } from '../../support/github/github.ts';
import { aPullRequest, aSource, NOON, serve, TOKEN } from '../demo/small-world.ts';
import { EVENTFUL } from '../demo/eventful-world.ts';

const repository = { owner: 'acme', name: 'api' };
const DAY_MS = 24 * 60 * 60 * 1000;

const files = [
  {
    path: 'src/a.ts',
    additions: 3,
    deletions: 1,
    changeType: 'ADDED' as const,
    since: '2026-03-01T09:30:00Z',
  },
];
const reviews = [
  {
    databaseId: 901,
    author: 'bo',
    authorAssociation: 'MEMBER' as const,
    state: 'APPROVED' as const,
    submittedAt: '2026-03-03T10:00:00Z',
    body: '',
    commitOid: null,
  },
];

/** Pull requests on three pages of two, one of which has something in each list. */
const PULL_REQUESTS: readonly PullRequestData[] = [
  ...[1, 2, 3, 4, 5].map((number) => aPullRequest(number, { files })),
  { ...EVENTFUL, files, reviews },
];

interface World {
  readonly server: FakeGitHub;
  /** All clients of one process. */
  readonly connect: () => GitHub;
  setNow(now: Date): void;
}

async function open(): Promise<World> {
  let now = NOON;
  const server = await serve(aSource(PULL_REQUESTS));
  const connect = connectorFor(() => now);
  return {
    server,
    connect: () => connect({ apiUrl: server.url, auth: { kind: 'PAT', token: TOKEN } }),
    setNow: (later) => {
      now = later;
    },
  };
}

/** All pull requests, by a new client for each page as activities make them, and how many requests they took. */
async function readAll({ server, connect }: World) {
  const before = server.stats().requests.graphql;
  const facts: PullRequestFact[] = [];
  let after: string | null = null;
  do {
    const page = await connect().fetchPullRequestPage({ repository, first: 2, after });
    expect(page.rejected).toEqual([]);
    facts.push(...page.pullRequests);
    after = page.nextCursor;
  } while (after !== null);
  return { facts, requests: server.stats().requests.graphql - before };
}

/** What a fact says, without what of it could not be told. */
function saidBy({ gaps, ...said }: PullRequestFact) {
  return { said, gaps: gaps.filter(({ item }) => item === 'server').map(({ field }) => field) };
}

async function failureOf(asked: Promise<unknown>): Promise<GitHubFailure> {
  const error: unknown = await asked.then(
    () => new Error('nothing failed'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(GitHubFailure);
  return error as GitHubFailure;
}

/** The keys of a fact that an element of the schema tells. */
const TOLD_BY: Readonly<Record<string, readonly string[]>> = {
  'PullRequest.statusCheckRollup': ['checks', 'checkState', 'checkStateRaw'],
  'PullRequest.totalCommentsCount': ['commentCount'],
  'PullRequest.isCrossRepository': ['isCrossRepository'],
  'PullRequest.files': ['files', 'aiSignals'],
  'Commit.committer': ['aiSignals'],
  BaseRefChangedEvent: ['events'],
  ConvertToDraftEvent: ['events'],
  HeadRefForcePushedEvent: ['events'],
};

describe('a GitHub Enterprise Server of an older release', () => {
  it.each(ACCESSORY_ELEMENTS)(
    'that lacks %s tells all the rest, for one request more in all',
    async (element) => {
      const world = await open();
      const whole = await readAll(world);
      expect(whole).toMatchObject({ requests: 3, facts: { length: 6 } });
      world.server.setRelease({ version: '3.7.1', without: [element] });
      const older = await readAll(world);
      expect(older.requests).toBe(whole.requests + 1);
      const missed = TOLD_BY[element] ?? [];
      for (const [index, fact] of older.facts.entries()) {
        const { said, gaps } = saidBy(fact);
        const expected = whole.facts[index];
        const told = Object.keys(said).filter((key) => !missed.includes(key));
        expect(told.length).toBeGreaterThan(20);
        expect(told.map((key) => [key, Reflect.get(said, key)])).toEqual(
          told.map((key) => [key, Reflect.get(expected ?? {}, key)]),
        );
        expect(gaps).toEqual(missed.length === 0 ? [] : [element]);
      }
      // What is known to lack is not asked for again.
      expect((await readAll(world)).requests).toBe(whole.requests);
    },
  );

  it('that lacks all of it does for one request more, and says so with each pull request', async () => {
    const world = await open();
    world.server.setRelease({ version: '3.7.1', without: ACCESSORY_ELEMENTS });
    const { facts, requests } = await readAll(world);
    expect(requests).toBe(4);
    expect(facts.map(({ githubId }) => githubId)).toEqual(
      facts.map(({ number }) => 1_000n + BigInt(number)),
    );
    const gaps = facts[0]?.gaps.filter(({ item }) => item === 'server') ?? [];
    expect(gaps.map(({ field }) => field).toSorted()).toEqual(Object.keys(TOLD_BY).toSorted());
    expect(gaps).toContainEqual({
      list: 'PULL_REQUEST',
      item: 'server',
      field: 'PullRequest.statusCheckRollup',
      word: null,
      reason:
        'GitHub Enterprise Server 3.7.1 has no PullRequest.statusCheckRollup; release 3.14 has it',
    });
  });

  it('answers other documents too without being asked in vain: by number, and lists that go on', async () => {
    const world = await open();
    world.server.setRelease({
      version: '3.12.4',
      without: ['PullRequest.fullDatabaseId', 'PullRequestReview.fullDatabaseId'],
    });
    await readAll(world);
    const before = world.server.stats().requests.graphql;
    const github = world.connect();
    const found = await github.fetchPullRequests({ repository, numbers: [8] });
    expect(found.pullRequests.map(({ githubId }) => githubId)).toEqual([1_008n]);
    expect(found.pullRequests[0]?.reviews.length).toBeGreaterThan(0);
    const lists = [{ list: 'TIMELINE', cursor: '', number: 8, githubId: 1_008n }] as const;
    const { answers } = await github.fetchNestedPages(repository, lists);
    expect(answers[0]).toMatchObject({
      kind: 'PAGE',
      page: { facts: { reviews: found.pullRequests[0]?.reviews } },
    });
    expect(world.server.stats().requests.graphql - before).toBe(2);
  });

  it('is asked for all of it again once it says that it is another release', async () => {
    const world = await open();
    world.server.setRelease({ version: '3.13.2', without: ['PullRequest.statusCheckRollup'] });
    await readAll(world);
    world.server.setRelease({ version: '3.14.0', without: [] });
    // The first answer still came to a question without it, and says that there is more now.
    const { facts, requests } = await readAll(world);
    expect(requests).toBe(3);
    expect(facts.map(({ gaps }) => gaps.map(({ reason }) => reason))).toEqual([
      ...[1, 2].map(() => [
        'GitHub Enterprise Server 3.13.2 has no PullRequest.statusCheckRollup; release 3.14 has it',
      ]),
      ...[3, 4, 5, 6].map(() => []),
    ]);
    expect(facts.slice(2).map(({ checks }) => checks === null)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it('that does not say its release is asked for all of it again after a day', async () => {
    const world = await open();
    world.server.setRelease({ version: null, without: ['PullRequest.totalCommentsCount'] });
    expect((await readAll(world)).requests).toBe(4);
    world.setNow(new Date(NOON.getTime() + DAY_MS - 1));
    expect((await readAll(world)).requests).toBe(3);
    world.setNow(new Date(NOON.getTime() + DAY_MS));
    const again = await readAll(world);
    expect(again.requests).toBe(4);
    expect(again.facts[0]?.gaps[0]?.reason).toBe(
      'The server has no PullRequest.totalCommentsCount; release 3.8 has it',
    );
  });

  it.each([
    ['3.14.1', 'PullRequest.headRefOid', 'the field PullRequest.headRefOid'],
    ['4.0', 'PullRequest.headRefOid', 'the field PullRequest.headRefOid'],
    ['3.9.2', 'PullRequest.headRefOid', 'the field PullRequest.headRefOid'],
    ['3.9.2', 'ReviewRequestedEvent', 'the type ReviewRequestedEvent'],
    [null, 'RequestedReviewer/User', 'User as a RequestedReviewer'],
  ])(
    'of release %s that lacks %s, which is needed, ends it with a sentence that names it',
    async (version, element, named) => {
      const world = await open();
      world.server.setRelease({ version, without: [element] });
      const failure = await failureOf(readAll(world));
      const remedy = ['3.14.1', '4.0'].includes(version ?? '')
        ? 'it was there before, so upgrade Throughline'
        : 'release 3.14 and those after it have it: upgrade the server';
      const host = new URL(world.server.url).host;
      const server = version === null ? host : `${host} (GitHub Enterprise Server ${version})`;
      expect([failure.kind, failure.message]).toEqual([
        'SERVER_TOO_OLD',
        `GitHub lacks what a sync needs: ${named} is not in the schema of ${server}; ${remedy}, then start a backfill.`,
      ]);
      expect(world.server.stats().requests.graphql).toBe(1);
    },
  );
});

describe('a server that refuses documents in a way that GitHub does not', () => {
  const errorsOf = (...errors: readonly object[]) => ({ graphqlErrors: errors });
  const lacks = (typeName: unknown, fieldName: unknown) => ({
    message: 'no',
    extensions: { code: 'undefinedField', typeName, fieldName },
  });

  it.each([
    ['names that are none', [lacks('Pull Request\n', '\u202Ename')]],
    ['names of no end', [lacks('PullRequest', 'x'.repeat(100_000))]],
    ['no names', [lacks(7, null), { message: 'no', extensions: { code: 'undefinedType' } }]],
    ['an unknown code', [{ message: 'no', extensions: { code: 'somethingElse' } }]],
    ['nothing but consequences', [{ message: 'no', extensions: { code: 'variableNotUsed' } }]],
    [
      'something else beside it',
      [lacks('PullRequest', 'files'), { message: 'no', extensions: { code: 'x' } }],
    ],
  ])('by %s is told as one that refuses, once', async (_, errors) => {
    const world = await open();
    world.server.failNext(errorsOf(...errors));
    const failure = await failureOf(readAll(world));
    expect(failure.kind).toBe('UNEXPECTED');
    expect(failure.message).toBe(
      'The server at GITHUB_API_URL refuses the query for repository acme/api: it may be too old, or not GitHub.',
    );
    expect(world.server.stats().requests.graphql).toBe(1);
    // Nothing of that is kept.
    expect((await readAll(world)).requests).toBe(3);
  });

  it('again and again for what it was not asked for any more is told so after the second time', async () => {
    const world = await open();
    world.server.failNext(errorsOf(lacks('PullRequest', 'files')), 5);
    expect((await failureOf(readAll(world))).kind).toBe('UNEXPECTED');
    expect(world.server.stats().requests.graphql).toBe(2);
  });

  it('without codes, in the words of older ones, is understood', async () => {
    const world = await open();
    const message = "Field 'totalCommentsCount' doesn't exist on type 'PullRequest'";
    world.server.failNext(errorsOf({ message, extensions: { code: 'undefinedField' } }));
    const { facts, requests } = await readAll(world);
    expect(requests).toBe(4);
    expect(facts[0]?.commentCount).toBeNull();
  });

  it('by a list of kinds that has one too many, and the kind beside it, is understood', async () => {
    const world = await open();
    const path = ['fragment PullRequestDetail', 'timelineItems', 'itemTypes'];
    const list = { path, message: 'no', extensions: { code: 'argumentLiteralsIncompatible' } };
    const kind = {
      message: 'no',
      extensions: { code: 'undefinedType', typeName: 'ConvertToDraftEvent' },
    };
    world.server.failNext(errorsOf(list, kind));
    expect((await readAll(world)).requests).toBe(4);
    world.server.failNext(errorsOf(list));
    expect((await failureOf(readAll(world))).message).toContain(
      'the argument itemTypes of timelineItems as it is asked for is not in the schema',
    );
  });
});

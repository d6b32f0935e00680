import { describe, expect, it } from 'vitest';
import { GHOST, idOfLogin } from '../../../../src/domain/members/actor.ts';
import { mapPullRequest } from '../../../../src/github/pulls/map-facts.ts';
import type { PullRequestNode } from '../../../../src/github/pulls/pull-request-query.ts';
import {
  type RawActor,
  factOf,
  rawActor,
  rawComment,
  rawCommit,
  rawEvent,
  rawFile,
  rawList,
  rawPullRequest,
  rawReview,
} from './raw-facts.ts';
import { toGitHubCursor } from '../../../../src/github/transport/page-walk.ts';

describe('a pull request of an answer', () => {
  it('becomes a fact with everything nested in it', () => {
    const fact = factOf({
      state: 'MERGED',
      mergedAt: '2025-12-17T10:00:00Z',
      closedAt: '2025-12-17T10:00:00Z',
      mergeCommit: { oid: 'beef' },
      mergedBy: rawActor({ login: 'bo', databaseId: 8 }),
      labels: rawList([{ name: 'bug' }, { name: 'ui' }]),
      timelineItems: rawList([rawEvent('ReadyForReviewEvent'), rawReview()]),
      commits: rawList([rawCommit()]),
      files: rawList([rawFile()]),
    });
    expect(fact).toMatchObject({
      githubId: 2_999_999_999n,
      number: 17,
      state: 'MERGED',
      author: { githubId: 7n, login: 'ana', name: 'Ana', kind: 'HUMAN' },
      authorIsInternal: true,
      mergedBy: { githubId: 8n, login: 'bo' },
      mergeCommitSha: 'beef',
      additions: 3n,
      deletions: 1n,
      changedFiles: 1n,
      createdAt: new Date('2025-12-16T10:00:00Z'),
      updatedAt: new Date('2025-12-16T13:00:00Z'),
      mergedAt: new Date('2025-12-17T10:00:00Z'),
      closedAt: new Date('2025-12-17T10:00:00Z'),
      events: [{ kind: 'READY_FOR_REVIEW', occurredAt: new Date('2025-12-16T11:00:00Z') }],
      labels: ['bug', 'ui'],
      reviews: [{ githubId: 3_000_000_001n, state: 'APPROVED', author: { login: 'bo' } }],
      commits: [{ sha: 'c0ffee'.padEnd(40, '0'), author: { login: 'ana' }, coAuthors: [] }],
      files: [{ path: 'src/index.ts', category: 'JAVASCRIPT', additions: 3n, deletions: 1n }],
      unread: [],
      textCleaned: false,
    });
  });

  it.each([
    ['OWNER', true],
    ['MEMBER', true],
    ['COLLABORATOR', true],
    ['CONTRIBUTOR', false],
    ['FIRST_TIME_CONTRIBUTOR', false],
    ['NONE', false],
    ['MANNEQUIN', false],
    ['A_WORD_OF_TOMORROW', false],
  ])('of an author who is %s comes from inside: %s', (authorAssociation, expected) => {
    expect(factOf({ authorAssociation }).authorIsInternal).toBe(expected);
    const timelineItems = rawList([
      rawReview({ authorAssociation }),
      rawComment({ authorAssociation }),
    ]);
    expect(factOf({ timelineItems })).toMatchObject({
      reviews: [{ authorIsInternal: expected }],
      comments: [{ authorIsInternal: expected }],
    });
  });

  it('has each label once and no empty nodes', () => {
    const labels = rawList([{ name: 'bug' }, null, { name: 'bug' }]);
    expect(factOf({ labels }).labels).toEqual(['bug']);
    expect(factOf({ labels: null, timelineItems: null })).toMatchObject({
      labels: [],
      events: [],
      reviews: [],
      unread: [],
    });
  });
});

describe('actors', () => {
  it.each<[what: string, actor: RawActor, kind: string]>([
    ['a person', rawActor(), 'HUMAN'],
    ['a bot', rawActor({ __typename: 'Bot', login: 'dependabot' }), 'BOT'],
    ['an AI agent', rawActor({ __typename: 'Bot', login: 'copilot-swe-agent' }), 'AI_AGENT'],
    ['a placeholder', rawActor({ __typename: 'Mannequin', login: 'old' }), 'UNKNOWN'],
  ])('%s is recognised as author, merger and reviewer', (_, actor, kind) => {
    const fact = factOf({
      state: 'MERGED',
      mergedAt: '2025-12-17T10:00:00Z',
      author: actor,
      mergedBy: actor,
      timelineItems: rawList([rawReview({ author: actor })]),
    });
    const kinds = [fact.author.kind, fact.mergedBy?.kind, fact.reviews[0]?.author.kind];
    expect(kinds).toEqual([kind, kind, kind]);
  });

  it('an author that GitHub no longer names is the ghost, never nobody', () => {
    const fact = factOf({
      author: null,
      timelineItems: rawList([rawReview({ author: null })]),
    });
    expect(fact.author).toEqual(GHOST);
    expect(fact.reviews[0]?.author).toEqual(GHOST);
    expect(fact.mergedBy).toBeNull();
  });

  it('a commit without an account keeps the name that git knows', () => {
    const commits = [
      rawCommit({ author: { name: 'Zed', user: null } }),
      rawCommit({ author: { name: 'Yak', user: { login: 'yak', databaseId: null } } }),
      rawCommit({ author: null }),
    ];
    expect(factOf({ commits: rawList(commits) }).commits).toMatchObject([
      { author: null, authorName: 'Zed' },
      { author: { login: 'yak', githubId: idOfLogin('yak') }, authorName: 'Yak' },
      { author: null, authorName: null },
    ]);
  });
});

describe('commits', () => {
  it.each([
    ['no trailer', 'Fix\n\nCo-authored by hand', []],
    ['one', 'Fix\n\nCo-authored-by: Claude <noreply@anthropic.com>', ['Claude']],
    ['several', 'a\n\nCo-Authored-By: A B <a@b>\nco-authored-by: C\n', ['A B', 'C']],
    ['Windows line ends', 'a\r\n\r\nCo-authored-by: Jane <j@x>\r\nSigned-off-by: K', ['Jane']],
    ['one without a name', 'a\n\nCo-authored-by: <j@x>', []],
    ['one that is empty before another line', 'a\n\nCo-authored-by:\nReviewed-by: K <k@x>', []],
    ['one in the middle of a line', 'see Co-authored-by: Jane', []],
    ['one that a squash repeats', 'a\n\nCo-authored-by: A <a@b>\nCO-AUTHORED-BY : A <a@b>', ['A']],
    ['one that is folded', 'a\n\nCo-authored-by: A\n B <a@b>', ['A B']],
    ['one in prose, or in code', 'a\n\nCo-authored-by: A <a@b>\n\n    Co-authored-by: B', []],
    ['a bracket', 'a\n\nCo-authored-by: aider (gpt-4o) <aider@aider.chat>', ['aider (gpt-4o)']],
  ])('keep the co-authors, without addresses: %s', (_, message, expected) => {
    const commits = rawList([rawCommit({ message })]);
    expect(factOf({ commits }).commits[0]?.coAuthors).toEqual(expected);
  });

  it("keep both of git's dates", () => {
    expect(factOf({ commits: rawList([rawCommit()]) }).commits[0]).toMatchObject({
      authoredAt: new Date('2025-12-15T08:00:00Z'),
      committedAt: new Date('2025-12-15T09:00:00Z'),
    });
  });

  const AUTHORED = '2025-12-15T08:00:00Z';
  const COMMITTED = '2025-12-15T09:00:00Z';

  it.each([
    ['1969-12-31T23:59:59Z', COMMITTED, COMMITTED, COMMITTED],
    ['2101-01-01T00:00:00Z', COMMITTED, COMMITTED, COMMITTED],
    ['0001-01-01T00:00:00Z', COMMITTED, COMMITTED, COMMITTED],
    ['10000-01-01T00:00:00Z', COMMITTED, COMMITTED, COMMITTED],
    [AUTHORED, '2106-02-07T06:28:15Z', AUTHORED, AUTHORED],
  ])(
    'of a clock that no column holds do not take the pull request along: %s, %s',
    (authoredDate, committedDate, authored, committed) => {
      const commits = rawList([rawCommit({ authoredDate, committedDate }), rawCommit()]);
      const fact = factOf({ commits });
      expect(fact.commits).toHaveLength(2);
      expect(fact.commits[0]).toMatchObject({
        authoredAt: new Date(authored),
        committedAt: new Date(committed),
      });
      expect(fact.textCleaned).toBe(true);
    },
  );

  it('without a date that a column holds are left out alone, and the pull request is marked', () => {
    const lost = rawCommit({
      oid: 'dead',
      message: 'a\n\nCo-authored-by: Claude <noreply@anthropic.com>',
      authoredDate: '1969-12-31T23:59:59Z',
      committedDate: '2101-01-01T00:00:00Z',
    });
    const fact = factOf({ commits: rawList([lost, rawCommit()]) });
    expect(fact.commits).toHaveLength(1);
    expect(fact.aiSignals).toEqual([]);
    expect(fact.textCleaned).toBe(true);
    expect(factOf({ commits: rawList([rawCommit()]) }).textCleaned).toBe(false);
  });
});

describe('reviews', () => {
  it('that are not submitted are left out', () => {
    const reviews = [
      rawReview({ state: 'PENDING', submittedAt: null }),
      rawReview({ state: 'PENDING' }),
      rawReview({ state: 'COMMENTED', submittedAt: null }),
      rawReview({ state: 'DISMISSED', fullDatabaseId: '5' }),
    ];
    expect(factOf({ timelineItems: rawList(reviews) }).reviews).toMatchObject([
      { state: 'DISMISSED', githubId: 5n },
    ]);
  });
});

describe('completeness', () => {
  it.each([
    ['labels', 'LABELS'],
    ['timelineItems', 'TIMELINE'],
    ['commits', 'COMMITS'],
    ['files', 'FILES'],
  ] as const)(
    'is missing when there are more %s than were read: they go on there',
    (name, list) => {
      const { unread } = factOf({ [name]: rawList([], true) });
      expect(unread).toMatchObject([{ list }]);
      expect(toGitHubCursor(unread[0]?.cursor ?? null)).toBe('Y3Vyc29y');
    },
  );

  it('is missing when there are more checks than were read, and each list says so alone', () => {
    const statusCheckRollup = { state: 'PENDING', contexts: rawList([], true) };
    const { unread } = factOf({ statusCheckRollup, labels: rawList([], true) });
    expect(unread.map(({ list }) => list)).toEqual(['LABELS', 'CHECKS']);
  });
});

describe('sizes', () => {
  const none = { additions: 0, deletions: 0, changedFiles: 0 };
  const unknown = { additions: null, deletions: null, changedFiles: null };

  it('are unknown where there is no list of files and nothing is counted', () => {
    expect(factOf({ ...none, files: null })).toMatchObject({ ...unknown, files: null });
    expect(factOf({ ...unknown, files: null })).toMatchObject({ ...unknown, files: null });
  });

  it('are known where something is counted, also without a list of files', () => {
    expect(factOf({ ...none, additions: 5, files: null })).toMatchObject({
      additions: 5n,
      deletions: 0n,
      changedFiles: 0n,
      files: null,
    });
  });

  it('are zero where the list of files is known to be empty', () => {
    expect(factOf({ ...none, files: rawList([]) })).toMatchObject({
      additions: 0n,
      deletions: 0n,
      changedFiles: 0n,
      files: [],
    });
  });

  it('that are missing from the answer are unknown, not zero', () => {
    const { additions: _, files: __, ...rest } = rawPullRequest();
    const result = mapPullRequest(rest as PullRequestNode);
    expect(result).toMatchObject({
      ok: true,
      fact: { additions: null, deletions: 1n, files: null },
    });
  });

  it.each([
    [0, 0n],
    [2 ** 31, 2_147_483_648n],
    [Number.MAX_SAFE_INTEGER, 9_007_199_254_740_991n],
    // As Octokit reads numbers that are not exact in JavaScript.
    [9_007_199_254_740_992n, 9_007_199_254_740_992n],
  ])('of %d lines are kept exactly', (given, expected) => {
    const additions = given as number;
    const fact = factOf({ additions, files: rawList([rawFile({ deletions: additions })]) });
    expect(fact.additions).toBe(expected);
    expect(fact.files?.[0]?.deletions).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import type { PullRequestData } from '../../../../src/demo/core/github-data.ts';
import type { NestedListName } from '../../../../src/domain/pulls/github-facts.ts';
import { gitHubWith } from '../../../support/github/github.ts';
import { aPullRequest, aSource, NOON, serve, TOKEN } from '../../demo/small-world.ts';

const repository = { owner: 'acme', name: 'api' };
const LISTS: readonly NestedListName[] = ['LABELS', 'TIMELINE', 'COMMITS', 'FILES', 'CHECKS'];

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const signature = { name: 'Ada', email: 'ada@x.test', login: 'ada', date: '2026-03-01T09:00:00Z' };

const LONG: Partial<PullRequestData> = {
  labels: times(21, (index) => ({
    name: `label-${String(index).padStart(2, '0')}`,
    color: 'ffffff',
    addedAt: '2026-03-01T11:00:00Z',
  })),
  comments: times(61, (index) => ({
    databaseId: index + 1,
    author: 'bo',
    authorAssociation: 'MEMBER' as const,
    createdAt: '2026-03-01T11:00:00Z',
    body: `Comment ${index}`,
  })),
  commits: times(61, (index) => ({
    oid: String(index).padStart(40, '0'),
    message: `Commit ${index}`,
    author: signature,
    committer: signature,
    pushedAt: '2026-03-01T09:30:00Z',
    additions: 0,
    deletions: 0,
  })),
  files: times(101, (index) => ({
    path: `file-${String(index).padStart(3, '0')}`,
    additions: 1,
    deletions: 0,
    changeType: 'ADDED' as const,
    since: '2026-03-01T09:30:00Z',
  })),
};

async function openGitHub(pullRequests: readonly PullRequestData[]) {
  const { url } = await serve(aSource(pullRequests));
  return gitHubWith(url, TOKEN, () => NOON);
}

describe('nested lists', () => {
  it('go on behind the page that their pull request came with, all by one request', async () => {
    const github = await openGitHub([aPullRequest(1, LONG)]);
    const page = await github.fetchPullRequestPage({ repository, first: 25, after: null });
    const [fact] = page.pullRequests;
    expect(fact?.unread.map(({ list }) => list)).toEqual([
      'LABELS',
      'TIMELINE',
      'COMMITS',
      'FILES',
    ]);
    const { answers, quota } = await github.fetchNestedPages(
      repository,
      (fact?.unread ?? []).map((unread) => ({ ...unread, number: 1, githubId: 1_001n })),
    );
    expect(answers).toMatchObject([
      { page: { facts: { labels: ['label-20'], commits: [] }, nextCursor: null } },
      { page: { facts: { comments: [{ body: 'Comment 60' }] }, nextCursor: null } },
      { page: { facts: { commits: [{ headline: 'Commit 60' }] }, nextCursor: null } },
      { page: { facts: { files: [{ path: 'file-100' }] }, nextCursor: null } },
    ]);
    expect(quota?.cost).toBe(1);
  });

  it('are read from their start where nothing of them was read', async () => {
    const github = await openGitHub([aPullRequest(1, LONG)]);
    const page = await github.fetchPullRequestPage({
      repository,
      first: 1,
      after: null,
      detail: 'SCALARS',
    });
    const [fact] = page.pullRequests;
    expect(fact).toMatchObject({ number: 1, labels: [], comments: [], commits: [], checks: null });
    expect(fact?.unread).toEqual(LISTS.map((list) => ({ list, cursor: '' })));
    const { answers } = await github.fetchNestedPages(
      repository,
      LISTS.map((list) => ({ list, cursor: '', number: 1, githubId: 1_001n })),
    );
    const counts = answers.map((answer) =>
      answer.kind === 'PAGE'
        ? Object.values(answer.page.facts).filter((rows) => (rows?.length ?? 0) > 5).length
        : answer.kind,
    );
    // CHECKS has none; `unread` names five lists.
    expect(counts).toEqual([1, 1, 1, 1, 0]);
    expect(answers).toMatchObject([{}, {}, {}, { page: { nextCursor: expect.any(String) } }, {}]);
  });

  it('of pull requests that are gone, or are another one of that number, are distinguished', async () => {
    const github = await openGitHub([aPullRequest(1, LONG)]);
    const list = { list: 'FILES', cursor: '' } as const;
    const { answers } = await github.fetchNestedPages(repository, [
      { ...list, number: 99, githubId: 99n },
      { ...list, number: 1, githubId: 1_001n },
      { ...list, number: 1, githubId: 4_711n },
    ]);
    expect(answers.map(({ kind }) => kind)).toEqual(['GONE', 'PAGE', 'GONE']);
  });
});

describe('a page of numbers alone', () => {
  it('answers each pull request as one that was too heavy', async () => {
    const github = await openGitHub([aPullRequest(1), aPullRequest(2)]);
    const page = await github.fetchPullRequestPage({
      repository,
      first: 1,
      after: null,
      detail: 'NUMBERS',
    });
    expect(page.pullRequests).toEqual([]);
    expect(page.rejected).toMatchObject([{ naturalKey: '2', reasonCode: 'TOO_HEAVY' }]);
    expect(page).toMatchObject({ totalCount: 2, nextCursor: expect.any(String) });
  });
});

import { describe, expect, it } from 'vitest';
import { mapRange } from '../../../../src/github/delivery/compare.ts';
import {
  mapDeployment,
  withStatuses,
  type DeploymentNode,
} from '../../../../src/github/delivery/deployments.ts';
import { mapRelease, type ReleaseNode } from '../../../../src/github/delivery/releases.ts';
import {
  toReviewComment,
  type RawReviewComment,
} from '../../../../src/github/pulls/review-comments.ts';
import { toGitHubCursor } from '../../../../src/github/transport/page-walk.ts';

const at = (minute: number): string => `2026-03-01T10:${String(minute).padStart(2, '0')}:00Z`;

function aDeployment(
  given: Readonly<Partial<Record<keyof DeploymentNode, unknown>>> = {},
): DeploymentNode {
  return {
    id: 'DE_1',
    databaseId: 1,
    environment: 'production',
    ref: { name: 'main' },
    commitOid: 'a'.repeat(40),
    state: 'ACTIVE',
    description: null,
    createdAt: at(0),
    creator: { __typename: 'User', login: 'ada', databaseId: 1 },
    statuses: { pageInfo: { hasNextPage: false }, nodes: [] },
    ...given,
  } as DeploymentNode;
}

const statuses = (...list: readonly [state: string, minute: number][]) => ({
  pageInfo: { hasNextPage: false },
  nodes: list.map(([state, minute]) => ({ state, createdAt: at(minute) })),
});

describe('a deployment', () => {
  it('succeeded with its first success and stands as its last status, in whatever order they come', () => {
    const { fact } = mapDeployment(
      aDeployment({
        statuses: statuses(['INACTIVE', 30], ['SUCCESS', 20], ['IN_PROGRESS', 1], ['SUCCESS', 10]),
        state: 'INACTIVE',
      }),
    );
    expect(fact).toMatchObject({
      state: 'INACTIVE',
      succeededAt: new Date(at(10)),
      stateAt: new Date(at(30)),
    });
  });

  it('that is active has succeeded, and without a status stands since its creation', () => {
    const { fact, more } = mapDeployment(aDeployment());
    expect(fact).toMatchObject({ state: 'SUCCESS', succeededAt: null, stateAt: new Date(at(0)) });
    expect(more).toBeNull();
  });

  it('says where its statuses go on, and takes in what they tell', () => {
    const page = statuses(['IN_PROGRESS', 5]);
    const { fact, more } = mapDeployment(
      aDeployment({ statuses: { ...page, pageInfo: { hasNextPage: true, endCursor: 'c1' } } }),
    );
    expect(more).toMatchObject({ nodeId: 'DE_1' });
    expect(toGitHubCursor(more?.cursor ?? null)).toBe('c1');
    const later = withStatuses(fact, { succeededAt: new Date(at(9)), stateAt: new Date(at(12)) });
    expect(later).toMatchObject({ succeededAt: new Date(at(9)), stateAt: new Date(at(12)) });
    const earlier = withStatuses(later, { succeededAt: new Date(at(7)), stateAt: new Date(at(7)) });
    expect(earlier).toMatchObject({ succeededAt: new Date(at(7)), stateAt: new Date(at(12)) });
    expect(withStatuses(earlier, { succeededAt: null, stateAt: null })).toEqual(earlier);
  });

  it.each([
    ['without an id', { databaseId: null }, /id of a deployment/],
    ['of no time', { createdAt: 'soon' }, /time of a deployment is no time/],
    [
      'to an environment whose name no index holds',
      { environment: 'x'.repeat(3_000) },
      /3000 bytes/,
    ],
  ])('%s cannot be read', (_what, given, reason) => {
    expect(() => mapDeployment(aDeployment(given))).toThrow(reason);
  });
});

describe('a range', () => {
  it('goes on while GitHub counts more commits than were shown', () => {
    const commits = Array.from({ length: 100 }, (_, index) => ({ sha: `sha${index}` }));
    expect(mapRange({ total_commits: 201, commits }, 2)).toMatchObject({ hasNextPage: true });
    expect(mapRange({ total_commits: 200, commits }, 2)).toMatchObject({ hasNextPage: false });
    expect(mapRange({ total_commits: 0, commits: [] }, 1)).toEqual({
      state: 'PAGE',
      shas: [],
      hasNextPage: false,
    });
  });

  it('of more than 10,000 commits is not read', () => {
    expect(mapRange({ total_commits: 10_001, commits: [] }, 1)).toEqual({
      state: 'UNAVAILABLE',
      reason: 'The range has 10001 commits, more than the 10000 that are read.',
    });
    const commits = [{ sha: 'sha1' }];
    expect(mapRange({ total_commits: 10_000, commits }, 1)).toMatchObject({ state: 'PAGE' });
  });

  it('of which GitHub counts commits and lists none has no known commits', () => {
    expect(mapRange({ total_commits: 10_000, commits: [] }, 1)).toMatchObject({
      state: 'UNAVAILABLE',
      reason: expect.stringContaining('10000 commits, and lists none') as string,
    });
  });
});

describe('a release', () => {
  it('may have no name, no author, no commit and no publication', () => {
    const raw: ReleaseNode = {
      databaseId: 3,
      tagName: 'v1\u0000',
      name: '',
      url: 'https://github.example/v1',
      tagCommit: null,
      isDraft: true,
      isPrerelease: false,
      author: null,
      createdAt: at(0),
      publishedAt: null,
    };
    expect(mapRelease(raw)).toMatchObject({
      githubId: 3n,
      tag: 'v1\uFFFD',
      name: null,
      author: null,
      sha: null,
      publishedAt: null,
    });
  });
});

describe('a review comment', () => {
  const raw = {
    id: 2 ** 40,
    pull_request_url: 'https://api.github.example/repos/acme/api/pulls/17',
    pull_request_review_id: null,
    user: { id: 9, login: 'helper[bot]', type: 'Bot' },
    path: 'a.ts',
    body: 'Why?',
    created_at: at(0),
    updated_at: at(1),
  } as RawReviewComment;

  it('names its pull request by the end of an address, and bots as GraphQL does', () => {
    expect(toReviewComment(raw)).toMatchObject({
      number: 17,
      comment: { githubId: 1_099_511_627_776n, author: { login: 'helper', kind: 'BOT' } },
    });
  });

  it.each([
    [
      'of no pull request',
      { pull_request_url: 'https://api.github.example/repos/acme/api' },
      /no number/,
    ],
    ['without a text', { body: 5 as unknown as string }, /review comment is no text/],
  ])('%s cannot be read', (_what, given, reason) => {
    expect(() => toReviewComment({ ...raw, ...given })).toThrow(reason);
  });
});

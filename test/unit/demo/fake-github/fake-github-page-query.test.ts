import { describe, expect, test } from 'vitest';
import { gitHubWith } from '../../../support/github/github.ts';
import { EVENTFUL, aCommit, eventfulWorld } from '../eventful-world.ts';
import { NOON, TOKEN, aPullRequest, aSource, askForData, serve } from '../small-world.ts';

const REPOSITORY = { owner: 'acme', name: 'api' };

describe('the query of a page', () => {
  test('brings events, comments, checks and the newest deployment and release', async () => {
    const server = await serve(eventfulWorld());
    const github = gitHubWith(server.url, TOKEN, () => NOON);
    const page = await github.fetchPullRequestPage({
      repository: REPOSITORY,
      first: 10,
      after: null,
    });
    expect(page.rejected).toEqual([]);
    expect(page.heads).toEqual({ deploymentId: 702n, releaseId: 802n });
    const [fact] = page.pullRequests;
    expect(fact).toMatchObject({
      number: 8,
      state: 'OPEN',
      body: 'What and why',
      baseBranch: 'main',
      commentCount: 1,
      checkState: 'FAILURE',
      unread: [],
    });
    expect(fact?.commits.map((commit) => commit.sha)).toEqual(['b'.repeat(40)]);
    expect(fact?.comments.map((comment) => comment.body)).toEqual(['Why?']);
    expect(
      fact?.events.map(({ kind, subject, subjectName, before, after }) => [
        kind,
        subject?.login ?? subjectName ?? before?.slice(0, 4),
        after?.slice(0, 4),
      ]),
    ).toEqual([
      ['FORCE_PUSHED', 'aaaa', 'bbbb'],
      ['REVIEW_REQUESTED', 'bo', undefined],
      ['REVIEW_REQUESTED', 'platform', undefined],
      ['REVIEW_REQUEST_REMOVED', 'bo', undefined],
      ['CLOSED', undefined, undefined],
      ['REOPENED', undefined, undefined],
      ['BASE_CHANGED', 'rele', 'main'],
    ]);
    expect(new Set(fact?.events.map((event) => event.eventId)).size).toBe(7);
    expect(
      fact?.checks?.map(({ name, app, status, conclusion }) => [name, app, status, conclusion]),
    ).toEqual([
      ['build', 'github-actions', 'COMPLETED', 'FAILURE'],
      ['ci/legacy', null, 'COMPLETED', 'SUCCESS'],
    ]);
  });

  test('shows an earlier moment as it was', async () => {
    const server = await serve(eventfulWorld(), { now: () => new Date('2026-03-01T11:03:30Z') });
    const github = gitHubWith(server.url, TOKEN, () => NOON);
    const request = { repository: REPOSITORY, first: 10, after: null };
    const page = await github.fetchPullRequestPage(request);
    expect(page.heads).toEqual({ deploymentId: null, releaseId: null });
    expect(page.pullRequests[0]).toMatchObject({
      state: 'CLOSED',
      closedAt: new Date('2026-03-01T11:03:00Z'),
      baseBranch: 'release',
      checkState: 'PENDING',
      comments: [],
    });
    expect(page.pullRequests[0]?.events.map((event) => event.kind)).toHaveLength(5);
  });

  test('costs five hundred points for ten thousand pull requests, a hundred a page', async () => {
    const server = await serve(aSource([EVENTFUL]));
    const github = gitHubWith(server.url, TOKEN, () => NOON);
    const request = { repository: REPOSITORY, first: 100, after: null };
    expect((await github.fetchPullRequestPage(request)).quota?.cost).toBe(5);
  });
});

/** Number 8 with three of each. */
const MANY = aPullRequest(8, {
  events: EVENTFUL.events.slice(1, 4),
  labels: ['x', 'y', 'z'].map((name) => {
    return { name, color: 'fff000', addedAt: EVENTFUL.createdAt };
  }),
  commits: ['b', 'c', 'd'].map((letter) => aCommit(letter, '10')),
  files: ['a.ts', 'b.ts', 'c.ts'].map((path) => {
    const since = EVENTFUL.createdAt;
    return { path, additions: 1, deletions: 0, changeType: 'ADDED', since };
  }),
  checks: ['one', 'two', 'three'].map((name, index) => ({
    databaseId: 900 + index,
    headOid: 'd'.repeat(40),
    name,
    app: 'ci',
    startedAt: '2026-03-01T11:00:00Z',
    completedAt: null,
    conclusion: null,
  })),
});

interface ListPage {
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
  readonly nodes: readonly object[];
}

describe('lists within a pull request', () => {
  test.for([
    ['timelineItems', 'list: timelineItems(PAGE) { LIST }'],
    ['commits', 'list: commits(PAGE) { LIST }'],
    ['files', 'list: files(PAGE) { LIST }'],
    ['labels', 'list: labels(PAGE) { LIST }'],
    ['checks', 'statusCheckRollup { list: contexts(PAGE) { LIST } }'],
  ] as const)(
    '%s are read on by cursor to their end, by the id of the pull request',
    async ([, field]) => {
      const server = await serve(aSource([MANY]));
      const { repository } = await askForData<{ repository: { pullRequest: { id: string } } }>(
        server,
        '{ repository(owner: "acme", name: "api") { pullRequest(number: 8) { id } } }',
      );
      const text = field
        .replace('PAGE', 'first: 1, after: $after')
        .replace('LIST', 'totalCount pageInfo { hasNextPage endCursor } nodes { __typename }');
      const query = `query ($ids: [ID!]!, $after: String) {
        nodes(ids: $ids) { ... on PullRequest { ${text} } } }`;
      let after: string | null = null;
      let seen = 0;
      for (let hasNextPage = true; hasNextPage;) {
        const data: { nodes: readonly Record<string, unknown>[] } = await askForData(
          server,
          query,
          { ids: [repository.pullRequest.id], after },
        );
        const [node] = data.nodes;
        const rollup = node?.['statusCheckRollup'] as { list: ListPage } | undefined;
        const page = rollup?.list ?? (node?.['list'] as ListPage);
        seen += page.nodes.length;
        ({ hasNextPage, endCursor: after } = page.pageInfo);
      }
      expect(seen).toBe(field.startsWith('list: timeline') ? 6 : 3);
    },
  );
});

describe('deployments and releases', () => {
  test('a deployment is found again by its id', async () => {
    const server = await serve(eventfulWorld());
    const data = await askForData<{ repository: { deployments: { nodes: { id: string }[] } } }>(
      server,
      '{ repository(owner: "acme", name: "api") { deployments(first: 1) { nodes { id } } } }',
    );
    const id = data.repository.deployments.nodes[0]?.id;
    const query = `query ($id: ID!) { node(id: $id) { ... on Deployment {
      databaseId statuses(first: 1) { pageInfo { hasNextPage } nodes { state } } } } }`;
    expect(await askForData(server, query, { id })).toEqual({
      node: {
        databaseId: 701,
        statuses: { pageInfo: { hasNextPage: true }, nodes: [{ state: 'INACTIVE' }] },
      },
    });
  });

  test('come by creation, with what later ones made of earlier ones', async () => {
    const server = await serve(eventfulWorld());
    const data = await askForData(
      server,
      `{ repository(owner: "acme", name: "api") {
        deployments(first: 5, orderBy: { field: CREATED_AT, direction: DESC }) { totalCount nodes {
          databaseId environment state commitOid ref { name } creator { login }
          latestStatus { state createdAt } statuses(first: 5) { nodes { state } } } }
        releases(first: 5, orderBy: { field: CREATED_AT, direction: DESC }) { nodes {
          databaseId tagName isDraft publishedAt author { login } tagCommit { oid } } } } }`,
    );
    expect(data).toEqual({
      repository: {
        deployments: {
          totalCount: 2,
          nodes: [
            {
              databaseId: 702,
              environment: 'production',
              state: 'ACTIVE',
              commitOid: 'd'.repeat(40),
              ref: null,
              creator: { login: 'ghost' },
              latestStatus: { state: 'SUCCESS', createdAt: '2026-03-03T10:05:00Z' },
              statuses: { nodes: [{ state: 'SUCCESS' }] },
            },
            {
              databaseId: 701,
              environment: 'production',
              state: 'INACTIVE',
              commitOid: 'c'.repeat(40),
              ref: { name: 'main' },
              creator: { login: 'ada' },
              latestStatus: { state: 'INACTIVE', createdAt: '2026-03-03T10:05:00Z' },
              statuses: {
                nodes: [{ state: 'INACTIVE' }, { state: 'SUCCESS' }, { state: 'IN_PROGRESS' }],
              },
            },
          ],
        },
        releases: {
          nodes: [
            {
              databaseId: 802,
              tagName: 'v2',
              isDraft: true,
              publishedAt: null,
              author: null,
              tagCommit: null,
            },
            {
              databaseId: 801,
              tagName: 'v1',
              isDraft: false,
              publishedAt: '2026-03-02T11:00:00Z',
              author: { login: 'ada' },
              tagCommit: { oid: 'c'.repeat(40) },
            },
          ],
        },
      },
    });
  });
});

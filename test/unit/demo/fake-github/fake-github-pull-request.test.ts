import { describe, expect, test } from 'vitest';
import { REVIEWED } from '../reviewed-pull-request.ts';
import { aSource, askForData, serve } from '../small-world.ts';

describe('the fake GitHub shows', () => {
  test('everything that a pull request holds', async () => {
    const server = await serve(aSource([REVIEWED]));
    const data = await askForData(
      server,
      `{ repository(owner: "acme", name: "api") { pullRequest(number: 7) {
        databaseId fullDatabaseId state isDraft merged closed updatedAt mergedAt closedAt url
        additions deletions changedFiles
        author { __typename login ... on Bot { databaseId } ... on User { name } }
        mergedBy { login }
        mergeCommit { oid messageHeadline }
        labels(first: 5) { totalCount nodes { name } }
        reviews(first: 5) { nodes { fullDatabaseId state submittedAt author { login } body } }
        commits(first: 5) { nodes { commit {
          oid messageHeadline message authoredDate committedDate additions deletions
          author { name email date user { login databaseId } } } } }
        files(first: 5) { nodes { path additions deletions changeType } }
        timelineItems(first: 5, itemTypes: [READY_FOR_REVIEW_EVENT, REVIEW_REQUESTED_EVENT]) { nodes {
          __typename
          ... on ReadyForReviewEvent { createdAt }
          ... on ReviewRequestedEvent { requestedReviewer { ... on User { login } } } } }
        reviewRequests(first: 5) { totalCount }
        comments(first: 1) { totalCount nodes { body } }
      } } }`,
    );
    expect(data).toEqual({
      repository: {
        pullRequest: {
          databaseId: null,
          fullDatabaseId: '3000000007',
          state: 'MERGED',
          isDraft: false,
          merged: true,
          closed: true,
          updatedAt: '2026-03-05T10:00:00Z',
          mergedAt: '2026-03-05T10:00:00Z',
          closedAt: '2026-03-05T10:00:00Z',
          url: 'https://github.example/acme/api/pull/7',
          additions: 12,
          deletions: 3,
          changedFiles: 1,
          author: { __typename: 'Bot', login: 'helper', databaseId: 3 },
          mergedBy: { login: 'bo' },
          mergeCommit: { oid: 'f'.repeat(40), messageHeadline: 'Change 7 (#7)' },
          labels: { totalCount: 2, nodes: [{ name: 'bug' }, { name: 'größer' }] },
          reviews: {
            nodes: [
              {
                fullDatabaseId: '9000000001',
                state: 'CHANGES_REQUESTED',
                submittedAt: '2026-03-03T10:00:00Z',
                author: { login: 'bo' },
                body: 'Please split this',
              },
              {
                fullDatabaseId: '9000000002',
                state: 'APPROVED',
                submittedAt: '2026-03-04T10:00:00Z',
                author: null,
                body: '',
              },
            ],
          },
          commits: {
            nodes: [
              {
                commit: {
                  oid: 'a'.repeat(40),
                  messageHeadline: 'First line',
                  message: 'First line\n\nCo-authored-by: Claude <noreply@anthropic.com>',
                  authoredDate: '2026-02-28T09:00:00Z',
                  committedDate: '2026-03-01T09:00:00Z',
                  additions: 12,
                  deletions: 3,
                  author: {
                    name: 'Ada',
                    email: 'a@x.example',
                    date: '2026-02-28T09:00:00Z',
                    user: { login: 'ada', databaseId: 1 },
                  },
                },
              },
            ],
          },
          files: {
            nodes: [{ path: 'src/a.ts', additions: 12, deletions: 3, changeType: 'MODIFIED' }],
          },
          timelineItems: {
            nodes: [
              { __typename: 'ReadyForReviewEvent', createdAt: '2026-03-02T10:00:00Z' },
              { __typename: 'ReviewRequestedEvent', requestedReviewer: { login: 'bo' } },
            ],
          },
          reviewRequests: { totalCount: 0 },
          comments: { totalCount: 0, nodes: [] },
        },
      },
    });
  });

  test('a pull request as of an earlier moment: what came later is not there yet', async () => {
    let now = new Date('2026-03-02T10:00:30Z');
    const server = await serve(aSource([REVIEWED]), { now: () => now });
    const query = `{ repository(owner: "acme", name: "api") { pullRequests(first: 1) { totalCount nodes {
      state isDraft updatedAt mergedAt mergedBy { login } reviews(first: 9) { totalCount }
      reviewRequests(first: 9) { totalCount } } } } }`;
    const before = await askForData(server, query);
    expect(before).toMatchObject({
      repository: {
        pullRequests: {
          nodes: [
            {
              state: 'OPEN',
              isDraft: false,
              updatedAt: '2026-03-02T10:00:00Z',
              mergedAt: null,
              mergedBy: null,
              reviews: { totalCount: 0 },
              reviewRequests: { totalCount: 0 },
            },
          ],
        },
      },
    });
    now = new Date('2026-03-03T12:00:00Z');
    expect(await askForData(server, query)).toMatchObject({
      repository: { pullRequests: { nodes: [{ state: 'OPEN', reviews: { totalCount: 1 } }] } },
    });
    now = new Date('2026-03-01T10:00:00Z');
    expect(await askForData(server, query)).toMatchObject({
      repository: { pullRequests: { totalCount: 0, nodes: [] } },
    });
  });
});

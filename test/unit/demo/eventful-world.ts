import type { CommitData, GitHubData } from '../../../src/demo/core/github-data.ts';
import { aPullRequest, aSource } from './small-world.ts';

/** A commit `letter` forty times, pushed at a minute after ten on 1 March. */
export function aCommit(
  letter: string,
  minute: string,
  parts: Partial<CommitData> = {},
): CommitData {
  const at = `2026-03-01T10:${minute}:00Z`;
  const ada = { name: 'Ada', email: 'a@x.example', date: at, login: 'ada' };
  return {
    oid: letter.repeat(40),
    message: `Commit ${letter}`,
    author: ada,
    committer: ada,
    pushedAt: at,
    additions: 1,
    deletions: 0,
    ...parts,
  };
}

/** Number 8: pushed by force, closed and opened again, moved to another base, checked, discussed. */
export const EVENTFUL = aPullRequest(8, {
  body: 'What and why',
  commits: [
    aCommit('a', '08', { goneAt: '2026-03-01T11:00:00Z' }),
    aCommit('b', '50', { pushedAt: '2026-03-01T11:00:00Z' }),
  ],
  events: [
    {
      kind: 'HEAD_REF_FORCE_PUSHED',
      at: '2026-03-01T11:00:00Z',
      actor: 'ada',
      before: 'a'.repeat(40),
      after: 'b'.repeat(40),
    },
    { kind: 'REVIEW_REQUESTED', at: '2026-03-01T11:01:00Z', actor: 'ada', reviewer: 'bo' },
    {
      kind: 'REVIEW_REQUESTED',
      at: '2026-03-01T11:01:00Z',
      actor: 'ada',
      reviewer: 'acme/platform',
    },
    { kind: 'REVIEW_REQUEST_REMOVED', at: '2026-03-01T11:02:00Z', actor: 'ada', reviewer: 'bo' },
    { kind: 'CLOSED', at: '2026-03-01T11:03:00Z', actor: 'bo' },
    { kind: 'REOPENED', at: '2026-03-01T11:04:00Z', actor: 'ada' },
    {
      kind: 'BASE_REF_CHANGED',
      at: '2026-03-01T11:05:00Z',
      actor: 'ada',
      before: 'release',
      after: 'main',
    },
  ],
  comments: [
    {
      databaseId: 501,
      author: 'bo',
      authorAssociation: 'MEMBER',
      createdAt: '2026-03-01T11:06:00Z',
      body: 'Why?',
    },
  ],
  checks: [
    {
      databaseId: 601,
      headOid: 'a'.repeat(40),
      name: 'old build',
      app: 'github-actions',
      startedAt: '2026-03-01T10:09:00Z',
      completedAt: '2026-03-01T10:10:00Z',
      conclusion: 'SUCCESS',
    },
    {
      databaseId: 602,
      headOid: 'b'.repeat(40),
      name: 'build',
      app: 'github-actions',
      startedAt: '2026-03-01T11:01:00Z',
      completedAt: '2026-03-01T11:11:00Z',
      conclusion: 'FAILURE',
    },
    {
      databaseId: 603,
      headOid: 'b'.repeat(40),
      name: 'ci/legacy',
      app: null,
      startedAt: '2026-03-01T11:01:00Z',
      completedAt: '2026-03-01T11:09:00Z',
      conclusion: 'SUCCESS',
    },
  ],
});

/** `acme/api` with number 8, two deployments to one environment, and two releases. */
export function eventfulWorld(): GitHubData {
  return aSource([EVENTFUL], {
    deployments: [
      {
        databaseId: 701,
        environment: 'production',
        ref: 'main',
        oid: 'c'.repeat(40),
        creator: 'ada',
        description: null,
        createdAt: '2026-03-02T10:00:00Z',
        statuses: [
          { state: 'IN_PROGRESS', at: '2026-03-02T10:01:00Z' },
          { state: 'SUCCESS', at: '2026-03-02T10:05:00Z' },
        ],
      },
      {
        databaseId: 702,
        environment: 'production',
        ref: null,
        oid: 'd'.repeat(40),
        creator: null,
        description: 'Second',
        createdAt: '2026-03-03T10:00:00Z',
        statuses: [{ state: 'SUCCESS', at: '2026-03-03T10:05:00Z' }],
      },
    ],
    releases: [
      {
        databaseId: 801,
        tag: 'v1',
        name: 'One',
        oid: 'c'.repeat(40),
        isDraft: false,
        isPrerelease: false,
        author: 'ada',
        createdAt: '2026-03-02T09:00:00Z',
        publishedAt: '2026-03-02T11:00:00Z',
      },
      {
        databaseId: 802,
        tag: 'v2',
        name: null,
        oid: null,
        isDraft: true,
        isPrerelease: false,
        author: null,
        createdAt: '2026-03-04T09:00:00Z',
        publishedAt: null,
      },
    ],
  });
}

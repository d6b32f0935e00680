import { aPullRequest } from './small-world.ts';

/** Number 7: written by a bot, a draft at first, reviewed twice, merged by bo. Its ids need 64 bits. */
export const REVIEWED = aPullRequest(7, {
  databaseId: 3_000_000_007,
  author: 'helper[bot]',
  mergedAt: '2026-03-05T10:00:00Z',
  mergedBy: 'bo',
  mergeCommitOid: 'f'.repeat(40),
  openedAsDraft: true,
  labels: [
    { name: 'größer', color: 'fff000', addedAt: '2026-03-01T11:00:00Z' },
    { name: 'bug', color: 'd73a4a', addedAt: '2026-03-01T11:00:00Z' },
  ],
  events: [
    { kind: 'READY_FOR_REVIEW', at: '2026-03-02T10:00:00Z', actor: 'ada' },
    { kind: 'REVIEW_REQUESTED', at: '2026-03-02T10:01:00Z', actor: 'ada', reviewer: 'bo' },
  ],
  commits: [
    {
      oid: 'a'.repeat(40),
      message: 'First line\n\nCo-authored-by: Claude <noreply@anthropic.com>',
      author: { name: 'Ada', email: 'a@x.example', date: '2026-02-28T09:00:00Z', login: 'ada' },
      committer: { name: 'Ada', email: 'a@x.example', date: '2026-03-01T09:00:00Z', login: 'ada' },
      pushedAt: '2026-03-01T10:07:00Z',
      additions: 12,
      deletions: 3,
    },
  ],
  reviews: [
    {
      databaseId: 9_000_000_001,
      author: 'bo',
      authorAssociation: 'MEMBER',
      state: 'CHANGES_REQUESTED',
      submittedAt: '2026-03-03T10:00:00Z',
      body: 'Please split this',
      commitOid: 'a'.repeat(40),
    },
    {
      databaseId: 9_000_000_002,
      author: null,
      authorAssociation: 'NONE',
      state: 'APPROVED',
      submittedAt: '2026-03-04T10:00:00Z',
      body: '',
      commitOid: null,
    },
  ],
  files: [
    {
      path: 'src/a.ts',
      additions: 12,
      deletions: 3,
      changeType: 'MODIFIED',
      since: '2026-03-01T10:07:00Z',
    },
  ],
});

import { describe, expect, it } from 'vitest';
import type { PullRequestData } from '../../../../src/demo/core/github-data.ts';
import { aPullRequest, aSource } from '../../../unit/demo/small-world.ts';
import { SINCE, useStageWorlds, type StageWorld } from '../stage-world.ts';

const open = useStageWorlds();

/** Text that GitHub may send, what is stored of it, and whether that is marked as cleaned. */
const TEXTS: readonly (readonly [
  what: string,
  text: string,
  stored: string,
  isCleaned: boolean,
])[] = [
  ['NUL', 'a\u0000b', 'a\uFFFDb', true],
  ['the first half of a surrogate pair', 'a\uD83Db', 'a\uFFFDb', true],
  ['the second half of a surrogate pair', 'a\uDE00b', 'a\uFFFDb', true],
  ['halves in the wrong order', '\uDE00\uD83D', '\uFFFD\uFFFD', true],
  ['other control characters', 'a\u0001\u001b[31m\u007fb', 'a\u0001\u001b[31m\u007fb', false],
  [
    'characters of four bytes',
    '\u{1F469}\u200D\u{1F4BB}\u{10FFFF}',
    '\u{1F469}\u200D\u{1F4BB}\u{10FFFF}',
    false,
  ],
  [
    'text that runs from right to left',
    '\u202Egpj.exe\u2066\u05D0',
    '\u202Egpj.exe\u2066\u05D0',
    false,
  ],
  ['characters without width', 'a\u200B\uFEFF\u{E0041}b', 'a\u200B\uFEFF\u{E0041}b', false],
  ['many combining characters', `e${'\u0301'.repeat(500)}`, `e${'\u0301'.repeat(500)}`, false],
  [
    'what the syntaxes of SQL and COPY read',
    `'); -- \\N \\. \t "{},$1`,
    `'); -- \\N \\. \t "{},$1`,
    false,
  ],
];

const AT = '2026-03-01T11:00:00Z';

/** A pull request that has a text wherever somebody can write one. */
function withText(number: number, text: string): PullRequestData {
  const comment = { author: 'bo', authorAssociation: 'MEMBER', createdAt: AT, body: text } as const;
  const signature = { name: text, email: 'ada@example.com', date: AT, login: 'ada' };
  return aPullRequest(number, {
    title: text,
    body: text,
    labels: [{ name: text, color: 'ff0000', addedAt: AT }],
    commits: [
      {
        oid: String(number).padStart(40, '0'),
        message: `${text}\n\nCo-authored-by: ${text} <bo@example.com>`,
        author: signature,
        committer: signature,
        pushedAt: AT,
        additions: 1,
        deletions: 0,
      },
    ],
    reviews: [
      {
        databaseId: 5_000 + number,
        author: 'bo',
        authorAssociation: 'MEMBER',
        state: 'COMMENTED',
        submittedAt: AT,
        body: text,
        commitOid: null,
      },
    ],
    reviewComments: [
      { ...comment, databaseId: 6_000 + number, reviewId: 5_000 + number, path: 'src/a.ts' },
    ],
    comments: [{ ...comment, databaseId: 7_000 + number }],
    files: [{ path: text, additions: 1, deletions: 0, changeType: 'ADDED', since: AT }],
  });
}

/** Everything that is stored of pull requests, but for when it was. */
const STORED = [
  'pull_request',
  'pull_request_label',
  'commit',
  'review',
  'comment',
  'pull_request_file',
]
  .map((table) => `SELECT '${table}', (to_jsonb(t) - 'synced_at')::text FROM "${table}" t`)
  .join(' UNION ALL ');

const readStored = async (of: StageWorld) => of.rows(`${STORED} ORDER BY 1, 2`);

describe('text of GitHub that is hostile', () => {
  it('is stored wherever it stands, cleaned and marked only where PostgreSQL cannot hold it', async () => {
    const of = await open(aSource(TEXTS.map(([, text], index) => withText(index + 1, text))));
    await of.syncPullRequests(SINCE);
    expect(
      await of.rows('SELECT number, title, text_cleaned FROM pull_request ORDER BY 1'),
    ).toEqual(TEXTS.map(([, , stored, isCleaned], index) => [index + 1, stored, isCleaned]));
    const expected = new Set(TEXTS.map(([, , stored]) => stored));
    for (const [table, column] of [
      ['pull_request_label', 'label'],
      ['review', 'body'],
      ['comment', 'body'],
      ['pull_request_file', 'path'],
    ]) {
      const rows = await of.rows(`SELECT DISTINCT "${column}" FROM "${table}"`);
      expect(new Set(rows.flat()), `${table}.${column}`).toEqual(expected);
    }
    expect(await of.rows('SELECT * FROM dead_letter')).toEqual([]);
  });

  it('is stored as the same again: what is cleaned once is no change', async () => {
    const of = await open(aSource(TEXTS.map(([, text], index) => withText(index + 1, text))));
    await of.syncPullRequests(SINCE);
    const before = await readStored(of);
    const asked = of.github.stats().requests.graphql;
    await of.rows('UPDATE repository SET page_size = 3, page_streak = -1000');
    // A longer history is asked for, so that every page is read again.
    await of.syncPullRequests(new Date('2025-06-01T00:00:00Z'));
    expect(of.github.stats().requests.graphql - asked).toBeGreaterThanOrEqual(TEXTS.length / 3);
    expect(await readStored(of)).toEqual(before);
    expect(before.length).toBeGreaterThan(TEXTS.length * 5);
  });
});

import { describe, expect, it } from 'vitest';
import { natureOf } from './nature-of.ts';

const REVERT_TITLES = [
  'Revert "Add search"',
  'revert: drop cache (#12)',
  'revert(api)!: drop cache',
  'Revert: drop cache',
  'revert!: drop cache',
  'Revert(api): drop cache',
  'REVERT "Add search"',
  'Revert “Add search”',
  "Revert 'Add search'",
  'Revert `Add search`',
  'Revert #12',
  'Revert PR #12',
  'Revert pull request #12 from acme/search',
  'Revert acme/api#12',
  'Revert https://github.com/acme/api/pull/12',
  'Revert 5e8e5223a8f0',
  'Revert commit 5e8e5223',
  'Revert commits 5e8e5223..bbfce642',
  'Revert merge of search',
  'Revert the new cache',
  'Revert add search',
  'Revert back to the old cache',
  'Revert to Node 20',
  'Reverts #12',
  'Reverts the new cache',
  'Reverted "Add search"',
  'This reverts the cache',
  'Reverting commit 5e8e5223',
  'Revert "Revert "Add search""',
  'Revert^2 "Add search"',
  'Revert "Reapply "Add search""',
  'Reapply "Add search"',
  'Reapply #12',
  '[Revert] Add search',
  '(revert) Add search',
  '[REVERT] Add search',
  '[release-1] Revert "Add search"',
  '[3.12] gh-1234: Revert "Add search"',
  'ABC-123: Revert "Add search"',
  'ABC-123 Revert "Add search"',
  '[ABC-123] revert: drop cache',
  'chore(revert): drop cache',
  'chore(revert)!: drop cache',
  'chore: revert "feat: add search"',
  'chore: revert the new cache',
  'chore(deps): revert "bump left-pad"',
  'fix: revert "feat: add search"',
  'fix(api): revert #12',
  'net/http: revert "net/http: keep idle connections"',
  'Draft: Revert "Add search"',
  'WIP: Revert "Add search"',
  'Partially revert "Add search"',
  'Temporarily revert the new cache',
  'Manual revert of #12',
  'Revert of Add search',
  'Backport of Revert "Add search"',
  'Hotfix: revert "Add search"',
  'Revert - drop cache',
  '⏪ Drop cache',
  '⏪️ Drop cache',
  ':rewind: drop cache',
  ':rewind: Revert "Add search"',
  'Back out "Add search"',
  'Back out the new cache',
  'Backout #12',
  'Backed out changeset 5e8e5223a8f0 (bug 12) for failures',
  'Back out commit 5e8e5223',
  'Roll back "Add search"',
  'Rollback "Add search"',
  'Rollback: drop cache',
  'rollback(api): drop cache',
  'Automated rollback of commit 5e8e5223a8f0',
  'Automated rollback of changelist 512345678',
  'Roll back the last release',
  'Rollback to v1.2.3',
  'Undo "Add search"',
  'Undo #12',
  'Revert the cache change because it fails when idle',
] as const;

const SPEAKING_TITLES = [
  'Add a revert button to the editor',
  'Docs: how to revert a migration',
  'feat: support reverting uploads',
  'Fix crash after reverted commits are shown',
  'Revert button is misplaced',
  'Revert and redo in the editor',
  'Revert is slow',
  'Revert endpoint: check permissions',
  'Reverting uploads fails with 500',
  'Reverted commits are shown twice',
  'Reverts of the week in the report',
  'Revertible migrations',
  'Revert-safe migrations',
  'Irreverent names',
  'feat: revert uploads from the admin page',
  'fix: revert button does nothing',
  'fix(revert): handle conflicts',
  'feat(revert): choose the commit',
  'docs: revert a release by hand',
  'Automatically revert failed deploys',
  'Revert uploads when the disk is full',
  'Roll back transactions on error',
  'Roll back the transaction',
  'Rollback on error',
  'Rollback button',
  'Back out of the dialog with Escape',
  'Backout plan',
  'Undo typing in the editor',
  'undo: keep the cursor',
  'undo(editor): keep the cursor',
  'Reapply migrations after a restore',
  'Add search, revert later',
  'Explain "Revert" in the guide',
  'Merge branch "revert" into main',
  'Revert',
  '',
] as const;

describe('titles', () => {
  it.each(REVERT_TITLES)('%s: is a revert', (title) => {
    expect(natureOf({ title }).isRevert).toBe(true);
  });

  it.each(SPEAKING_TITLES)('%s: is none', (title) => {
    expect(natureOf({ title }).isRevert).toBe(false);
  });

  it('of many characters are read in a moment', () => {
    for (const part of ['[a]', 'chore(a): ', 'A-1 ', 'revert ', '(', ':a:', '"', '#', '⏪']) {
      expect(natureOf({ title: part.repeat(60_000) }).reverts).toEqual([]);
    }
  });
});

const STATED: readonly (readonly [body: string, reverts: readonly string[]])[] = [
  ['Reverts acme/api#12', ['#12']],
  ['Reverts ACME/Api#12', ['#12']],
  ['Reverts acme/web#12', ['acme/web#12']],
  ['Reverts #12', ['#12']],
  ['Reverts #12.', ['#12']],
  ['Reverts #12, #13 and acme/web#7', ['#12', '#13', 'acme/web#7']],
  ['Reverts #12 & #13', ['#12', '#13']],
  ['Reverts #12-#14', ['#12', '#13', '#14']],
  ['Reverts #12..14', ['#12', '#13', '#14']],
  ['Reverts https://github.com/acme/api/pull/12', ['#12']],
  ['Reverts [#12](https://github.com/acme/api/pull/12)', ['#12']],
  ['**Reverts #12**', ['#12']],
  ['Reverts: #12', ['#12']],
  ['This reverts #12', ['#12']],
  ['This PR reverts pull request #12.', ['#12']],
  ['This reverts commit 5E8E5223a8f01b77.', ['5e8e5223a8f01b77']],
  [
    'This reverts commit 5e8e5223a8f01b77, reversing\nchanges made to bbfce642.',
    ['5e8e5223a8f01b77'],
  ],
  ['This reverts commits 5e8e5223..bbfce642.', ['5e8e5223..bbfce642']],
  ['Partially reverts #12', ['#12']],
  ['Rolls back #12', ['#12']],
  ['## What\r\n\r\nReverts acme/api#12\r\n\r\n- [x] tests', ['#12']],
  ['<!-- template -->\nReverts acme/api#12', ['#12']],
  ['It broke the login.\n\nReverts acme/api#12', ['#12']],
  ['Why:\n- it broke\n\nReverts acme/api#12', ['#12']],
  ['Reverts #12 (!)', ['#12']],
  ['Reverts #12 <!-- as GitHub writes it -->', ['#12']],
  ['- [x] Reverts #12', ['#12']],
  ['````\n```\n````\nReverts #12', ['#12']],
  ['- Reverts #12\n- Reverts #13', ['#12', '#13']],
  ['Reverts #12\nReverts #13', ['#12', '#13']],
];

const UNSTATED = [
  'This is not a revert of #12',
  'How to revert #12',
  'It reverts #12 by hand',
  'Does not revert #12',
  'Reverts #12 if the flag is off',
  'Reverts #12 when the user cancels, and #13 as well',
  'Reverts #12 because it broke the build',
  'Reverts #12, but keeps its tests',
  'Reverts #12?',
  'Reverts #12 in a later change\nReverts #13 too',
  '- Reverts #12 if it is too slow',
  'Reverts acme/api#12 only on Windows',
  'This reverts commit 5e8e5223a8f01b77 where it was picked.',
  '> Reverts #12',
  '>Reverts #12',
  '> > Reverts #12',
  '- > Reverts #12',
  '1. > Reverts #12',
  '- [ ] Reverts #12',
  '```\nReverts #12\n```',
  '    Reverts #12',
  '~~~\nReverts #12\n~~~',
  '````\n```\nReverts #12\n```\nReverts #12\n````',
  '```\n~~~\nReverts #12\n```',
  '```\n``` text\nReverts #12\n```',
  '```text\nReverts #12',
  '- ```\n  Reverts #12\n  ```',
  '\tReverts #12',
  '<!-- Reverts #12 -->',
  '<!--\nOf a revert:\n\nReverts #12\n-->\nAdds search',
  '<!-- Delete what is not so:\nReverts #12',
  '<details>\nReverts #12\n</details>',
  'Reverts the cache',
  'Reverts are shown in #12',
  'Changes:\n\n* Add search\n* Revert "Add cache"\n\nThis reverts commit 5e8e5223a8f01b77.',
  'Release notes:\n- Reverts #12',
  '`Reverts #12`',
];

describe('bodies', () => {
  it.each(STATED)('%j: reverts %j', (body, reverts) => {
    expect(natureOf({ body })).toEqual({ isRevert: true, isHotfix: false, reverts });
  });

  it.each(UNSTATED)('%j: reverts nothing', (body) => {
    expect(natureOf({ body })).toEqual({ isRevert: false, isHotfix: false, reverts: [] });
  });

  it('a range, however long, names fifty changes at most', () => {
    expect(natureOf({ body: 'Reverts #100-#999999999' }).reverts).toHaveLength(50);
    const many = Array.from({ length: 500 }, (_, index) => `#${index + 100}`).join(', ');
    expect(natureOf({ body: `Reverts ${many}` }).reverts).toHaveLength(50);
  });

  it('name what a revert by its title reverts, also where more is said of it', () => {
    const title = 'Revert "Add search"';
    expect(natureOf({ title, body: 'Reverts #12 because it broke' }).reverts).toEqual(['#12']);
    expect(natureOf({ title, body: '> Reverts #12 because it broke' }).reverts).toEqual([]);
  });

  it('never name the pull request itself', () => {
    expect(natureOf({ body: 'Reverts #40' }).reverts).toEqual([]);
  });

  it('of many characters are read in a moment', () => {
    for (const part of [
      'Reverts #1, ',
      '<details>',
      '<!--',
      '```\n',
      '- ',
      '> ',
      'Reverts #12\n',
      'Reverts #12!',
      '`',
      '````x',
      '\n- [ ] ',
      '*',
    ]) {
      expect(natureOf({ body: `Reverts #12\n${part.repeat(20_000)}x` }).reverts).not.toEqual([]);
      expect(natureOf({ body: part.repeat(20_000) }).reverts.length).toBeLessThanOrEqual(50);
    }
  });

  it('where they name nothing, the title of a revert does by an older number', () => {
    expect(natureOf({ title: 'Revert "Add search (#12)"' }).reverts).toEqual(['#12']);
    expect(natureOf({ title: 'revert: drop cache (#12)' }).reverts).toEqual(['#12']);
    expect(natureOf({ title: 'revert: drop cache (#40)' }).reverts).toEqual([]);
    expect(natureOf({ title: 'Add search (#12)' }).reverts).toEqual([]);
  });
});

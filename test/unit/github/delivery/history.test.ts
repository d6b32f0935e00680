import { describe, expect, it } from 'vitest';
import { mapHistory } from '../../../../src/github/delivery/history.ts';

const sha = (letter: string): string => letter.repeat(40);
const LAST = { hasNextPage: false, endCursor: null };

function historyOf(given: object) {
  return {
    history: {
      totalCount: 2,
      pageInfo: LAST,
      nodes: [
        {
          oid: sha('a'),
          committedDate: '2026-03-01T10:00:00Z',
          parents: { totalCount: 1, nodes: [{ oid: sha('b') }] },
        },
      ],
      ...given,
    },
  } as Parameters<typeof mapHistory>[0];
}

describe('a page of the history', () => {
  it('has each commit with its parents, and how many there are in all', () => {
    expect(mapHistory(historyOf({}), null)).toEqual({
      commits: [
        { sha: sha('a'), parents: [sha('b')], committedAt: new Date('2026-03-01T10:00:00Z') },
      ],
      ancestors: 2,
      nextCursor: null,
    });
  });

  it('does not know the parents of a commit that has more than were asked for', () => {
    const nodes = [
      {
        oid: sha('a'),
        committedDate: '2026-03-01T10:00:00Z',
        parents: { totalCount: 6, nodes: [{ oid: sha('b') }] },
      },
    ];
    expect(mapHistory(historyOf({ nodes }), null)?.commits).toMatchObject([{ parents: null }]);
  });

  it('takes a time that no clock has as one of long ago', () => {
    const nodes = [
      {
        oid: sha('a'),
        committedDate: '9999-01-01T00:00:00Z',
        parents: { totalCount: 0, nodes: [] },
      },
    ];
    expect(mapHistory(historyOf({ nodes }), null)?.commits).toMatchObject([
      { parents: [], committedAt: new Date(0) },
    ]);
  });

  it('is not there of what GitHub does not know, or what is no commit', () => {
    expect(mapHistory(null, null)).toBeNull();
    expect(mapHistory({}, null)).toBeNull();
  });

  it.each([
    ['an empty entry', { nodes: [null] }, /entry of the history is empty/],
    ['no list', { nodes: null }, /without its list/],
    [
      'the same cursor again',
      { pageInfo: { hasNextPage: true, endCursor: 'c1' } },
      /do not move on/,
    ],
    ['a count that is none', { totalCount: -1 }, /count of commits is -1/],
    [
      'a name that is too long',
      {
        nodes: [
          {
            oid: 'a'.repeat(65),
            committedDate: '2026-03-01T10:00:00Z',
            parents: { totalCount: 0, nodes: [] },
          },
        ],
      },
      /65 bytes/,
    ],
    [
      'a name with a blank',
      {
        nodes: [
          {
            oid: sha('a'),
            committedDate: '2026-03-01T10:00:00Z',
            parents: { totalCount: 1, nodes: [{ oid: 'b c' }] },
          },
        ],
      },
      /no name of a commit/,
    ],
  ])('proves nothing with %s', (_what, given, reason) => {
    expect(() => mapHistory(historyOf(given), 'c1')).toThrow(reason);
  });
});

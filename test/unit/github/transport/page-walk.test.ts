import { describe, expect, it } from 'vitest';
import { nextCursorOf, toGitHubCursor } from '../../../../src/github/transport/page-walk.ts';

const page = (endCursor: string | null, hasNextPage = true) => ({
  pageInfo: { hasNextPage, endCursor },
});

/** Walks over pages with these cursors of GitHub, and says how many it asked for and how it ended. */
function walk(endCursorOf: (page: number) => string, maxPages?: number) {
  let cursor: string | null = null;
  for (let pages = 1; ; pages += 1) {
    const endCursor = endCursorOf(pages);
    try {
      cursor = nextCursorOf(page(endCursor), cursor, maxPages);
    } catch (error) {
      return { pages, reason: (error as Error).message };
    }
    expect(toGitHubCursor(cursor)).toBe(endCursor);
  }
}

describe('a walk over pages', () => {
  it.each(
    [0, 1, 2, 3, 7, 8, 50].flatMap((before) =>
      [1, 2, 3, 5, 8, 100].map((period) => [before, period] as const),
    ),
  )('whose cursors come round after %i and every %i pages ends', (before, period) => {
    const { pages, reason } = walk((number) =>
      number <= before ? `${number}` : `round ${(number - before) % period}`,
    );
    expect(reason).toContain('do not move on');
    expect(pages).toBeGreaterThan(before + period);
    expect(pages).toBeLessThanOrEqual(3 * (before + period) + 1);
  });

  it('whose cursors alternate ends with the fourth page', () => {
    expect(walk((number) => (number % 2 === 0 ? 'B' : 'A'))).toMatchObject({ pages: 4 });
  });

  it('that has ever new cursors ends after the most pages that its list can have', () => {
    expect(walk((number) => `page ${number}`, 50)).toMatchObject({
      pages: 50,
      reason: expect.stringContaining('do not come to an end') as string,
    });
    expect(walk((number) => `page ${number}`)).toMatchObject({ pages: 10_000 });
  });

  it('keeps cursors of GitHub as they are, whatever they look like', () => {
    const texts = ['1:2:c1c1', ':', '0:0:', ' a b ', 'list x', 'ranges 0:1', '3:9999:', '€💥'];
    // Each comes back from the walk as it was; then the first one comes again.
    expect(walk((number) => texts[number - 1] ?? texts[0] ?? '', 9)).toMatchObject({ pages: 9 });
  });

  it('keeps no more than two of them', () => {
    let cursor: string | null = null;
    for (let number = 0; number < 100; number += 1) {
      cursor = nextCursorOf(page(`${number}`.padEnd(2_500, 'x')), cursor);
    }
    expect(cursor?.length).toBeLessThan(5_020);
  });

  it('goes on from a cursor that is of GitHub alone', () => {
    expect(toGitHubCursor('Y3Vyc29yOnYyOg==')).toBe('Y3Vyc29yOnYyOg==');
    expect(() => nextCursorOf(page('Y3Vyc29y'), 'Y3Vyc29y')).toThrow('do not move on');
    expect(toGitHubCursor(nextCursorOf(page('next'), 'Y3Vyc29y'))).toBe('next');
  });

  it('ends where the list does, whatever its last cursor is', () => {
    expect(nextCursorOf(page('a\0', false), 'first')).toBeNull();
    expect(toGitHubCursor(null)).toBeNull();
  });
});

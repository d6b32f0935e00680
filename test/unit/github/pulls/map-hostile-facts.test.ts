import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapPullRequest } from '../../../../src/github/pulls/map-facts.ts';
import type { PullRequestNode } from '../../../../src/github/pulls/pull-request-query.ts';
import { fullPullRequest, leavesOf, withLeaf, type Json } from './full-pull-request.ts';
import { rawPullRequest, type Given } from './raw-facts.ts';

const HOSTILE_TEXT = 'a\0b\uD83Dc\uDE00';
const CLEANED_TEXT = 'a\uFFFDb\uFFFDc\uFFFD';

const FULL = fullPullRequest() as unknown as Json;

/** Whether PostgreSQL takes every value of a fact, by the types of our columns. */
function findUnstorable(value: unknown, path = 'fact'): string[] {
  if (typeof value === 'string') {
    const isStorable =
      !value.includes('\0') && Buffer.from(value, 'utf8').toString('utf8') === value;
    return isStorable ? [] : [path];
  }
  if (typeof value === 'bigint') {
    // Accounts without an id have a negative one, which stands for their login.
    return value >= -(2n ** 62n) && value < 2n ** 63n ? [] : [path];
  }
  if (typeof value === 'number') {
    return Number.isInteger(value) && value >= 0 && value < 2 ** 31 ? [] : [path];
  }
  if (value instanceof Date) {
    return value.getTime() >= 0 && value.getTime() < Date.UTC(2101, 0) ? [] : [path];
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, child]) => findUnstorable(child, `${path}.${key}`));
  }
  return value === null || typeof value === 'boolean' ? [] : [path];
}

describe('a pull request with a value that cannot be', () => {
  it.each<[what: string, given: Given<PullRequestNode>, reason: RegExp]>([
    ['an unknown state', { state: 'QUEUED' }, /^state is "QUEUED", which is not known$/],
    ['merged without a time', { state: 'MERGED' }, /contradict/],
    ['a merge time without being merged', { mergedAt: '2025-12-17T10:00:00Z' }, /contradict/],
    ['no id', { fullDatabaseId: null }, /^id is missing/],
    ['an id that is no number', { fullDatabaseId: '12a' }, /^id is missing or no number$/],
    ['id zero', { fullDatabaseId: '0' }, /^id is missing or no number$/],
    ['an id of 64 bits and one', { fullDatabaseId: '9223372036854775808' }, /^id is/],
    ['a rounded id', { fullDatabaseId: 2 ** 53 }, /^id is/],
    ['number NaN', { number: Number.NaN }, /^number is NaN/],
    ['a negative number', { number: -1 }, /^number is -1/],
    ['number zero', { number: 0 }, /^number is 0/],
    ['a number beyond an integer', { number: 2 ** 31 }, /^number is 2147483648/],
    ['a broken number', { number: 1.5 }, /^number is 1.5/],
    ['negative additions', { additions: -1 }, /^additions is -1/],
    ['additions NaN', { additions: Number.NaN }, /^additions is NaN/],
    ['endless additions', { additions: Number.POSITIVE_INFINITY }, /^additions is Infinity/],
    ['half an addition', { additions: 0.5 }, /^additions is 0.5/],
    ['rounded additions', { additions: 2 ** 54 }, /^additions is 18014398509481984/],
    ['additions as text', { additions: '12' }, /^additions is 12/],
    ['no creation', { createdAt: null }, /^createdAt is no time of the years 1970 to 2100$/],
    ['a creation that is no time', { createdAt: 'yesterday' }, /^createdAt is no time/],
    ['a time as a number', { updatedAt: 0 }, /^updatedAt is no time/],
    ['a time without zone', { updatedAt: '2025-12-16T10:00:00' }, /^updatedAt is no time/],
    ['the 30th of February', { updatedAt: '2026-02-30T10:00:00Z' }, /^updatedAt is no time/],
    ['a year before the first', { updatedAt: '0000-12-31T10:00:00Z' }, /^updatedAt is no time/],
    [
      'a missing time as Go writes it',
      { mergedAt: '0001-01-01T00:00:00Z' },
      /^mergedAt is no time/,
    ],
    ['a year with signs', { updatedAt: '+275760-09-13T00:00:00Z' }, /^updatedAt is no time/],
    ['a zone into the next century', { updatedAt: '2100-12-31T23:00:00-02:00' }, /is no time/],
    ['no title', { title: null }, /^title is no text$/],
    ['a title that is none', { title: { text: 'x' } }, /^title is no text$/],
    ['a flag that is none', { isDraft: 'no' }, /^isDraft is neither true nor false$/],
    ['a body that is none', { body: ['x'] }, /^body is no text$/],
    ['comments that are no count', { totalCommentsCount: -1 }, /^count of comments is -1/],
    ['no word of a next page', { labels: { pageInfo: {}, nodes: [] } }, /^LABELS: hasNextPage is/],
    [
      'a next page without a cursor',
      { files: { pageInfo: { hasNextPage: true, endCursor: null }, nodes: [] } },
      /^FILES: .* not where it goes on$/,
    ],
    [
      'a cursor that could not be kept',
      { files: { pageInfo: { hasNextPage: true, endCursor: 'a\0' }, nodes: [] } },
      /^FILES: the cursor .* is no text that can be kept$/,
    ],
    ['a list that is none', { labels: { pageInfo: { hasNextPage: false }, nodes: 'x' } }, /./],
  ])('is rejected alone: %s', (_, given, reason) => {
    const result = mapPullRequest({ ...rawPullRequest(), ...given } as PullRequestNode);
    const rejected = { naturalKey: expect.any(String), reasonCode: 'UNREADABLE' };
    expect(result).toEqual({ ok: false, rejected: { ...rejected, reason: expect.any(String) } });
    expect(result.ok ? '' : result.rejected.reason).toMatch(reason);
    expect(mapPullRequest(rawPullRequest()).ok).toBe(true);
  });

  it('is rejected alone: a cursor as long as no key', () => {
    const pageInfo = { hasNextPage: true, endCursor: 'x'.repeat(2_501) };
    const result = mapPullRequest(rawPullRequest({ files: { pageInfo, nodes: [] } }));
    expect(result.ok ? '' : result.rejected.reason).toMatch(/ has 2501 bytes, more than 2500$/);
  });

  it('is named by its number where that can be read', () => {
    const named = mapPullRequest(rawPullRequest({ state: 'X' }));
    expect(named).toMatchObject({ ok: false, rejected: { naturalKey: '17' } });
    const nameless = mapPullRequest(null as unknown as PullRequestNode);
    expect(nameless).toMatchObject({ ok: false, rejected: { naturalKey: 'unknown' } });
  });

  it('is rejected with a reason that can be stored, of bounded length', () => {
    const state = `${'x'.repeat(489)}\u{1F680}\0${'y'.repeat(1_000_000)}`;
    const result = mapPullRequest(rawPullRequest({ state }));
    const reason = result.ok ? '' : result.rejected.reason;
    expect(reason.length).toBeLessThanOrEqual(500);
    expect(findUnstorable(reason)).toEqual([]);
  });
});

describe('texts from outside', () => {
  // A committer is looked at and not kept.
  const kept = leavesOf(FULL).filter((path) => !path.includes('committer'));
  const texts = kept.filter((path) =>
    /^(title|body|url|baseRefName|headRefName|headRefOid|login|name|slug|path|oid|messageHeadline|previousRefName|currentRefName|context)$/.test(
      path.at(-1) ?? '',
    ),
  );

  it('are cleaned wherever they stand, and the pull request says so', () => {
    expect(texts.length).toBeGreaterThan(30);
    for (const path of texts) {
      const raw = withLeaf(FULL, path, HOSTILE_TEXT) as PullRequestNode;
      const result = mapPullRequest(raw);
      const where = path.join('.');
      expect({ where, ...result }).toMatchObject({ where, ok: true, fact: { textCleaned: true } });
      const fact = result.ok ? result.fact : null;
      expect({ where, unstorable: findUnstorable(fact) }).toEqual({ where, unstorable: [] });
      const values = leavesOf(JSON.parse(JSON.stringify(fact, toText)) as Json);
      expect(values.length).toBeGreaterThan(30);
      expect(JSON.stringify(fact, toText)).toContain(CLEANED_TEXT);
    }
  });

  it('that can be stored are not touched: right to left, zero width, four bytes', () => {
    const title = '\u202Eשלום\u200B\u{1F680}\u0301';
    const result = mapPullRequest(rawPullRequest({ title }));
    expect(result).toMatchObject({ ok: true, fact: { title, textCleaned: false } });
  });
});

describe('any single value replaced by anything', () => {
  const anything = fc.oneof(
    fc.constantFrom<unknown>(null, undefined, true, '', '0', HOSTILE_TEXT, [], {}, 0, -1, 0.5),
    fc.constantFrom<unknown>(Number.NaN, 2 ** 31, 2 ** 53, 2 ** 64, -(2 ** 63), 10n ** 30n),
    fc.constantFrom<unknown>('+275760-09-13T00:00:00Z', '0000-01-01T00:00:00Z', 'x'.repeat(9999)),
    fc.integer(),
    fc.string(),
  );

  it('gives a fact that PostgreSQL can store, or a rejection with a reason', () => {
    fc.assert(
      fc.property(fc.constantFrom(...leavesOf(FULL)), anything, (path, leaf) => {
        const result = mapPullRequest(withLeaf(FULL, path, leaf) as PullRequestNode);
        expect(findUnstorable(result.ok ? result.fact : result.rejected)).toEqual([]);
        expect(result.ok || result.rejected.reason.length > 0).toBe(true);
      }),
      { numRuns: 1_500 },
    );
  });
});

function toText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

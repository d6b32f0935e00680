import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText } from '../../../../src/domain/core/clean-text.ts';
import { measureCpuMs } from '../../../support/cpu-time.ts';

const REPLACED = '\uFFFD';

/** UTF-16 as a hostile server may send it: any unit in any order, those that cannot be stored most of all. */
const anyUtf16 = fc
  .array(
    fc.oneof(
      fc.constantFrom(0, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xfffd),
      fc.integer({ min: 0xd800, max: 0xdfff }),
      fc.integer({ min: 0, max: 0xffff }),
    ),
    { maxLength: 60 },
  )
  .map((units) => String.fromCharCode(...units));

/** PostgreSQL stores what is valid UTF-8 without NUL. */
function isStorable(text: string): boolean {
  return !text.includes('\0') && Buffer.from(text, 'utf8').toString('utf8') === text;
}

describe('cleaning text', () => {
  it.each([
    ['NUL', 'a\0b', `a${REPLACED}b`],
    ['several NULs', '\0\0', REPLACED + REPLACED],
    ['a lone high surrogate', 'a\uD83Db', `a${REPLACED}b`],
    ['a lone low surrogate', 'a\uDE00b', `a${REPLACED}b`],
    ['a high surrogate at the end', 'a\uD83D', `a${REPLACED}`],
    ['a low surrogate at the start', '\uDE00a', `${REPLACED}a`],
    ['a pair the wrong way round', '\uDE00\uD83D', REPLACED + REPLACED],
    ['a high surrogate before a pair', '\uD83D\uD83D\uDE00', `${REPLACED}\u{1F600}`],
    ['a low surrogate after a pair', '\uD83D\uDE00\uDE00', `\u{1F600}${REPLACED}`],
    ['NUL inside a pair', '\uD83D\0\uDE00', REPLACED.repeat(3)],
  ])('replaces %s, and says so', (_, text, expected) => {
    expect(cleanText(text)).toEqual({ text: expected, cleaned: true });
  });

  it.each([
    ['nothing', ''],
    ['plain text', 'Fix the build'],
    ['characters of four bytes', 'ship it \u{1F680}\u{1F468}\u200D\u{1F4BB}'],
    ['text from right to left', 'שלום \u202Eabc\u202C'],
    ['zero-width characters', 'a\u200Bb\uFEFFc'],
    ['a pile of combining marks', `Z${'\u0301'.repeat(500)}`],
    ['other control characters', 'a\u0001\u001B[31m\u007F\u0085\n\tb'],
    ['a replacement character that was there before', `a${REPLACED}b`],
    ['the last code point', '\u{10FFFF}'],
  ])('leaves %s as it is', (_, text) => {
    expect(cleanText(text)).toEqual({ text, cleaned: false });
  });

  it('makes any text storable, at the same length, and is the same when done twice', () => {
    fc.assert(
      fc.property(anyUtf16, (text) => {
        const once = cleanText(text);
        expect(isStorable(once.text)).toBe(true);
        expect(once.text).toHaveLength(text.length);
        expect(once.cleaned).toBe(!isStorable(text));
        expect(cleanText(once.text)).toEqual({ text: once.text, cleaned: false });
      }),
      { numRuns: 500 },
    );
  });

  it('cleans a title of a megabyte in no time', () => {
    const hostile = '\uD83D\0\u{1F600}'.repeat(250_000);
    expect(measureCpuMs(() => cleanText(hostile))).toBeLessThan(1_000);
    const { text, cleaned } = cleanText(hostile);
    expect(cleaned).toBe(true);
    expect(isStorable(text)).toBe(true);
  });
});

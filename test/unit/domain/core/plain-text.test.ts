import { describe, expect, it } from 'vitest';
import { toPlainText } from '../../../../src/domain/core/plain-text.ts';

describe('a text in a line of the Temporal UI', () => {
  it.each([
    ['acme/api-2.x (main)', 'acme/api-2.x (main)'],
    ['[click](https://evil.example)', String.raw`\[click\](https\://evil.example)`],
    ['**bold** _it_ `code` ~~x~~', String.raw`\*\*bold\*\* \_it\_ \`code\` \~\~x\~\~`],
    ['<img src=x onerror=y>&amp;', String.raw`\<img src=x onerror=y\>\&amp;`],
    ['# a\n| b |\u2028c\u202E', '\\# a\uFFFD\\| b \\|\uFFFDc\uFFFD'],
    ['\\[', String.raw`\\\[`],
    ['\uD800', '\uFFFD'],
  ])('%j is %j', (given, shown) => {
    expect(toPlainText(given)).toBe(shown);
  });

  it.each(['a', '*', 'é', '漢', '😀'])(
    'of many %s is cut within its bytes, not within an escape',
    (one) => {
      for (const maxBytes of [50, 51, 52, 53, 400]) {
        const text = toPlainText(one.repeat(1_000), maxBytes);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxBytes);
        expect(Buffer.byteLength(text)).toBeGreaterThan(maxBytes - 5);
        expect(text.endsWith('…')).toBe(true);
        expect(text.isWellFormed()).toBe(true);
        expect(text.slice(0, -1).replaceAll(one === '*' ? String.raw`\*` : one, '')).toBe('');
      }
    },
  );
});

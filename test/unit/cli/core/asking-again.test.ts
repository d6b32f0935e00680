import { describe, expect, it } from 'vitest';
import { readRetryAfterMs } from '../../../../src/cli/core/asking-again.ts';

describe('retry-after', () => {
  const NOW = Date.parse('2026-03-04T12:00:00Z');
  it.each([
    ['5', 5_000],
    [' 0 ', 0],
    ['Wed, 04 Mar 2026 12:00:07 GMT', 7_000],
    ['Wed, 04 Mar 2026 11:00:00 GMT', 0],
    ['99999999999999999999', 60_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 60_000],
    ['-5', 0],
    ['soon', 0],
    ['', 0],
    [null, 0],
  ])('%j is bounded', (header, ms) => {
    expect(readRetryAfterMs(header, NOW)).toBe(ms);
  });
});

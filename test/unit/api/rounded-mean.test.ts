import fc from 'fast-check';
import { expect, it } from 'vitest';
import { roundedMean } from '../../../src/api/rounded-mean.ts';

it.each([
  [0n, 0n, null],
  [0n, 5n, 0],
  [5n, 2n, 3],
  [-5n, 2n, -3],
  [7n, 3n, 2],
  [8n, 3n, 3],
  [1n, 3n, 0],
  [9_007_199_254_740_992_000n, 1000n, 9_007_199_254_740_992],
])('the mean of %i over %i is %s', (sum, count, mean) => {
  expect(roundedMean(sum, count)).toBe(mean);
});

it('is never further from the mean than a half', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
      fc.bigInt({ min: 1n, max: 10n ** 6n }),
      (sum, count) => {
        const mean = BigInt(roundedMean(sum, count) ?? 0);
        const distance = sum - mean * count;
        expect(2n * (distance < 0n ? -distance : distance) <= count).toBe(true);
      },
    ),
  );
});

/** The mean of `count` values that add up to `sum`, rounded to a whole number half away from zero; null of none. */
export function roundedMean(sum: bigint, count: bigint): number | null {
  if (count === 0n) {
    return null;
  }
  const size = sum < 0n ? -sum : sum;
  const rounded = (2n * size + count) / (2n * count);
  return Number(sum < 0n ? -rounded : rounded);
}

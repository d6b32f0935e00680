import { describe, expect, it } from 'vitest';
import { comparisonCost, planDepth } from '../../../../src/domain/delivery/history-depth.ts';

/** Ranges of one line whose commits are as many as given, newest first, and how many lead to each base. */
function lineOf(lengths: readonly number[]) {
  const total = lengths.reduce((sum, length) => sum + length, 1);
  let left = total;
  const counts = new Map(lengths.map((length, index) => [`b${index}`, (left -= length)]));
  return {
    ranges: lengths.map((_, index) => ({ base: `b${index}` })),
    total,
    countOf: (sha: string): number | null => counts.get(sha) ?? null,
  };
}

const depthOf = ({ ranges, total, countOf }: ReturnType<typeof lineOf>, size = 100): number =>
  planDepth(ranges, total, countOf, size);

describe('how far back history is read', () => {
  it('is as far as its ranges reach, and two pages more for branches that began before', () => {
    expect(depthOf(lineOf(Array<number>(40).fill(9)))).toBe(4 + 2);
    expect(depthOf(lineOf(Array<number>(40).fill(9)), 25)).toBe(15 + 2);
  });

  it('is no further than the first page where comparing takes as many requests, and not so far where it takes fewer', () => {
    expect(depthOf(lineOf([90, 90, 90]))).toBe(1);
    expect(depthOf(lineOf([400, 400, 400]))).toBe(4);
    expect(depthOf(lineOf([20_000, 20_000, 20_000]))).toBe(0);
    expect(depthOf(lineOf([]))).toBe(0);
  });

  it('stops before a gap that no request less is worth', () => {
    const gap = lineOf([...Array<number>(30).fill(5), 20_000, 1]);
    expect(depthOf(gap)).toBe(2 + 2);
  });

  it('never takes more pages than comparing takes requests, of one line', () => {
    for (const [ranges, each] of [
      [49, 2_041],
      [49, 2_000],
      [10, 101],
      [7, 250],
      [300, 1],
    ] as const) {
      const lengths = Array<number>(ranges).fill(each);
      const compared = lengths.reduce((sum, length) => sum + comparisonCost(length), 0);
      expect(depthOf(lineOf(lengths))).toBeLessThanOrEqual(compared);
    }
  });

  it('is told by a sample of the ranges', () => {
    const { ranges, total, countOf } = lineOf(Array<number>(400).fill(7));
    const sampled = (sha: string) => (Number(sha.slice(1)) % 10 === 9 ? countOf(sha) : null);
    expect(planDepth(ranges, total, sampled, 100)).toBe(28 + 2);
  });
});

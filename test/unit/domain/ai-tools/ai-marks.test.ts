import { describe, expect, it } from 'vitest';
import { lookFor, OWN_CASES, TRIAL_CASES, type MarkCase } from './mark-fixtures.ts';

function toolsOf(one: MarkCase): string[] {
  return [...new Set(lookFor(one).map(({ tool }) => tool))];
}

/** Of all tools that were found, how many are right; of all that are there, how many were found. */
function measure(cases: readonly MarkCase[]): { precision: number; recall: number } {
  const found = cases.flatMap((one) => toolsOf(one).map((tool) => tool === one.tool));
  const there = cases.filter(({ tool }) => tool !== null);
  const right = there.filter((one) => toolsOf(one).some((tool) => tool === one.tool));
  return {
    precision: found.filter(Boolean).length / found.length,
    recall: right.length / there.length,
  };
}

describe('marks', () => {
  it.each(TRIAL_CASES)('of the trials: $kind $text is $tool', (one) => {
    expect(toolsOf(one)).toEqual(one.tool === null ? [] : [one.tool]);
  });

  it.each(OWN_CASES)('of our own: $kind $text is $tool', (one) => {
    expect(toolsOf(one)).toEqual(one.tool === null ? [] : [one.tool]);
  });

  it.each([
    ['the trials', TRIAL_CASES],
    ['our own', OWN_CASES],
  ])('of %s are found with full precision and recall, and there are enough of both', (_, cases) => {
    expect(measure(cases)).toEqual({ precision: 1, recall: 1 });
    expect(cases.filter(({ tool }) => tool !== null).length).toBeGreaterThan(40);
    expect(cases.filter(({ tool }) => tool === null).length).toBeGreaterThan(8);
  });
});

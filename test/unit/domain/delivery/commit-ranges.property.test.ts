import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findRange } from '../../../../src/domain/delivery/commit-ranges.ts';
import type { KnownCommit } from '../../../../src/domain/delivery/commit-walk.ts';
import { importHistory, type PlannedCommit } from './git-history.ts';

const hasGit = spawnSync('git', ['--version']).status === 0;

/** Ancestors of each commit by its position, itself included; commits come after their parents. */
function ancestorsOf(plan: readonly PlannedCommit[]): ReadonlySet<number>[] {
  const all: Set<number>[] = [];
  for (const [index, { parents }] of plan.entries()) {
    all.push(new Set([index, ...parents.flatMap((parent) => [...(all[parent] ?? [])])]));
  }
  return all;
}

const rangeOf = (ancestors: readonly ReadonlySet<number>[], base: number, head: number): string[] =>
  [...(ancestors[head] ?? [])].filter((one) => ancestors[base]?.has(one) !== true).map(String);

/** A history whose commits follow on recent ones mostly: branches that are merged, octopuses, roots, clocks that are wrong. */
const historiesOf = (minLength: number) =>
  fc
    .array(
      fc.record({
        // How far back the parents are, none at a root.
        back: fc.oneof(
          { weight: 6, arbitrary: fc.constant<number[]>([1]) },
          {
            weight: 3,
            arbitrary: fc.integer({ min: 2, max: 6 }).map((steps): number[] => [1, steps]),
          },
          {
            weight: 2,
            arbitrary: fc.integer({ min: 2, max: 12 }).map((steps): number[] => [steps]),
          },
          {
            weight: 1,
            arbitrary: fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 5 }),
          },
        ),
        skew: fc.oneof(
          { weight: 4, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.integer({ min: -2_000, max: 2_000 }) },
        ),
      }),
      { minLength, maxLength: 40 },
    )
    .map((commits) =>
      commits.map(({ back, skew }, index): PlannedCommit => ({
        parents: [...new Set(back.map((steps) => index - steps).filter((parent) => parent >= 0))],
        committedAt: 1_750_000_000 + index * 60 + skew,
      })),
    );

const HISTORY = historiesOf(2);

/** Which of the commits are known, each with what is known of it. */
const KNOWLEDGE = fc.record({
  // The newest ones, as a history is read; those of a sync before, with a gap between; or any.
  newest: fc.integer({ min: 0, max: 40 }),
  oldest: fc.integer({ min: 0, max: 20 }),
  holes: fc.array(fc.integer({ min: 0, max: 39 }), { maxLength: 4 }),
  withoutParents: fc.array(fc.integer({ min: 0, max: 39 }), { maxLength: 1 }),
  isCounted: fc.boolean(),
});

function knownPart(
  plan: readonly PlannedCommit[],
  ancestors: readonly ReadonlySet<number>[],
  knowledge: typeof KNOWLEDGE extends fc.Arbitrary<infer Value> ? Value : never,
) {
  const known = new Map<string, KnownCommit>();
  for (const [index, { parents, committedAt }] of plan.entries()) {
    const isRead =
      (index >= plan.length - knowledge.newest || index < knowledge.oldest) &&
      !knowledge.holes.includes(index);
    if (isRead) {
      known.set(String(index), {
        isRead: true,
        parents: knowledge.withoutParents.includes(index) ? null : parents.map(String),
        committedAt: committedAt * 1_000,
        ancestors: knowledge.isCounted ? (ancestors[index]?.size ?? 0) : null,
      });
    }
  }
  return known;
}

/** What only one of two lists has, or has more than once. */
const differences = (one: readonly string[], other: readonly string[]): string[] => [
  ...one.filter((sha, index) => !other.includes(sha) || one.indexOf(sha) !== index),
  ...other.filter((sha) => !one.includes(sha)),
];

describe('a range', () => {
  it('that is told of a part of a history is the one of the whole, whatever part is known', () => {
    let told = 0;
    fc.assert(
      fc.property(HISTORY, KNOWLEDGE, (plan, knowledge) => {
        const ancestors = ancestorsOf(plan);
        const known = knownPart(plan, ancestors, knowledge);
        const wrong: string[] = [];
        for (let head = plan.length - 1; head >= 0; head -= 1) {
          for (let base = 0; base < plan.length; base += 3) {
            const range = findRange((sha) => known.get(sha) ?? null, String(base), String(head));
            if (range.state === 'KNOWN') {
              told += 1;
              wrong.push(...differences(range.shas, rangeOf(ancestors, base, head)));
            }
          }
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: 1_500 },
    );
    expect(told).toBeGreaterThan(5_000);
  });

  it('is told of the whole history with its counts wherever the base is an ancestor and clocks are right', () => {
    fc.assert(
      fc.property(HISTORY, (skewed) => {
        const plan = skewed.map((commit, index) => ({ ...commit, committedAt: index }));
        const ancestors = ancestorsOf(plan);
        const all = { newest: 40, oldest: 0, holes: [], withoutParents: [], isCounted: true };
        const known = knownPart(plan, ancestors, all);
        for (let head = 0; head < plan.length; head += 1) {
          for (const base of ancestors[head] ?? []) {
            const range = findRange((sha) => known.get(sha) ?? null, String(base), String(head));
            expect(range.state).toBe('KNOWN');
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is the same whether its commits are loaded one by one or at once', () => {
    fc.assert(
      fc.property(HISTORY, KNOWLEDGE, (plan, knowledge) => {
        const known = knownPart(plan, ancestorsOf(plan), knowledge);
        const [base, head] = ['0', String(plan.length - 1)];
        const loaded = new Set<string>();
        let range = findRange(() => undefined, base, head);
        while (range.state === 'UNLOADED') {
          expect(range.missing.some((sha) => !loaded.has(sha))).toBe(true);
          range.missing.forEach((sha) => loaded.add(sha));
          range = findRange(
            (sha) => (loaded.has(sha) ? (known.get(sha) ?? null) : undefined),
            base,
            head,
          );
        }
        const atOnce = findRange((sha) => known.get(sha) ?? null, base, head);
        expect(range.state).toBe(atOnce.state);
      }),
      { numRuns: 300 },
    );
  });
});

describe.runIf(hasGit)('a range of a repository that git made', () => {
  it('is what `git rev-list base..head` lists', () => {
    const plans = fc.sample(historiesOf(25), { numRuns: 12, seed: 20_261_130 });
    let told = 0;
    const wrong: string[] = [];
    for (const plan of plans) {
      const { shas, range, countAncestors } = importHistory(plan);
      const known = new Map(
        plan.map(({ parents, committedAt }, index): [string, KnownCommit] => [
          shas[index] ?? '',
          {
            isRead: true,
            parents: parents.map((parent) => shas[parent] ?? ''),
            committedAt: committedAt * 1_000,
            ancestors: countAncestors(shas[index] ?? ''),
          },
        ]),
      );
      // The oldest quarter was never read.
      const unread = new Set(shas.slice(0, shas.length / 4));
      const history = (sha: string) => (unread.has(sha) ? null : (known.get(sha) ?? null));
      for (let head = shas.length - 1; head > 0; head -= 3) {
        for (let base = head - 1; base >= 0; base -= 2) {
          const found = findRange(history, shas[base] ?? '', shas[head] ?? '');
          if (found.state === 'KNOWN') {
            told += 1;
            wrong.push(...differences(found.shas, range(shas[base] ?? '', shas[head] ?? '')));
          }
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(told).toBeGreaterThan(100);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActorFact, ActorKind } from '../../../../src/domain/members/actor.ts';
import type { ReviewState } from '../../../../src/domain/pulls/github-facts.ts';
import {
  CHERRY_PICKED,
  computePhases,
  type PhaseInput,
} from '../../../../src/domain/pulls/pull-request-phases.ts';
import { aCommit, anActor, aReadyEvent, aReview } from '../../../support/rows/facts.ts';

const CREATED = Date.UTC(2026, 2, 4, 12);
const DAY_MS = 86_400_000;

/** Around the creation to the millisecond, 120 days before to 30 after; now and then absurd. */
const anInstant = fc
  .oneof(
    { weight: 8, arbitrary: fc.integer({ min: -120 * DAY_MS, max: 30 * DAY_MS }) },
    { weight: 4, arbitrary: fc.integer({ min: -5_000, max: 5_000 }) },
    { weight: 1, arbitrary: fc.constantFrom(-1.7e12, 8e12) },
  )
  .map((offset) => new Date(CREATED + offset));

const PEOPLE: readonly ActorFact[] = (
  [
    ['ana', 'HUMAN'],
    ['bo', 'HUMAN'],
    ['cy', 'HUMAN'],
    ['renovate', 'BOT'],
    ['devin', 'AI_AGENT'],
    ['ghost', 'UNKNOWN'],
  ] satisfies [string, ActorKind][]
).map(([login, kind]) => anActor({ login, kind }));

const anyReview = fc
  .record({
    author: fc.constantFrom(...PEOPLE),
    state: fc.constantFrom<ReviewState>('APPROVED', 'CHANGES_REQUESTED', 'COMMENTED', 'DISMISSED'),
    submittedAt: anInstant,
  })
  .map(aReview);

const anyInput: fc.Arbitrary<PhaseInput> = fc.record({
  title: fc.constantFrom('Add search', '[release-1] Add search'),
  baseBranch: fc.constantFrom('main', 'release-1'),
  author: fc.constantFrom(...PEOPLE),
  createdAt: fc.constant(new Date(CREATED)),
  mergedAt: fc.option(anInstant, { freq: 8 }),
  isDraft: fc.boolean(),
  events: fc.array(anInstant.map(aReadyEvent), { maxLength: 3 }),
  reviews: fc.array(anyReview, { maxLength: 6 }),
  commits: fc.array(
    fc
      .tuple(anInstant, anInstant, fc.constantFrom(null, CHERRY_PICKED))
      .map(([authoredAt, committedAt, body]) => aCommit({ authoredAt, committedAt, body })),
    { maxLength: 5 },
  ),
});

const seconds = (instant: Date): bigint => BigInt(Math.floor(instant.getTime() / 1000));

describe('the phases of any pull request', () => {
  it('add up to the time from start to merge, which is the cycle time', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const phases = computePhases(input);
        expect(phases.seconds === null).toBe(input.mergedAt === null);
        fc.pre(phases.seconds !== null && input.mergedAt !== null);
        const { coding, pickup, review, mergeWait, cycleTime } = phases.seconds;
        expect(coding + pickup + review + mergeWait).toBe(cycleTime);
        expect(cycleTime).toBe(seconds(input.mergedAt) - seconds(phases.startedAt));
      }),
      { numRuns: 1_000 },
    );
  });

  it('do not depend on the order in which facts come', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const reversed = {
          ...input,
          events: input.events.toReversed(),
          reviews: input.reviews.toReversed(),
          commits: input.commits.toReversed(),
        };
        expect(computePhases(reversed)).toEqual(computePhases(input));
      }),
      { numRuns: 300 },
    );
  });

  it('keep the order start, ready, first review, last approval, merge as far as the facts do', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const { startedAt, readyAt, firstReviewAt, lastApprovalAt } = computePhases(input);
        expect(readyAt === null).toBe(input.isDraft && input.mergedAt === null);
        expect(readyAt === null || startedAt <= readyAt).toBe(true);
        expect(readyAt === null || readyAt >= input.createdAt).toBe(true);
        expect(startedAt.getTime()).toBeGreaterThanOrEqual(CREATED - 90 * DAY_MS);
        const moments = [firstReviewAt, lastApprovalAt, input.mergedAt].filter((at) => at !== null);
        expect(moments).toEqual(moments.toSorted((a, b) => a.getTime() - b.getTime()));
        expect(lastApprovalAt === null || firstReviewAt !== null).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("are the same without the author's own reviews, those of others than people, and late ones", () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const reviews = input.reviews.filter(
          ({ author, submittedAt }) =>
            author.kind !== 'BOT' &&
            author.kind !== 'AI_AGENT' &&
            author.githubId !== input.author.githubId &&
            submittedAt.getTime() <= (input.mergedAt?.getTime() ?? Infinity),
        );
        expect(computePhases({ ...input, reviews })).toEqual(computePhases(input));
      }),
      { numRuns: 300 },
    );
  });

  it('begin earlier with an older commit, never later, and a lone one counts ten days at the most', () => {
    const age = fc.integer({ min: 0, max: 400 * DAY_MS });
    const startOf = (input: PhaseInput) => computePhases(input).startedAt.getTime();
    fc.assert(
      fc.property(anyInput, age, age, (input, one, other) => {
        const lone = (ms: number) => {
          const commits = [aCommit({ authoredAt: new Date(CREATED - ms) })];
          return startOf({ ...input, title: 'Add search', baseBranch: 'main', commits });
        };
        expect(lone(one)).toBe(CREATED - Math.min(one, 10 * DAY_MS));
        expect(lone(Math.max(one, other))).toBeLessThanOrEqual(lone(Math.min(one, other)));
        const more = [...input.commits, aCommit({ authoredAt: new Date(CREATED - other) })];
        expect(startOf({ ...input, commits: more })).toBeLessThanOrEqual(startOf(input));
      }),
      { numRuns: 1_000 },
    );
  });

  it('of a backport begin no earlier than those of other work', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const plain = { ...input, title: 'Add search', baseBranch: 'main' };
        const backport = { ...plain, baseBranch: 'release-1' };
        const { startedAt } = computePhases(backport);
        expect(startedAt >= computePhases(plain).startedAt).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

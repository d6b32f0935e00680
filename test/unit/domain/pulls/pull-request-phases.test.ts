import { describe, expect, it } from 'vitest';
import { classifyActor } from '../../../../src/domain/members/actor.ts';
import {
  computePhases,
  type PhaseInput,
} from '../../../../src/domain/pulls/pull-request-phases.ts';
import {
  aCommit,
  anActor,
  aPullRequest,
  aReadyEvent,
  aReview,
  hoursAfter,
} from '../../../support/rows/facts.ts';

const CREATED = new Date('2025-12-16T10:00:00Z');
const BO = anActor({ login: 'bo' });
const CY = anActor({ login: 'cy' });
const BOT = anActor({ login: 'coderabbitai', kind: 'BOT' });
const AGENT = anActor({ login: 'copilot-swe-agent', kind: 'AI_AGENT' });
const GHOST = anActor({ login: 'ghost', kind: 'UNKNOWN' });
const MANNEQUIN = anActor({
  login: 'mona-import',
  ...classifyActor('mona-import', 'Mannequin'),
});

/** Hours after the creation, as an instant. */
function at(hours: number): Date {
  return hoursAfter(CREATED, hours);
}

function phasesOf(given: Partial<PhaseInput>) {
  return computePhases({ ...aPullRequest({ createdAt: CREATED }), ...given });
}

/** Phases in hours: coding, pickup, review, merge wait, all. */
function hoursOf(given: Partial<PhaseInput>): number[] | null {
  const { seconds } = phasesOf(given);
  return seconds === null
    ? null
    : [seconds.coding, seconds.pickup, seconds.review, seconds.mergeWait, seconds.cycleTime].map(
        (value) => Number(value) / 3600,
      );
}

const committed = [aCommit({ authoredAt: at(-5) }), aCommit({ authoredAt: at(-3) })];
const comment = aReview({ author: BO, submittedAt: at(2) });
const approval = aReview({ author: CY, state: 'APPROVED', submittedAt: at(7) });

describe('the four cases of a merged pull request', () => {
  it('with review and approval each phase has its part', () => {
    const reviews = [comment, approval];
    expect(hoursOf({ mergedAt: at(10), commits: committed, reviews })).toEqual([5, 2, 5, 3, 15]);
  });

  it('with a review only, the review lasts until the merge', () => {
    const reviews = [comment];
    expect(hoursOf({ mergedAt: at(10), commits: committed, reviews })).toEqual([5, 2, 8, 0, 15]);
  });

  it('with an approval only, the approval is the first review', () => {
    const reviews = [approval];
    expect(hoursOf({ mergedAt: at(10), commits: committed, reviews })).toEqual([5, 7, 0, 3, 15]);
  });

  it('with neither, the pickup lasts until the merge', () => {
    expect(hoursOf({ mergedAt: at(10), commits: committed })).toEqual([5, 10, 0, 0, 15]);
  });
});

describe('phases', () => {
  it('are not known before the merge, but the moments are', () => {
    expect(phasesOf({ commits: committed, reviews: [comment, approval] })).toEqual({
      startedAt: at(-5),
      readyAt: CREATED,
      firstReviewAt: at(2),
      lastApprovalAt: at(7),
      seconds: null,
    });
  });

  it('take the last of several approvals and the first of several reviews, in any order', () => {
    const reviews = [
      aReview({ author: BO, state: 'APPROVED', submittedAt: at(4) }),
      aReview({ author: CY, state: 'CHANGES_REQUESTED', submittedAt: at(1) }),
      aReview({ author: CY, state: 'APPROVED', submittedAt: at(6) }),
      aReview({ author: BO, state: 'COMMENTED', submittedAt: at(8) }),
    ];
    expect(hoursOf({ mergedAt: at(10), reviews })).toEqual([0, 1, 5, 4, 10]);
    expect(hoursOf({ mergedAt: at(10), reviews: reviews.toReversed() })).toEqual([0, 1, 5, 4, 10]);
  });

  it('count a dismissed review as a review and not as an approval', () => {
    const reviews = [aReview({ author: BO, state: 'DISMISSED', submittedAt: at(3) })];
    expect(hoursOf({ mergedAt: at(10), reviews })).toEqual([0, 3, 7, 0, 10]);
  });

  it('count whole seconds: instants are floored, so parts and whole agree', () => {
    const { seconds } = phasesOf({
      mergedAt: new Date('2025-12-16T10:00:03.100Z'),
      reviews: [
        aReview({ author: BO, submittedAt: new Date('2025-12-16T10:00:00.999Z') }),
        aReview({
          author: CY,
          state: 'APPROVED',
          submittedAt: new Date('2025-12-16T10:00:02.001Z'),
        }),
      ],
    });
    const expected = { coding: 0n, pickup: 0n, review: 2n, mergeWait: 1n, cycleTime: 3n };
    expect(seconds).toEqual(expected);
  });
});

describe('who reviews', () => {
  it.each([
    ['the author', anActor()],
    ['a bot', BOT],
    ['an AI agent', AGENT],
  ])('%s neither starts nor ends the review', (_, author) => {
    const reviews = [
      aReview({ author, submittedAt: at(1) }),
      aReview({ author, state: 'APPROVED', submittedAt: at(9) }),
    ];
    expect(hoursOf({ mergedAt: at(10), reviews })).toEqual([0, 10, 0, 0, 10]);
    const more = [...reviews, comment, approval];
    expect(hoursOf({ mergedAt: at(10), reviews: more })).toEqual([0, 2, 5, 3, 10]);
  });

  it.each([
    ['an account that GitHub no longer names', GHOST],
    ['a placeholder of an imported account', MANNEQUIN],
  ])('%s starts and ends the review as a person does', (_, author) => {
    const reviews = [
      aReview({ author, submittedAt: at(1) }),
      aReview({ author, state: 'APPROVED', submittedAt: at(9) }),
    ];
    expect(hoursOf({ mergedAt: at(10), reviews })).toEqual([0, 1, 8, 1, 10]);
    expect(hoursOf({ author, mergedAt: at(10), reviews })).toEqual([0, 10, 0, 0, 10]);
  });

  it('the author is known by account, not by name', () => {
    const renamed = anActor({ login: 'ana-new', githubId: anActor().githubId });
    const namesake = anActor({ login: 'ana', githubId: 99n });
    const review = (author: typeof BO) => aReview({ author, submittedAt: at(1) });
    expect(phasesOf({ reviews: [review(renamed)] }).firstReviewAt).toBeNull();
    expect(phasesOf({ reviews: [review(namesake)] }).firstReviewAt).toEqual(at(1));
  });

  it("an AI agent's pull request is reviewed by people", () => {
    const reviews = [aReview({ author: AGENT, submittedAt: at(1) }), comment];
    expect(phasesOf({ author: AGENT, reviews }).firstReviewAt).toEqual(at(2));
  });

  it('reviews after the merge are ignored, one at the very moment is not', () => {
    const late = aReview({ author: BO, state: 'APPROVED', submittedAt: hoursAfter(at(10), 1e-6) });
    expect(hoursOf({ mergedAt: at(10), reviews: [late] })).toEqual([0, 10, 0, 0, 10]);
    const justInTime = aReview({ author: BO, state: 'APPROVED', submittedAt: at(10) });
    expect(phasesOf({ mergedAt: at(10), reviews: [justInTime] }).lastApprovalAt).toEqual(at(10));
  });
});

describe('ready for review', () => {
  const review = aReview({ author: BO, submittedAt: at(6) });

  it('is the creation where nobody said otherwise', () => {
    expect(phasesOf({}).readyAt).toEqual(CREATED);
  });

  it('is the last such event before the first review by a person', () => {
    const events = [at(1), at(4), at(8)].map(aReadyEvent);
    expect(phasesOf({ events, reviews: [review] }).readyAt).toEqual(at(4));
    const bots = [aReview({ author: BOT, submittedAt: at(2) })];
    expect(phasesOf({ events, reviews: [...bots, review] }).readyAt).toEqual(at(4));
    expect(phasesOf({ events: events.toReversed() }).readyAt).toEqual(at(8));
  });

  it('is shown by no other event', () => {
    const events = (['CONVERT_TO_DRAFT', 'REVIEW_REQUESTED', 'REOPENED'] as const).map((kind) => ({
      ...aReadyEvent(at(4)),
      kind,
    }));
    expect(phasesOf({ events, reviews: [review] }).readyAt).toEqual(CREATED);
  });

  it('is the creation when a draft was reviewed before it was ready', () => {
    const draft = { events: [aReadyEvent(at(8))], reviews: [review], mergedAt: at(10) };
    expect(phasesOf(draft).readyAt).toEqual(CREATED);
    expect(hoursOf(draft)).toEqual([0, 6, 4, 0, 10]);
  });

  it('is the last such event before the merge where nobody reviewed', () => {
    const events = [at(3), at(12)].map(aReadyEvent);
    expect(phasesOf({ events, mergedAt: at(10) }).readyAt).toEqual(at(3));
  });

  it('leaves the time as a draft to coding', () => {
    const given = { events: [aReadyEvent(at(4))], reviews: [review], mergedAt: at(10) };
    expect(hoursOf({ ...given, commits: committed })).toEqual([9, 2, 4, 0, 15]);
  });
});

describe('the start', () => {
  const days = (count: number) => at(-24 * count);

  it('is the earliest author date, not the date of a rebase', () => {
    const rebased = aCommit({ authoredAt: at(-20), committedAt: at(-1) });
    expect(phasesOf({ commits: [aCommit({ authoredAt: at(-2) }), rebased] }).startedAt).toEqual(
      at(-20),
    );
  });

  it('is no commit of another branch: one picked after 49 days is none of a backport', () => {
    const picked = aCommit({ authoredAt: days(49) });
    const titles = ['[release-1] Fix', 'Backport #12', 'fix: leak (cherry-picked)', '[1.x] Fix'];
    const bases = ['release-1', 'release/1.2', 'stable/2', 'v1.x', '1.2.3'];
    const shown = [
      ...bases.map((baseBranch) => ({ baseBranch })),
      ...titles.map((title) => ({ title })),
    ];
    for (const given of shown) {
      const commits = [picked];
      expect(hoursOf({ ...given, commits, mergedAt: at(1) })).toEqual([0, 1, 0, 0, 1]);
      const more = [aCommit({ authoredAt: at(-3) }), picked];
      expect(phasesOf({ ...given, commits: more }).startedAt).toEqual(at(-3));
    }
  });

  it('lies a pause of ten days before the rest where a commit is older', () => {
    for (const age of [10, 11, 49, 89, 91, 4_000]) {
      const commits = [aCommit({ authoredAt: days(age) })];
      expect(phasesOf({ commits }).startedAt).toEqual(days(10));
      const more = [aCommit({ authoredAt: days(2) }), ...commits];
      expect(phasesOf({ commits: more }).startedAt).toEqual(days(Math.min(age, 12)));
    }
  });

  it('goes back over pauses of ten days, from the creation on', () => {
    const run = [days(10), days(20), days(29)].map((authoredAt) => aCommit({ authoredAt }));
    expect(phasesOf({ commits: run }).startedAt).toEqual(days(29));
    expect(phasesOf({ commits: run.toReversed() }).startedAt).toEqual(days(29));
    const broken = [days(10), new Date(days(20).getTime() - 1), days(21)];
    const commits = broken.map((authoredAt) => aCommit({ authoredAt }));
    expect(phasesOf({ commits }).startedAt).toEqual(days(20));
    // The time as a draft is no pause.
    const draft = {
      events: [aReadyEvent(at(24 * 40))],
      commits: [aCommit({ authoredAt: at(-2) })],
    };
    expect(phasesOf(draft).startedAt).toEqual(at(-2));
  });

  it('shows in commit dates too: work that was rebased goes on, picked commits begin when they were picked', () => {
    const rebased = aCommit({ authoredAt: days(14), committedAt: days(6) });
    expect(phasesOf({ commits: [rebased] }).startedAt).toEqual(days(14));
    const picked = aCommit({ authoredAt: days(49), committedAt: at(-1) });
    expect(phasesOf({ commits: [picked] }).startedAt).toEqual(at(-1));
    const named = { body: 'Why.\n\n(cherry picked from commit 5e8e5223a8f01b77)' };
    const recent = aCommit({ ...named, authoredAt: days(3), committedAt: at(-1) });
    expect(phasesOf({ commits: [recent] }).startedAt).toEqual(at(-1));
  });

  it('lies at most 90 days before the creation', () => {
    const weekly = Array.from({ length: 20 }, (_, week) => aCommit({ authoredAt: days(week * 7) }));
    expect(phasesOf({ commits: weekly }).startedAt).toEqual(days(90));
  });

  it('is not after the moment of being ready', () => {
    const late = [aCommit({ authoredAt: at(3) })];
    expect(phasesOf({ commits: late }).startedAt).toEqual(CREATED);
    expect(phasesOf({ commits: late, events: [aReadyEvent(at(4))] }).startedAt).toEqual(at(3));
    expect(phasesOf({ commits: [] }).startedAt).toEqual(CREATED);
  });

  it('counts commits of anybody, also without an account', () => {
    const commits = [
      aCommit({ authoredAt: at(-2) }),
      aCommit({ author: null, authoredAt: at(-4) }),
      aCommit({ author: BOT, authoredAt: at(-6) }),
    ];
    expect(phasesOf({ commits }).startedAt).toEqual(at(-6));
  });
});

describe('the time to the first review', () => {
  it.each([
    ['2025-12-16T02:00:00Z', ['2025-12-16T09:00:00Z', '2025-12-16T03:30:00Z'], 5_400],
    ['2025-12-01T00:00:00Z', ['2025-12-03T12:20:00Z'], 217_200],
    ['2025-12-01T00:00:00Z', ['2025-12-01T05:00:00Z', '2025-12-01T02:00:00Z'], 7_200],
    ['2025-12-01T00:00:00Z', [], null],
  ])('of one opened at %s and reviewed at %j is %j seconds', (created, reviewed, expected) => {
    const { firstReviewAt } = phasesOf({
      createdAt: new Date(created),
      reviews: reviewed.map((time) => aReview({ author: BO, submittedAt: new Date(time) })),
    });
    const seconds =
      firstReviewAt === null ? null : (firstReviewAt.getTime() - Date.parse(created)) / 1000;
    expect(seconds).toBe(expected);
  });
});

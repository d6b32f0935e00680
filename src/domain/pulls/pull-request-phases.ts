import { isReviewer, type ActorFact } from '../members/actor.ts';
import { readTitleHead } from './title-form.ts';
import type { CommitFact, PullRequestEventFact, ReviewFact } from './github-facts.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Work counts from so long before the creation at the most. */
const MAX_COMMIT_AGE_MS = 90 * DAY_MS;

/** A pause in the work, such as from one weekend to the next, counts as so much at the most: the rest of it was none. */
const MAX_PAUSE_MS = 10 * DAY_MS;

/** Branches that changes are picked to from where they were made. */
const RELEASE =
  /^(?:release|releases|rel|stable|support|maintenance|maint|lts|backports?|hotfix)[-/_.]|^v?\d+(?:[.][\dx]+)+$/i;

const BACKPORT = /\bback-?port(?:s|ed|ing)?\b|\bcherry[- ]?pick(?:s|ed|ing)?\b/i;

/** What `git cherry-pick -x` adds to a message. */
export const CHERRY_PICKED = '(cherry picked from commit ';

export interface PhaseInput {
  readonly title: string;
  readonly baseBranch: string;
  readonly author: Pick<ActorFact, 'githubId'>;
  readonly createdAt: Date;
  readonly mergedAt: Date | null;
  readonly isDraft: boolean;
  readonly events: readonly Pick<PullRequestEventFact, 'kind' | 'occurredAt'>[];
  readonly reviews: readonly (Pick<ReviewFact, 'state' | 'submittedAt'> & {
    readonly author: Pick<ActorFact, 'githubId' | 'kind'>;
  })[];
  /** Of the body only whether it holds `CHERRY_PICKED` counts. */
  readonly commits: readonly Pick<CommitFact, 'authoredAt' | 'committedAt' | 'body'>[];
}

/** Durations in whole seconds; `cycleTime` is the sum of the four others. */
export interface PhaseSeconds {
  readonly coding: bigint;
  readonly pickup: bigint;
  readonly review: bigint;
  readonly mergeWait: bigint;
  readonly cycleTime: bigint;
}

export interface PullRequestPhases {
  /** First commit, no later than `readyAt`. */
  readonly startedAt: Date;
  /** Null of a draft that was not merged: it was not ready yet, or not any more. */
  readonly readyAt: Date | null;
  /** First review by anyone who is not the author, a bot or an AI agent. */
  readonly firstReviewAt: Date | null;
  /** Last approval by such a reviewer, not after the merge. */
  readonly lastApprovalAt: Date | null;
  /** Null unless merged. */
  readonly seconds: PhaseSeconds | null;
}

/** Whole seconds of an instant: floors once, so that differences of instants add up exactly. */
function epochSeconds(instant: Date): bigint {
  return BigInt(Math.floor(instant.getTime() / 1000));
}

/**
 * When work began, as far as the pull request shows it: the first date in an unbroken run of dates back from the
 * creation. Dates are those on which commits were authored and committed (of those that say they were picked, committed
 * only); after the creation all count. Where whole commits lie before the run, it begins earlier by a pause at the most;
 * not where the pull request brings them from another branch, which is no work of its own.
 */
function firstCommitOf(input: PhaseInput): Date | undefined {
  const created = input.createdAt.getTime();
  const commits = input.commits.map(({ authoredAt, committedAt, body }) => {
    const isPicked = body?.includes(CHERRY_PICKED) === true;
    const dates = (isPicked ? [committedAt] : [authoredAt, committedAt]).map((at) => at.getTime());
    return { dates, last: Math.max(...dates), isPicked };
  });
  let first: number | undefined;
  for (const date of commits.flatMap(({ dates }) => dates).toSorted((a, b) => b - a)) {
    if (date < earliestCounted(first, created)) {
      break;
    }
    first = date;
  }
  const reached = Math.min(first ?? created, created);
  const before = commits.filter(({ last, isPicked }) => last < reached && !isPicked);
  if (before.length > 0 && !isBackport(input)) {
    first = earliestCounted(reached, created);
  }
  return first === undefined ? undefined : new Date(first);
}

/** How far back from what is reached of a run it may go on. */
function earliestCounted(first: number | undefined, created: number): number {
  return Math.max(Math.min(first ?? created, created) - MAX_PAUSE_MS, created - MAX_COMMIT_AGE_MS);
}

/** Whether a pull request says, by its base or its title, that it brings commits of another branch. */
function isBackport({ title, baseBranch }: PhaseInput): boolean {
  const { tags } = readTitleHead(title, () => false);
  return RELEASE.test(baseBranch) || BACKPORT.test(title) || tags.some((tag) => RELEASE.test(tag));
}

function earliest(instants: readonly Date[]): Date | undefined {
  return instants.toSorted((a, b) => a.getTime() - b.getTime())[0];
}

function latest(instants: readonly Date[]): Date | undefined {
  return instants.toSorted((a, b) => b.getTime() - a.getTime())[0];
}

/**
 * Computes the phases of a pull request's life (cycle time to merge = coding + pickup + review +
 * merge wait, in all four cases: review and approval, review only, approval only, neither). Reviews after the merge
 * and those of the author, of bots and of AI agents are ignored; without a review the pickup lasts until the merge.
 */
export function computePhases(input: PhaseInput): PullRequestPhases {
  const byOthers = input.reviews.filter(
    (review) =>
      isReviewer(review.author.kind) &&
      review.author.githubId !== input.author.githubId &&
      (input.mergedAt === null || review.submittedAt <= input.mergedAt),
  );
  const firstReviewAt = earliest(byOthers.map((review) => review.submittedAt)) ?? null;
  const approvals = byOthers.filter((review) => review.state === 'APPROVED');
  const lastApprovalAt = latest(approvals.map((review) => review.submittedAt)) ?? null;

  const readyBefore = firstReviewAt ?? input.mergedAt;
  const readyEvents = input.events
    .filter((event) => event.kind === 'READY_FOR_REVIEW')
    .map((event) => event.occurredAt)
    .filter((at) => at >= input.createdAt && (readyBefore === null || at <= readyBefore));
  const readyAt = latest(readyEvents) ?? input.createdAt;

  const firstCommitAt = firstCommitOf(input);
  const startedAt =
    firstCommitAt !== undefined && firstCommitAt < readyAt ? firstCommitAt : readyAt;

  return {
    startedAt,
    readyAt: input.isDraft && input.mergedAt === null ? null : readyAt,
    firstReviewAt,
    lastApprovalAt,
    seconds: input.mergedAt === null ? null : computePhaseSeconds(input.mergedAt),
  };

  function computePhaseSeconds(mergedAt: Date): PhaseSeconds {
    const started = epochSeconds(startedAt);
    const ready = epochSeconds(readyAt);
    const merged = epochSeconds(mergedAt);
    const reviewed = firstReviewAt === null ? merged : epochSeconds(firstReviewAt);
    const approved = lastApprovalAt === null ? merged : epochSeconds(lastApprovalAt);
    return {
      coding: ready - started,
      pickup: reviewed - ready,
      review: approved - reviewed,
      mergeWait: merged - approved,
      cycleTime: merged - started,
    };
  }
}

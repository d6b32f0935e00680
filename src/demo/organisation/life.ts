import type { FileData, Instant, PullRequestData } from '../core/github-data.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './calendar.ts';
import { changedFiles, dependencyFiles, revertedFiles } from './change-files.ts';
import { endingFor, roundsFor } from './course.ts';
import { ACTIONS_BOT, REVIEW_BOT } from './people.ts';
import type { Person } from './people.ts';
import {
  FIX_UPS,
  addComment,
  addCommit,
  addEvent,
  addFixUp,
  addReview,
  instant,
  whenWriterActs,
} from './story.ts';
import type { Opening, Story } from './story.ts';
import { pickAssistant, pickReviewers } from './writers.ts';

/** A pull request from its first commit to its end. Ids count from 1 within it and it has no number yet. */
export interface Life {
  readonly opening: Opening;
  readonly mergedAt: number | null;
  readonly data: Omit<PullRequestData, 'number' | 'databaseId'>;
}

const MADE_WITH_CLAUDE = '\n\n🤖 Generated with [Claude Code](https://claude.com/claude-code)';

/** Lives a pull request through: commits, drafts, rounds of review, its end. The future is part of it. */
export function live(opening: Opening): Life {
  const { random, writer, repository, kind, at } = opening;
  const story: Story = {
    opening,
    assistant: pickAssistant(random, writer, at),
    commits: [],
    reviews: [],
    reviewComments: [],
    comments: [],
    events: [],
    files: filesOf(opening),
  };
  writeFirstCommits(story);
  const isDraft = kind === 'FEATURE' && random.chance(writer.isMachine ? 0.8 : 0.22);
  const ending = endingFor(random, kind, writer);
  if (isDraft && ending === 'LEFT_OPEN') {
    return lifeOf(story, isDraft, NO_END);
  }
  const readyAt = isDraft ? leaveDraft(story) : at;
  const rounds = roundsFor(random, kind, ending, writer);
  const reviewers = pickReviewers(random, repository, writer, random.chance(0.3) ? 2 : 1);
  askForReviews(story, reviewers, readyAt);
  const reviewedAt = reviewInRounds(story, reviewers, rounds, readyAt, ending === 'MERGED');
  return lifeOf(story, isDraft, finish(story, ending, reviewedAt));
}

function lifeOf(story: Story, isDraft: boolean, end: End): Life {
  const { opening } = story;
  const { random, writer, text, at } = opening;
  return {
    opening,
    mergedAt: end.mergedAt,
    data: {
      title: text.title,
      body: story.assistant === 'CLAUDE' ? `${text.body}${MADE_WITH_CLAUDE}` : text.body,
      author: writer.login,
      authorAssociation: writer.association,
      baseRefName: 'main',
      headRefName: text.branch,
      headOwner: writer.association === 'MEMBER' || writer.isMachine ? null : writer.login,
      headOid: null,
      createdAt: instant(at),
      updatedAt: null,
      openedAsDraft: isDraft,
      mergedAt: end.mergedAt === null ? null : instant(end.mergedAt),
      mergedBy: end.mergedBy,
      mergeCommitOid: end.mergedAt === null ? null : random.hex(40),
      closedAt: end.closedAt === null ? null : instant(end.closedAt),
      labels: text.labels.map((label) => ({ ...label, addedAt: instant(at + 5_000) })),
      commits: story.commits,
      reviews: inOrder(story.reviews, (review) => review.submittedAt),
      reviewComments: inOrder(story.reviewComments, (comment) => comment.createdAt),
      comments: inOrder(story.comments, (comment) => comment.createdAt),
      events: inOrder(story.events, (event) => event.at),
      requestedReviewers: [],
      files: story.files,
    },
  };
}

function inOrder<Item>(items: readonly Item[], instantOf: (item: Item) => Instant): Item[] {
  return items.toSorted((a, b) =>
    instantOf(a) < instantOf(b) ? -1 : Number(instantOf(a) > instantOf(b)),
  );
}

function filesOf({ random, repository, kind, text, at, undoes }: Opening): FileData[] {
  if (kind === 'REVERT') return revertedFiles(undoes, instant(at));
  return kind === 'DEPENDENCY'
    ? dependencyFiles(random, repository, instant(at))
    : changedFiles(random, repository, kind, text.topic, instant(at));
}

/** The work before the pull request. A rebase just before the push renews the committer's date, not the author's. */
function writeFirstCommits(story: Story): void {
  const { random, writer, kind, text, at } = story.opening;
  const isQuick = writer.isMachine || kind === 'REVERT' || kind === 'HOTFIX';
  const count = isQuick ? 1 : Math.min(9, Math.ceil(random.logNormal(1.6, 0.7)));
  const work = isQuick
    ? random.between(2, 40) * MINUTE_MS
    : Math.min(14 * DAY_MS, random.logNormal(7 * HOUR_MS, 1.2));
  const isRebased = !isQuick && random.chance(0.25);
  for (let index = 0; index < count; index += 1) {
    const authored = at - 2 * MINUTE_MS - work * (1 - index / count);
    const committed = isRebased ? at - MINUTE_MS + index * 1_000 : authored;
    const message =
      index === 0 ? text.title : random.pick([...FIX_UPS, `${text.topic}: next part`]);
    addCommit(story, { message, authored, committed, pushed: at });
  }
}

function leaveDraft(story: Story): number {
  const ready = whenWriterActs(story, story.opening.at, 8 * HOUR_MS);
  addEvent(story, 'READY_FOR_REVIEW', ready);
  return ready;
}

function askForReviews(story: Story, reviewers: readonly Person[], readyAt: number): void {
  const { random, writer, kind } = story.opening;
  for (const reviewer of random.chance(0.8) ? reviewers : []) {
    story.events.push({
      kind: 'REVIEW_REQUESTED',
      at: instant(readyAt + 8_000),
      actor: writer.isMachine ? writer.person.login : writer.login,
      reviewer: reviewer.login,
    });
  }
  if (kind === 'FEATURE' && random.chance(0.3)) {
    addReview(story, REVIEW_BOT, 'COMMENTED', readyAt + random.between(3, 9) * MINUTE_MS);
  }
  if (random.chance(0.25)) {
    const body = `Coverage: ${random.between(71, 94)}.${random.between(0, 9)} %`;
    addComment(story, ACTIONS_BOT, readyAt + random.between(4, 20) * MINUTE_MS, body);
  }
}

/** Rounds of review; all but the last of a merge end with work for the writer. Answers when the last one was over. */
function reviewInRounds(
  story: Story,
  reviewers: readonly Person[],
  rounds: number,
  readyAt: number,
  endsInApproval: boolean,
): number {
  const { random, writer, kind, calendar } = story.opening;
  const isUrgent = kind === 'REVERT' || kind === 'HOTFIX';
  let clock = readyAt;
  for (let round = 1; round <= rounds; round += 1) {
    const reviewer = reviewers[(round - 1) % reviewers.length];
    if (reviewer === undefined) break;
    const delay = random.logNormal(isUrgent ? 12 * MINUTE_MS : 3.5 * HOUR_MS, isUrgent ? 0.6 : 1.1);
    clock = isUrgent ? clock + delay : calendar.nextWork(reviewer, clock + delay, random);
    if (round === rounds && endsInApproval) {
      addReview(story, reviewer.login, 'APPROVED', clock);
      break;
    }
    const asksForChanges = random.chance(0.45);
    addReview(story, reviewer.login, asksForChanges ? 'CHANGES_REQUESTED' : 'COMMENTED', clock);
    const fixedAt = whenWriterActs(story, clock, 2.5 * HOUR_MS);
    if (asksForChanges && random.chance(0.1)) {
      const backAt = Math.min(clock + 5 * MINUTE_MS, fixedAt);
      addEvent(story, 'CONVERT_TO_DRAFT', backAt);
      addEvent(story, 'READY_FOR_REVIEW', fixedAt);
    }
    if (random.chance(0.35)) {
      addReview(story, writer.login, 'COMMENTED', fixedAt - MINUTE_MS);
    } else if (random.chance(0.3)) {
      addComment(story, writer.login, fixedAt - MINUTE_MS, 'Good point, done.');
    }
    addFixUp(story, fixedAt);
    clock = fixedAt + MINUTE_MS;
  }
  return clock;
}

interface End {
  readonly mergedAt: number | null;
  readonly mergedBy: string | null;
  readonly closedAt: number | null;
}

const NO_END: End = { mergedAt: null, mergedBy: null, closedAt: null };

function finish(story: Story, ending: ReturnType<typeof endingFor>, from: number): End {
  const { random, writer, repository, kind, calendar } = story.opening;
  if (ending === 'LEFT_OPEN') {
    return NO_END;
  }
  if (ending === 'CLOSED') {
    const closedAt = whenWriterActs(story, from, 4 * DAY_MS);
    addComment(story, writer.login, closedAt - 1_000, 'Closing this, the plan has changed.');
    return { ...NO_END, closedAt };
  }
  const ownsUp = !writer.isMachine && writer.association === 'MEMBER' && random.chance(0.65);
  const merger = ownsUp
    ? writer.person
    : (pickReviewers(random, repository, writer, 1)[0] ?? writer.person);
  const isUrgent = kind === 'REVERT' || kind === 'HOTFIX';
  const patience = random.logNormal(isUrgent ? 4 * MINUTE_MS : 45 * MINUTE_MS, 1);
  const mergedAt = isUrgent ? from + patience : calendar.nextWork(merger, from + patience, random);
  if (random.chance(0.05)) {
    addComment(
      story,
      merger.login,
      mergedAt + random.between(1, 30) * HOUR_MS,
      'Live since today 🎉',
    );
  }
  return { mergedAt, mergedBy: merger.login, closedAt: mergedAt };
}

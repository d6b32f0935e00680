import type { PullRequestData } from '../core/github-data.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, dayOf, isWeekend, weekdayOf } from './calendar.ts';
import type { WorkCalendar } from './calendar.ts';
import { describeChange, describeDependencyUpdate, describeRevert } from './change-text.ts';
import { live } from './life.ts';
import type { Life } from './life.ts';
import { createRandom } from '../core/random.ts';
import type { RepositoryPlan } from './repositories.ts';
import { dependencyWriter, pickReverter, pickWriter } from './writers.ts';

export interface ChronicleOptions {
  readonly seed: number;
  readonly owner: string;
  readonly plan: RepositoryPlan;
  /** Which repository of the organisation it is, from 0. */
  readonly index: number;
  readonly calendar: WorkCalendar;
}

/** Day 0 of the organisation, in days since 1970; nothing is older. Numbers of pull requests count from here. */
export const FOUNDED_DAY = Date.UTC(2023, 0, 1) / DAY_MS;

/** Numbers that a day may use up; those it leaves are gaps, as GitHub's issues make them. */
const NUMBERS_PER_DAY = 6;
const CHANCES_PER_DAY = 4;

/** Ids beyond 32 bits, as GitHub gives them out today. */
const FIRST_ID = 2_400_000_000;
const IDS_PER_REPOSITORY = 200_000_000;
const IDS_PER_PULL_REQUEST = 100;

const MONDAY = 1;
const THURSDAY = 4;

/** Writes up one repository, day by day: the pull requests that were opened on a day, oldest first. */
export function createChronicle(
  options: ChronicleOptions,
): (day: number) => readonly PullRequestData[] {
  const { seed, owner, plan, index, calendar } = options;
  const ordinary = new Map<number, readonly Life[]>();
  const complete = new Map<number, readonly Life[]>();

  function ordinaryOn(day: number): readonly Life[] {
    const known = ordinary.get(day) ?? ordinaryLives(options, day);
    ordinary.set(day, known);
    return known;
  }

  function livesOn(day: number): readonly Life[] {
    const known = complete.get(day) ?? [...ordinaryOn(day), ...revertsOn(day)].toSorted(byAge);
    complete.set(day, known);
    return known;
  }

  /** Something that was merged on this day proves broken and is reverted at once. */
  function revertsOn(day: number): readonly Life[] {
    const random = createRandom(seed, plan.name, day, 'revert');
    if (day <= FOUNDED_DAY + 2 || isWeekend(day) || !random.chance(0.06)) {
      return [];
    }
    const culprit = [day - 2, day - 1, day].flatMap(ordinaryOn).find(({ opening, mergedAt }) => {
      const { isMachine, login } = opening.writer;
      return !isMachine && login !== null && mergedAt !== null && dayOf(mergedAt) === day;
    });
    const at = (culprit?.mergedAt ?? 0) + random.between(15, 150) * MINUTE_MS;
    if (culprit === undefined || dayOf(at) !== day) {
      return [];
    }
    // Of its own day only ordinary ones can be older than it, and asking for its reverts would never end.
    const openedOn = dayOf(culprit.opening.at);
    const older = (openedOn === day ? ordinaryOn(day) : livesOn(openedOn)).filter(
      (other) => byAge(other, culprit) < 0,
    );
    const number = numberOf(openedOn, older.length);
    const text = describeRevert(culprit.data.title, `${owner}/${plan.name}#${number}`, number);
    const writer = pickReverter(random, plan, culprit.opening.writer.person, (person) =>
      calendar.presence(person, at),
    );
    const undoes = culprit.data.files ?? [];
    const life = live({
      repository: plan,
      kind: 'REVERT',
      writer,
      text,
      at,
      random,
      calendar,
      undoes,
    });
    return [life];
  }

  return (day) => livesOn(day).map((life, rank) => withNumber(life, index, numberOf(day, rank)));
}

function byAge(a: Life, b: Life): number {
  return a.opening.at - b.opening.at;
}

function numberOf(day: number, rank: number): number {
  return (day - FOUNDED_DAY) * NUMBERS_PER_DAY + rank + 1;
}

/** All but the reverts of a day: each chance is a moment that somebody may be at work in, and a bot on two mornings. */
function ordinaryLives({ seed, plan, calendar }: ChronicleOptions, day: number): Life[] {
  const lives: Life[] = [];
  for (let chance = 0; chance < CHANCES_PER_DAY; chance += 1) {
    const random = createRandom(seed, plan.name, day, chance);
    const writer = pickWriter(random, plan);
    const at = Math.floor(day * DAY_MS + random.next() * DAY_MS);
    if (!random.chance(plan.pace * calendar.presence(writer.person, at))) {
      continue;
    }
    const kinds = ['FEATURE', 'FIX', 'CHORE', 'DOCS', 'HOTFIX'] as const;
    const shares = { FEATURE: 46, FIX: 29, CHORE: 14, DOCS: 8, HOTFIX: 3 };
    const kind = random.pickWeighted(kinds, (candidate) => shares[candidate]);
    const text = describeChange(random, plan, kind);
    lives.push(live({ repository: plan, kind, writer, text, at, random, calendar, undoes: [] }));
  }
  const random = createRandom(seed, plan.name, day, 'dependencies');
  if ([MONDAY, THURSDAY].includes(weekdayOf(day)) && random.chance(0.4)) {
    const at = day * DAY_MS + 5 * HOUR_MS + random.between(0, 5_400) * 1_000;
    const writer = dependencyWriter(random, plan);
    const text = describeDependencyUpdate(random, plan);
    const kind = 'DEPENDENCY';
    lives.push(live({ repository: plan, kind, writer, text, at, random, calendar, undoes: [] }));
  }
  return lives;
}

/** Gives a life its number, and ids that no other has to all its parts. */
function withNumber({ data }: Life, index: number, number: number): PullRequestData {
  const databaseId = FIRST_ID + index * IDS_PER_REPOSITORY + number * IDS_PER_PULL_REQUEST;
  const idOf = (ordinal: number) => databaseId + ordinal;
  return {
    ...data,
    number,
    databaseId,
    reviews: data.reviews.map((part) => ({ ...part, databaseId: idOf(part.databaseId) })),
    reviewComments: data.reviewComments.map((part) => ({
      ...part,
      databaseId: idOf(part.databaseId),
      reviewId: part.reviewId === null ? null : idOf(part.reviewId),
    })),
    comments: data.comments.map((part) => ({ ...part, databaseId: idOf(part.databaseId) })),
  };
}

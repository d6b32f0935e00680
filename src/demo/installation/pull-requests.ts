import type { ActorFact } from '../../domain/members/actor.ts';
import type {
  CommitFact,
  PullRequestFact,
  RepositoryFact,
  ReviewFact,
} from '../../domain/pulls/github-facts.ts';
import { toUtcMidnight } from '../../domain/rollups/week.ts';
import { DAY_MS, HOUR_MS, isWeekend, weekdayOf } from '../organisation/calendar.ts';
import { createRandom, type Random } from '../core/random.ts';
import { changedFiles, labelsOf, titleOf } from './change.ts';
import { numbersOf, windowOf } from './days.ts';
import type { InstallationOptions, TeamPlan } from './plan.ts';

/** A pull request with the repository it belongs to. */
export interface PlannedPullRequest {
  readonly repository: RepositoryFact;
  readonly fact: PullRequestFact;
}

const MERGED_SHARE = 0.82;
const CLOSED_SHARE = 0.1;
const WEEKEND_SHARE = 0.1;

/** Means as in seed 001: 3.9 commits, 8.4 files and 1.9 reviews a pull request. */
const COMMITS = { median: 3, spread: 0.75, max: 60 };
const REVIEWS = [0, 1, 1, 1, 2, 2, 2, 3, 3, 4];

/** The pull requests of a team that were opened in the window, oldest first, as they stand when `today` begins. */
export function* pullRequestsOf(
  options: InstallationOptions,
  team: TeamPlan,
): Generator<PlannedPullRequest> {
  const until = toUtcMidnight(options.today).getTime();
  const { first, last } = windowOf(options);
  for (let day = first; day <= last; day += 1) {
    for (const number of numbersOf(options, day)) {
      const random = createRandom(options.seed, 'pull request', team.ordinal, number);
      const repository = random.pick(team.repositories);
      yield { repository, fact: write(random, team, repository, number, day, until) };
    }
  }
}

function write(
  random: Random,
  team: TeamPlan,
  repository: RepositoryFact,
  number: number,
  day: number,
  until: number,
): PullRequestFact {
  const author = somebody(random, team);
  const createdAt = openedAt(random, day);
  const course = random.next();
  const endsAt = createdAt + Math.ceil(random.logNormal(20 * HOUR_MS, 1.2));
  const isEnded = course < MERGED_SHARE + CLOSED_SHARE && endsAt < until;
  const isMerged = isEnded && course < MERGED_SHARE;
  const reviews = reviewsOf(
    random,
    team,
    author,
    number,
    createdAt,
    endsAt,
    course < MERGED_SHARE,
  ).filter(({ submittedAt }) => submittedAt.getTime() < until);
  const merger = reviews.at(-1)?.author ?? author;
  const title = titleOf(random, number);
  const files = changedFiles(random);
  const isAssisted = random.chance(team.adoption / 2);
  const commits = commitsOf(random, author, title, createdAt, isAssisted);
  const endedAt = isEnded ? new Date(endsAt) : null;
  const moments = [createdAt, ...reviews.map((review) => review.submittedAt.getTime())];
  return {
    githubId: BigInt(team.ordinal) * 10_000_000n + BigInt(number),
    number,
    title,
    body: null,
    url: `https://github.example/${repository.owner}/${repository.name}/pull/${number}`,
    state: isMerged ? 'MERGED' : isEnded ? 'CLOSED' : 'OPEN',
    isDraft: false,
    author,
    authorIsInternal: true,
    mergedBy: isMerged ? merger : null,
    baseBranch: 'main',
    headBranch: `change-${number}`,
    isCrossRepository: false,
    headSha: random.hex(40),
    mergeCommitSha: isMerged ? random.hex(40) : null,
    additions: files.reduce((sum, file) => sum + file.additions, 0n),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0n),
    changedFiles: BigInt(files.length),
    createdAt: new Date(createdAt),
    updatedAt: endedAt ?? new Date(Math.max(...moments)),
    mergedAt: isMerged ? endedAt : null,
    closedAt: endedAt,
    labels: labelsOf(random),
    reviews,
    commits,
    files,
    comments: [],
    commentCount: 0,
    events: [],
    checkState: null,
    checkStateRaw: null,
    checks: null,
    aiSignals: [],
    gaps: [],
    unread: [],
    textCleaned: false,
  };
}

/** Some write and review much more than others. */
function somebody(random: Random, { members }: TeamPlan): ActorFact {
  const member = members[Math.floor(members.length * random.next() ** 2)];
  if (member === undefined) {
    throw new RangeError('a team needs a member');
  }
  return member;
}

/** In working hours; most of what would be opened on a weekend was opened on the Friday before. */
function openedAt(random: Random, day: number): number {
  const back = isWeekend(day) && !random.chance(WEEKEND_SHARE) ? (weekdayOf(day) === 6 ? 1 : 2) : 0;
  return Math.floor(((day - back) * DAY_MS + (7 + 11 * random.next()) * HOUR_MS) / 1000) * 1000;
}

/** Reviews, each by another person; the last one of a pull request that is to be merged approves it. */
function reviewsOf(
  random: Random,
  team: TeamPlan,
  author: ActorFact,
  number: number,
  createdAt: number,
  endsAt: number,
  isApproved: boolean,
): ReviewFact[] {
  const count = team.members.length > 1 ? random.pick(REVIEWS) : 0;
  const moments = Array.from({ length: count }, () => random.next()).toSorted((a, b) => a - b);
  return moments.map((moment, index) => {
    const isLast = index === count - 1;
    return {
      githubId: (BigInt(team.ordinal) * 10_000_000n + BigInt(number)) * 10n + BigInt(index),
      author: another(random, team, author),
      authorIsInternal: true,
      state:
        isLast && isApproved ? 'APPROVED' : random.chance(0.3) ? 'CHANGES_REQUESTED' : 'COMMENTED',
      stateRaw: null,
      body: null,
      submittedAt: new Date(createdAt + Math.floor((endsAt - createdAt) * moment)),
    };
  });
}

function another(random: Random, team: TeamPlan, author: ActorFact): ActorFact {
  const found = somebody(random, team);
  return found === author ? (team.members.find((member) => member !== author) ?? found) : found;
}

function commitsOf(
  random: Random,
  author: ActorFact,
  title: string,
  createdAt: number,
  isAssisted: boolean,
): CommitFact[] {
  const count = Math.round(random.logNormal(COMMITS.median, COMMITS.spread));
  return Array.from({ length: Math.min(COMMITS.max, Math.max(1, count)) }, (_, index) => {
    const at = new Date(createdAt - Math.floor(random.logNormal(6 * HOUR_MS, 1)));
    return {
      sha: random.hex(40),
      author,
      authorName: author.name,
      headline: index === 0 ? title : `${title}, part ${index + 1}`,
      coAuthors: isAssisted ? ['Claude'] : [],
      body: null,
      authoredAt: at,
      committedAt: at,
    };
  });
}

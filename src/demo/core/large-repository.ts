import { newPullRequest, toInstant } from './github-data.ts';
import type {
  AccountData,
  AccountKind,
  CheckData,
  CommitData,
  FileData,
  GitHubData,
  PullRequestData,
  ReviewData,
} from './github-data.ts';

export interface LargeRepositoryOptions {
  /** How many pull requests it has, numbered from 1, the oldest first. */
  readonly pullRequests: number;
  /** After everything that happened in it. */
  readonly now: Date;
  /** Of each pull request; 2 unless given. */
  readonly reviews?: number;
  /** Of each pull request; 3 unless given. */
  readonly commits?: number;
  /** Of each pull request; 5 unless given. */
  readonly files?: number;
}

const LARGE_REPOSITORY = { owner: 'acme', name: 'large' };

const AUTHORS = 20;
const MINUTE_MS = 60_000;
/** From one opened pull request to the next. */
const STEP_MS = 10 * MINUTE_MS;
/** A pull request lives for a day at most: the last of them was open at first, and is merged by now. */
const DAY_MS = 24 * 60 * MINUTE_MS;
/** One of so many pull requests was closed without a merge. */
const CLOSED_EVERY = 10;

/**
 * A repository of any size for benches: what is in it follows from the number of a pull request alone, and each is made
 * when it is asked for, so that a hundred thousand of them need some ten megabytes. Nothing happens in it any more.
 */
export function largeRepository(options: LargeRepositoryOptions): GitHubData {
  const { owner, name } = LARGE_REPOSITORY;
  const startMs = options.now.getTime() - DAY_MS - options.pullRequests * STEP_MS;
  const url = `https://github.example/${owner}/${name}`;
  return {
    viewer: authorOf(1),
    accounts: [
      account('Organization', owner, 1),
      ...Array.from({ length: AUTHORS }, (_, index) => account('User', authorOf(index), 2 + index)),
    ],
    organizations: [
      { login: owner, members: Array.from({ length: AUTHORS }, (_, index) => authorOf(index)) },
    ],
    repositories: [
      {
        databaseId: 7_000_000,
        owner,
        name,
        url,
        description: 'A repository of any size',
        isPrivate: true,
        isArchived: false,
        isFork: false,
        defaultBranch: 'main',
        primaryLanguage: 'TypeScript',
        createdAt: toInstant(new Date(startMs - DAY_MS)),
        updatedAt: null,
        pushedAt: null,
        pullRequests: [],
        madeOnDemand: {
          count: options.pullRequests,
          summary: (number) => ({
            databaseId: number,
            createdAt: instantOf(startMs, number, 0),
            updatedAt: endOf(startMs, number),
            state: isMerged(number) ? 'MERGED' : 'CLOSED',
          }),
          make: (number) => make(number, startMs, options),
        },
      },
    ],
  };
}

function make(number: number, startMs: number, options: LargeRepositoryOptions): PullRequestData {
  const author = authorOf(number);
  const endedAt = endOf(startMs, number);
  const commits = Array.from({ length: options.commits ?? 3 }, (_, index) =>
    commitOf(number, index, startMs),
  );
  return newPullRequest({
    databaseId: number,
    number,
    title: `Change ${number}: let the ${number % 7}th arm move ${number % 13} degrees further`,
    body: `Closes #${number}.\n\n${'The arm stops before it reaches the end of its rail. '.repeat(1 + (number % 5))}`,
    author,
    authorAssociation: 'MEMBER',
    headRefName: `arm-${number}`,
    createdAt: instantOf(startMs, number, 0),
    updatedAt: endedAt,
    closedAt: endedAt,
    mergedAt: isMerged(number) ? endedAt : null,
    mergedBy: isMerged(number) ? authorOf(number + 1) : null,
    mergeCommitOid: isMerged(number) ? oidOf(number, 0xfff) : null,
    labels: [
      {
        name: number % 3 === 0 ? 'bug' : 'feature',
        color: 'fff000',
        addedAt: instantOf(startMs, number, 0),
      },
    ],
    commits,
    reviews: Array.from({ length: options.reviews ?? 2 }, (_, index) =>
      reviewOf(number, index, startMs),
    ),
    files: Array.from({ length: options.files ?? 5 }, (_, index) => fileOf(number, index, startMs)),
    checks: [checkOf(number, commits.at(-1)?.oid, startMs)],
  });
}

function commitOf(number: number, index: number, startMs: number): CommitData {
  const at = instantOf(startMs, number, index);
  const login = authorOf(number);
  const signature = { name: login, email: `${login}@acme.example`, date: at, login };
  return {
    oid: oidOf(number, index),
    message: `Move the arm, part ${index + 1}\n\nSeen on the rig of hall ${number % 4}.`,
    author: signature,
    committer: signature,
    pushedAt: at,
    additions: 4,
    deletions: 1,
  };
}

function reviewOf(number: number, index: number, startMs: number): ReviewData {
  return {
    databaseId: number * 100 + index,
    author: authorOf(number + 1 + index),
    authorAssociation: 'MEMBER',
    state: index % 2 === 0 ? 'COMMENTED' : 'APPROVED',
    submittedAt: instantOf(startMs, number, 60 + index),
    body: index % 2 === 0 ? 'Does it also hold for the small rig?' : '',
    commitOid: oidOf(number, 0),
  };
}

function fileOf(number: number, index: number, startMs: number): FileData {
  return {
    path: `src/arm-${number % 50}/${index === 0 ? 'arm.test' : `part-${index}`}.ts`,
    additions: 1 + ((number + index) % 40),
    deletions: index,
    changeType: 'MODIFIED',
    since: instantOf(startMs, number, 0),
  };
}

function checkOf(number: number, headOid: string | undefined, startMs: number): CheckData {
  return {
    databaseId: number,
    headOid: headOid ?? oidOf(number, 0),
    name: 'build',
    app: 'github-actions',
    startedAt: instantOf(startMs, number, 30),
    completedAt: instantOf(startMs, number, 35),
    conclusion: 'SUCCESS',
  };
}

function isMerged(number: number): boolean {
  return number % CLOSED_EVERY !== 0;
}

/** The moment this many minutes after the pull request was opened. */
function instantOf(startMs: number, number: number, minutes: number): string {
  return toInstant(new Date(startMs + number * STEP_MS + minutes * MINUTE_MS));
}

function endOf(startMs: number, number: number): string {
  return instantOf(startMs, number, 2 * 60 + (number % 600));
}

function authorOf(number: number): string {
  return `engineer-${number % AUTHORS}`;
}

function oidOf(number: number, index: number): string {
  return `${index.toString(16).padStart(4, '0')}${number.toString(16).padStart(36, '0')}`;
}

function account(kind: AccountKind, login: string, databaseId: number): AccountData {
  return {
    kind,
    databaseId,
    login,
    name: kind === 'User' ? login.replace('-', ' ') : null,
    url: `https://github.example/${login}`,
    createdAt: '2020-01-01T00:00:00Z',
  };
}

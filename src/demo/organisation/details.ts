import { toInstant } from '../core/github-data.ts';
import type {
  CheckData,
  CommitData,
  EventData,
  FileData,
  Instant,
  PullRequestData,
} from '../core/github-data.ts';
import { MINUTE_MS } from './calendar.ts';
import { PEOPLE } from './people.ts';
import { createRandom } from '../core/random.ts';
import type { Random } from '../core/random.ts';

const CHECKS = [
  { name: 'build', app: 'github-actions', usualMinutes: 6, fails: 0.08 },
  { name: 'lint', app: 'github-actions', usualMinutes: 1, fails: 0.04 },
  { name: 'preview', app: null, usualMinutes: 3, fails: 0.02 },
] as const;

/** Files in which teams write down what assistants should know. */
const ASSISTANT_FILES = ['CLAUDE.md', '.cursor/rules/style.mdc', '.github/copilot-instructions.md'];

/** Ids of checks fit 32 bits, so they are counted apart from the others. */
const CHECKS_PER_PULL_REQUEST = 50;
const FIRST_CHECK_ID = 1_000_000;
const CHECKS_PER_REPOSITORY = 10_000_000;

/**
 * Adds to a pull request what happens besides its course: checks of each push, a rebase that is pushed by force, another
 * base, a wrong reviewer, a note for an assistant. They follow from the seed and its number alone.
 */
export function addDetails(
  pullRequest: PullRequestData,
  { seed, name, index }: { readonly seed: number; readonly name: string; readonly index: number },
): PullRequestData {
  const random = createRandom(seed, name, pullRequest.number, 'details');
  const rebased = random.chance(0.08) ? rebase(pullRequest, random) : pullRequest;
  const events = [
    ...rebased.events,
    ...(random.chance(0.03) ? [moveBase(rebased)] : []),
    ...(random.chance(0.05) ? askWrongReviewer(rebased, random) : []),
  ].toSorted((a, b) => (a.at === b.at ? 0 : a.at < b.at ? -1 : 1));
  const firstCheckId =
    FIRST_CHECK_ID + index * CHECKS_PER_REPOSITORY + pullRequest.number * CHECKS_PER_PULL_REQUEST;
  return {
    ...rebased,
    events,
    files: random.chance(0.02) ? withAssistantFile(rebased, random) : rebased.files,
    checks: checksOf(rebased.commits, random).map((check, ordinal) => ({
      ...check,
      databaseId: firstCheckId + ordinal,
    })),
  };
}

/** Checks of what was the head after each push. */
function checksOf(commits: readonly CommitData[], random: Random): Omit<CheckData, 'databaseId'>[] {
  const heads = commits.filter((commit, index) => commits[index + 1]?.pushedAt !== commit.pushedAt);
  return heads.flatMap((head) =>
    CHECKS.map(({ name, app, usualMinutes, fails }) => {
      const startedAt = Date.parse(head.pushedAt) + random.between(5, 40) * 1_000;
      const lasts = random.logNormal(usualMinutes * MINUTE_MS, 0.4);
      return {
        headOid: head.oid,
        name,
        app,
        startedAt: instant(startedAt),
        completedAt: instant(startedAt + lasts),
        conclusion: random.chance(fails) ? 'FAILURE' : 'SUCCESS',
      };
    }),
  );
}

/** The next push rewrites what was pushed first; many pull requests have none. */
function rebase(pullRequest: PullRequestData, random: Random): PullRequestData {
  const { commits } = pullRequest;
  const at = commits.find((commit) => commit.pushedAt !== commits[0]?.pushedAt)?.pushedAt;
  const old = commits.filter((commit) => at !== undefined && commit.pushedAt < at);
  const before = old.at(-1)?.oid;
  const after = commits.findLast((commit) => commit.pushedAt === at)?.oid;
  if (at === undefined || before === undefined || after === undefined) {
    return pullRequest;
  }
  const actor = pullRequest.author;
  return {
    ...pullRequest,
    commits: [
      ...old.map((commit) => ({ ...commit, goneAt: at })),
      ...old.map((commit) => ({
        ...commit,
        oid: random.hex(40),
        committer: { ...commit.committer, date: at },
        pushedAt: at,
      })),
      ...commits.slice(old.length),
    ],
    events: [...pullRequest.events, { kind: 'HEAD_REF_FORCE_PUSHED', at, actor, before, after }],
  };
}

/** It was meant for another branch at first. */
function moveBase({ author, baseRefName, createdAt }: PullRequestData): EventData {
  const at = instant(Date.parse(createdAt) + 4 * MINUTE_MS);
  return { kind: 'BASE_REF_CHANGED', at, actor: author, before: 'next', after: baseRefName };
}

/** Somebody is asked, and let off a minute later. */
function askWrongReviewer({ author, createdAt }: PullRequestData, random: Random): EventData[] {
  const reviewer = random.pick(PEOPLE).login;
  const at = Date.parse(createdAt) + 2 * MINUTE_MS;
  return reviewer === author
    ? []
    : [
        { kind: 'REVIEW_REQUESTED', at: instant(at), actor: author, reviewer },
        { kind: 'REVIEW_REQUEST_REMOVED', at: instant(at + MINUTE_MS), actor: author, reviewer },
      ];
}

function withAssistantFile(
  { files, createdAt }: PullRequestData,
  random: Random,
): readonly FileData[] | null {
  const path = random.pick(ASSISTANT_FILES);
  const additions = random.between(3, 40);
  return files === null
    ? null
    : [{ path, additions, deletions: 0, changeType: 'MODIFIED', since: createdAt }, ...files];
}

function instant(at: number): Instant {
  return toInstant(new Date(at));
}

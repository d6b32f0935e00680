import type { ActorFact } from '../../../src/domain/members/actor.ts';
import type {
  AiSignalFact,
  CheckFact,
  CommentFact,
  CommitFact,
  FileFact,
  PullRequestEventFact,
  PullRequestFact,
  PullRequestState,
  RepositoryFact,
  ReviewFact,
} from '../../../src/domain/pulls/github-facts.ts';

/** Facts with sensible values for all that a test does not care about. What is given wins. */

const HOUR_MS = 60 * 60 * 1000;

/** The instant so many hours (or parts) after another. */
export function hoursAfter(start: Date, hours: number): Date {
  return new Date(start.getTime() + hours * HOUR_MS);
}

/** A number that is always the same for the same text, below 2^48, never zero: FNV-1a over UTF-16 units. */
function numberOf(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const character of text) {
    hash ^= BigInt(character.codePointAt(0) ?? 0);
    hash = BigInt.asUintN(64, hash * 0x100000001b3n);
  }
  return (hash & 0xffffffffffffn) + 1n;
}

/** A person. Other logins are other accounts. */
export function anActor(given: Partial<ActorFact> = {}): ActorFact {
  const login = given.login ?? 'ana';
  return {
    githubId: numberOf(login),
    login,
    name: null,
    kind: 'HUMAN',
    kindRule: 'GitHub says it is a user',
    ...given,
  };
}

/** A comment of Bo's. Other reviewers or times make other reviews. */
export function aReview(given: Partial<ReviewFact> = {}): ReviewFact {
  const author = given.author ?? anActor({ login: 'bo' });
  const submittedAt = given.submittedAt ?? new Date('2025-12-16T12:00:00Z');
  return {
    githubId: numberOf(`review ${author.login} ${submittedAt.getTime()}`),
    author,
    authorIsInternal: false,
    state: 'COMMENTED',
    stateRaw: null,
    body: null,
    submittedAt,
    ...given,
  };
}

/** A commit of Ana's, committed when it was authored. Other headlines or times make other commits. */
export function aCommit(given: Partial<CommitFact> = {}): CommitFact {
  const authoredAt = given.authoredAt ?? new Date('2025-12-16T08:00:00Z');
  const headline = given.headline ?? 'Change something';
  const number = numberOf(`commit ${headline} ${authoredAt.getTime()}`);
  return {
    sha: number.toString(16).padStart(40, '0'),
    author: anActor(),
    authorName: 'Ana',
    headline,
    coAuthors: [],
    body: null,
    authoredAt,
    committedAt: authoredAt,
    ...given,
  };
}

/** A file that was touched in one line. */
export function aFile(given: Partial<FileFact> = {}): FileFact {
  return {
    path: 'src/index.ts',
    changeType: 'MODIFIED',
    changeTypeRaw: null,
    category: 'JAVASCRIPT',
    additions: 1n,
    deletions: 1n,
    ...given,
  };
}

/** Ana marked it ready for review. Other times make other events. */
export function aReadyEvent(occurredAt: Date): PullRequestEventFact {
  return {
    eventId: `ready-${occurredAt.getTime()}`,
    kind: 'READY_FOR_REVIEW',
    actor: anActor(),
    subject: null,
    subjectName: null,
    before: null,
    after: null,
    occurredAt,
  };
}

/** A comment of Bo's on the whole pull request. Other times make other comments. */
export function aComment(given: Partial<CommentFact> = {}): CommentFact {
  const createdAt = given.createdAt ?? new Date('2025-12-16T12:30:00Z');
  return {
    kind: 'ISSUE',
    githubId: numberOf(`comment ${createdAt.getTime()}`),
    author: anActor({ login: 'bo' }),
    authorIsInternal: false,
    body: 'Looks right',
    path: null,
    reviewId: null,
    replyToId: null,
    createdAt,
    updatedAt: createdAt,
    ...given,
  };
}

/** A check that passed. Other names make other checks. */
export function aCheck(given: Partial<CheckFact> = {}): CheckFact {
  const name = given.name ?? 'test';
  return {
    checkId: `CHECK_RUN:${name}`,
    headSha: 'f00d',
    name,
    app: 'github-actions',
    status: 'COMPLETED',
    statusRaw: null,
    conclusion: 'SUCCESS',
    conclusionRaw: null,
    startedAt: new Date('2025-12-16T12:00:00Z'),
    completedAt: new Date('2025-12-16T12:05:00Z'),
    ...given,
  };
}

/** The body says that it was generated. */
export function aSignal(given: Partial<AiSignalFact> = {}): AiSignalFact {
  return {
    tool: 'claude-code',
    kind: 'TEXT',
    location: 'body',
    evidence: 'Generated with Claude Code',
    strength: 'STRONG',
    ...given,
  };
}

function stateOf(given: Partial<PullRequestFact>): PullRequestState {
  if (given.mergedAt) {
    return 'MERGED';
  }
  return given.closedAt ? 'CLOSED' : 'OPEN';
}

/**
 * An open pull request of Ana's with known sizes and nothing nested in it. With `mergedAt` it is merged, with
 * `closedAt` alone closed; it was last updated when the last of these happened.
 */
export function aPullRequest(given: Partial<PullRequestFact> = {}): PullRequestFact {
  const number = given.number ?? 1;
  const createdAt = given.createdAt ?? new Date('2025-12-16T10:00:00Z');
  const closedAt = given.closedAt ?? given.mergedAt ?? null;
  return {
    githubId: BigInt(1_000_000 + number),
    number,
    title: `Change ${number}`,
    body: null,
    url: `https://github.com/octo/hello/pull/${number}`,
    state: stateOf(given),
    isDraft: false,
    author: anActor(),
    authorIsInternal: true,
    mergedBy: null,
    baseBranch: 'main',
    headBranch: `change-${number}`,
    isCrossRepository: false,
    headSha: number.toString(16).padStart(40, 'a'),
    mergeCommitSha: given.mergedAt ? number.toString(16).padStart(40, 'b') : null,
    additions: 1n,
    deletions: 1n,
    changedFiles: 1n,
    createdAt,
    updatedAt: closedAt ?? createdAt,
    mergedAt: null,
    closedAt,
    labels: [],
    reviews: [],
    comments: [],
    commentCount: 0,
    events: [],
    checkState: null,
    checkStateRaw: null,
    checks: null,
    aiSignals: [],
    gaps: [],
    commits: [],
    files: [],
    unread: [],
    textCleaned: false,
    ...given,
  };
}

/** A public repository that is worked on. */
export function aRepository(given: Partial<RepositoryFact> = {}): RepositoryFact {
  return {
    githubId: 4711n,
    owner: 'octo',
    name: 'hello',
    defaultBranch: 'main',
    isPrivate: false,
    isArchived: false,
    isEmpty: false,
    ...given,
  };
}

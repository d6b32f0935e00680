import { classifyActor, GHOST, type ActorFact } from '../domain/actor.ts';
import { cleanText } from '../domain/clean-text.ts';
import { classifyFile } from '../domain/file-category.ts';
import type {
  CommitFact,
  FileChangeType,
  FileFact,
  PullRequestFact,
  PullRequestPage,
  PullRequestState,
  QuotaFact,
  RejectedFact,
  RepositoryFact,
  ReviewFact,
  ReviewState,
} from '../domain/github-facts.ts';
import type {
  RawActor,
  RawCommit,
  RawFile,
  RawPage,
  RawPullRequest,
  RawRateLimit,
  RawRepository,
  RawReview,
} from './pull-request-query.ts';
import {
  oneOf,
  TextCleaner,
  toCount,
  toFlag,
  toId,
  toInstant,
  toSize,
  UnreadableError,
} from './wire-values.ts';

const PULL_REQUEST_STATES: ReadonlySet<PullRequestState> = new Set(['OPEN', 'CLOSED', 'MERGED']);
const REVIEW_STATES: ReadonlySet<ReviewState> = new Set([
  'APPROVED',
  'CHANGES_REQUESTED',
  'COMMENTED',
  'DISMISSED',
]);
const CHANGE_TYPES: ReadonlySet<FileChangeType> = new Set([
  'ADDED',
  'MODIFIED',
  'DELETED',
  'RENAMED',
  'COPIED',
  'CHANGED',
]);
/** Associations that mean write access or membership. */
const INSIDERS: ReadonlySet<string> = new Set(['OWNER', 'MEMBER', 'COLLABORATOR']);

const CO_AUTHOR = /^co-authored-by:[ \t]*([^<\r\n]*)/gim;

/** Enough of a reason to find the value; what was sent may be of any length. */
const MAX_REASON_CHARACTERS = 500;

export type MappedPullRequest =
  | { readonly ok: true; readonly fact: PullRequestFact }
  | { readonly ok: false; readonly rejected: RejectedFact };

/**
 * Turns one pull request of an answer into our own shape. What cannot be read is rejected with the reason, alone:
 * its neighbours on the page are stored.
 */
export function mapPullRequest(raw: RawPullRequest): MappedPullRequest {
  try {
    return { ok: true, fact: toFact(raw) };
  } catch (error) {
    if (!(error instanceof UnreadableError) && !(error instanceof TypeError)) {
      throw error;
    }
    const number: unknown = (raw as Partial<RawPullRequest> | null)?.number;
    return {
      ok: false,
      rejected: {
        naturalKey: typeof number === 'number' ? String(number) : 'unknown',
        reasonCode: 'UNREADABLE',
        reason: cleanText(error.message.slice(0, MAX_REASON_CHARACTERS)).text,
      },
    };
  }
}

function toFact(raw: RawPullRequest): PullRequestFact {
  const cleaner = new TextCleaner();
  const files = raw.files == null ? null : nodes(raw.files).map((file) => toFile(file, cleaner));
  // GitHub's counts cannot be null; a pull request whose list of files is not known and that counts nothing at all
  // is one whose sizes the source did not say.
  const unsized = files === null && !raw.additions && !raw.deletions && !raw.changedFiles;
  const size = (value: number | null | undefined, what: string): bigint | null =>
    unsized || value == null ? null : toSize(value, what);
  const lists = [raw.labels, raw.timelineItems, raw.reviews, raw.commits, raw.files];
  const fact = {
    githubId: toId(raw.fullDatabaseId ?? raw.databaseId, 'id'),
    number: toNumber(raw.number),
    title: cleaner.clean(raw.title, 'title'),
    url: cleaner.clean(raw.url, 'url'),
    state: oneOf(raw.state, PULL_REQUEST_STATES, 'state'),
    isDraft: toFlag(raw.isDraft, 'isDraft'),
    author: toActor(raw.author, cleaner),
    authorIsInsider: INSIDERS.has(raw.authorAssociation),
    mergedBy: raw.mergedBy === null ? null : toActor(raw.mergedBy, cleaner),
    baseBranch: cleaner.clean(raw.baseRefName, 'base branch'),
    headBranch: cleaner.clean(raw.headRefName, 'head branch'),
    headSha: cleaner.clean(raw.headRefOid, 'head commit'),
    mergeCommitSha: raw.mergeCommit ? cleaner.clean(raw.mergeCommit.oid, 'merge commit') : null,
    additions: size(raw.additions, 'additions'),
    deletions: size(raw.deletions, 'deletions'),
    changedFiles: size(raw.changedFiles, 'changedFiles'),
    createdAt: toInstant(raw.createdAt, 'createdAt'),
    updatedAt: toInstant(raw.updatedAt, 'updatedAt'),
    mergedAt: raw.mergedAt === null ? null : toInstant(raw.mergedAt, 'mergedAt'),
    closedAt: raw.closedAt === null ? null : toInstant(raw.closedAt, 'closedAt'),
    readyForReviewAt: (raw.timelineItems?.nodes ?? []).flatMap((event) =>
      event?.createdAt === undefined ? [] : [toInstant(event.createdAt, 'ready for review')],
    ),
    labels: [...new Set(nodes(raw.labels).map((label) => cleaner.cleanKey(label.name, 'label')))],
    reviews: nodes(raw.reviews).flatMap((review) => toReview(review, cleaner)),
    commits: nodes(raw.commits).map((node) => toCommit(node.commit, cleaner)),
    files,
    complete: lists.every((list) => list?.pageInfo.hasNextPage !== true),
  };
  if ((fact.state === 'MERGED') !== (fact.mergedAt !== null)) {
    throw new UnreadableError(`state ${fact.state} and merge time contradict each other`);
  }
  return { ...fact, textCleaned: cleaner.replaced };
}

/** Pull requests are counted from one. */
function toNumber(value: number): number {
  const number = toCount(value, 'number');
  if (number === 0) {
    throw new UnreadableError('number is 0');
  }
  return number;
}

function nodes<Node>(list: { readonly nodes: readonly (Node | null)[] | null } | null): Node[] {
  return (list?.nodes ?? []).filter((node): node is Node & {} => node !== null);
}

function toActor(raw: RawActor | null, cleaner: TextCleaner): ActorFact {
  if (raw === null) {
    return GHOST;
  }
  const login = cleaner.cleanKey(raw.login, 'login');
  return {
    githubId: toId(raw.databaseId, `id of account ${login}`),
    login,
    name: raw.name ? cleaner.clean(raw.name, 'name') : null,
    ...classifyActor(login, raw.__typename),
  };
}

/** Reviews that are not submitted yet have no time and are left out. */
function toReview(raw: RawReview, cleaner: TextCleaner): ReviewFact[] {
  if (raw.submittedAt === null || raw.state === 'PENDING') {
    return [];
  }
  return [
    {
      githubId: toId(raw.fullDatabaseId ?? raw.databaseId, 'id of a review'),
      author: toActor(raw.author, cleaner),
      state: oneOf(raw.state, REVIEW_STATES, 'state of a review'),
      submittedAt: toInstant(raw.submittedAt, 'time of a review'),
    },
  ];
}

function toCommit(raw: RawCommit, cleaner: TextCleaner): CommitFact {
  const user = raw.author?.user ?? null;
  return {
    sha: cleaner.cleanKey(raw.oid, 'sha of a commit'),
    author:
      user === null || user.databaseId == null
        ? null
        : toActor({ ...user, __typename: 'User' }, cleaner),
    authorName: raw.author?.name ? cleaner.clean(raw.author.name, 'author of a commit') : null,
    headline: cleaner.clean(raw.messageHeadline, 'headline of a commit'),
    coAuthors: [...raw.message.matchAll(CO_AUTHOR)].flatMap(([, name]) => {
      const trimmed = cleaner.clean((name ?? '').trim(), 'co-author of a commit');
      return trimmed === '' ? [] : [trimmed];
    }),
    authoredAt: toInstant(raw.authoredDate, 'date of a commit'),
    committedAt: toInstant(raw.committedDate, 'date of a commit'),
  };
}

function toFile(raw: RawFile, cleaner: TextCleaner): FileFact {
  const path = cleaner.cleanKey(raw.path, 'path of a file');
  return {
    path,
    changeType: oneOf(raw.changeType, CHANGE_TYPES, 'change of a file'),
    category: classifyFile(path),
    additions: toSize(raw.additions, 'additions of a file'),
    deletions: toSize(raw.deletions, 'deletions of a file'),
  };
}

/** @throws UnreadableError when the repository is not as GitHub's schema promises */
export function mapRepository(raw: RawRepository): RepositoryFact {
  const cleaner = new TextCleaner();
  return {
    githubId: toId(raw.databaseId, 'id of the repository'),
    owner: cleaner.cleanKey(raw.owner.login, 'owner of the repository'),
    name: cleaner.cleanKey(raw.name, 'name of the repository'),
    defaultBranch:
      raw.defaultBranchRef === null
        ? null
        : cleaner.clean(raw.defaultBranchRef.name, 'default branch'),
    isPrivate: toFlag(raw.isPrivate, 'isPrivate'),
    isArchived: toFlag(raw.isArchived, 'isArchived'),
    isEmpty: toFlag(raw.isEmpty, 'isEmpty'),
  };
}

/** @throws UnreadableError when the limit is not as GitHub's schema promises */
export function mapQuota(raw: RawRateLimit | null): QuotaFact | null {
  return raw === null
    ? null
    : {
        limit: toCount(raw.limit, 'limit'),
        remaining: toCount(raw.remaining, 'remaining'),
        used: toCount(raw.used, 'used'),
        cost: toCount(raw.cost, 'cost'),
        resetAt: toInstant(raw.resetAt, 'resetAt'),
      };
}

/**
 * Where a page lies in the whole list.
 * @throws UnreadableError also for a cursor that could not be stored: another one would lead elsewhere
 */
export function mapPosition(
  list: NonNullable<RawPage['repository']>['pullRequests'],
): Pick<PullRequestPage, 'totalCount' | 'endCursor' | 'hasNextPage'> {
  const cleaner = new TextCleaner();
  const cursor = list.pageInfo.endCursor ?? null;
  const endCursor = cursor === null ? null : cleaner.clean(cursor, 'cursor');
  if (cleaner.replaced) {
    throw new UnreadableError('the cursor is no text that can be kept');
  }
  return {
    totalCount: toCount(list.totalCount, 'totalCount'),
    endCursor,
    hasNextPage: toFlag(list.pageInfo.hasNextPage, 'hasNextPage'),
  };
}

import { signalsOfBranch } from '../../domain/pulls/ai-branches-and-labels.ts';
import { signalsOfAccount, signalsOfText } from '../../domain/pulls/ai-detection.ts';
import type {
  GapFact,
  NestedListName,
  PullRequestFact,
  PullRequestState,
  QuotaFact,
  RejectedFact,
  RepositoryFact,
  UnreadList,
  StageHeads,
} from '../../domain/pulls/github-facts.ts';
import { UNKNOWN_KEY } from '../../domain/sync/dead-letter.ts';
import { GHOST } from '../../domain/members/actor.ts';
import { isInside } from './association.ts';
import { EntryReader } from './entry-reader.ts';
import { fullIdOf } from './full-id.ts';
import { readActor } from './map-account.ts';
import { pagesOf, toLists } from './map-nested.ts';
import { NESTED_LIST_NAMES } from './nested-pages.ts';
import type {
  PullRequestNode,
  PullRequestPageAnswer,
  RateLimitNode,
  RepositoryNode,
} from './pull-request-query.ts';
import { nodesOf } from '../transport/answers.ts';
import { nextCursorOf } from '../transport/page-walk.ts';
import {
  oneOf,
  reasonOf,
  TextCleaner,
  toCount,
  toFlag,
  toId,
  toInstant,
  toReset,
  toSize,
  UnreadableError,
} from '../transport/wire-values.ts';

const PULL_REQUEST_STATES: ReadonlySet<PullRequestState> = new Set(['OPEN', 'CLOSED', 'MERGED']);

export type MappedPullRequest =
  | { readonly ok: true; readonly fact: PullRequestFact }
  | { readonly ok: false; readonly rejected: RejectedFact };

/**
 * Maps one pull request of an answer to our own shape. One that cannot be read is rejected with the reason, and its
 * neighbours on the page are stored.
 */
export function mapPullRequest(raw: PullRequestNode): MappedPullRequest {
  try {
    return { ok: true, fact: toFact(raw) };
  } catch (error) {
    const reason = reasonOf(error);
    const number: unknown = (raw as PullRequestNode | null)?.number;
    return {
      ok: false,
      rejected: {
        naturalKey: typeof number === 'number' ? String(number) : UNKNOWN_KEY,
        reasonCode: 'UNREADABLE',
        reason,
      },
    };
  }
}

function toFact(raw: PullRequestNode): PullRequestFact {
  const cleaner = new TextCleaner();
  // GitHub's counts cannot be null; a pull request whose list of files is not known and that counts nothing at all
  // is one whose sizes the source did not say.
  const unsized = raw.files == null && !raw.additions && !raw.deletions && !raw.changedFiles;
  const size = (value: number, what: string): bigint | null =>
    unsized || value == null ? null : toSize(value, what);
  const notes = { cleaner, gaps: [] as GapFact[] };
  const own = (item: string) => new EntryReader(notes, 'PULL_REQUEST', () => item);
  const author = readActor(raw.author, own('author'), 'account') ?? GHOST;
  const title = cleaner.clean(raw.title, 'title');
  const body = raw.body ? cleaner.clean(raw.body, 'body') : null;
  const headSha = cleaner.clean(raw.headRefOid, 'head commit');
  const headBranch = cleaner.clean(raw.headRefName, 'head branch');
  const lists = toLists(raw, headSha, notes);
  const pages = pagesOf(raw);
  const fact = {
    githubId: toId(fullIdOf(raw), 'id'),
    number: toNumber(raw.number),
    title,
    body,
    url: cleaner.clean(raw.url, 'url'),
    state: oneOf(raw.state, PULL_REQUEST_STATES, 'state'),
    isDraft: toFlag(raw.isDraft, 'isDraft'),
    author,
    authorIsInternal: isInside(raw.authorAssociation),
    mergedBy: raw.mergedBy === null ? null : readActor(raw.mergedBy, own('mergedBy'), 'account'),
    baseBranch: cleaner.clean(raw.baseRefName, 'base branch'),
    headBranch,
    isCrossRepository:
      raw.isCrossRepository == null ? null : toFlag(raw.isCrossRepository, 'isCrossRepository'),
    headSha,
    mergeCommitSha: raw.mergeCommit ? cleaner.clean(raw.mergeCommit.oid, 'merge commit') : null,
    additions: size(raw.additions, 'additions'),
    deletions: size(raw.deletions, 'deletions'),
    changedFiles: size(raw.changedFiles, 'changedFiles'),
    createdAt: toInstant(raw.createdAt, 'createdAt'),
    updatedAt: toInstant(raw.updatedAt, 'updatedAt'),
    mergedAt: raw.mergedAt === null ? null : toInstant(raw.mergedAt, 'mergedAt'),
    closedAt: raw.closedAt === null ? null : toInstant(raw.closedAt, 'closedAt'),
    ...lists,
    commentCount:
      raw.totalCommentsCount == null ? null : toCount(raw.totalCommentsCount, 'count of comments'),
    checks: raw.statusCheckRollup === undefined ? null : lists.checks,
    files: raw.files == null ? null : lists.files,
    aiSignals: [
      ...signalsOfAccount('author', author),
      ...signalsOfBranch(headBranch, author),
      ...signalsOfText('title', title),
      ...signalsOfText('body', body ?? ''),
      ...lists.aiSignals,
    ],
    gaps: notes.gaps,
    unread: NESTED_LIST_NAMES.flatMap((list) => unreadOf(list, pages[list])),
  };
  if ((fact.state === 'MERGED') !== (fact.mergedAt !== null)) {
    throw new UnreadableError(`state ${fact.state} and merge time contradict each other`);
  }
  return { ...fact, textCleaned: cleaner.replaced };
}

/** Where a list goes on, if it does. */
function unreadOf(
  list: NestedListName,
  raw: ReturnType<typeof pagesOf>[NestedListName],
): UnreadList[] {
  try {
    const cursor = raw == null ? null : nextCursorOf(raw, null);
    return cursor === null ? [] : [{ list, cursor }];
  } catch (error) {
    throw new UnreadableError(reasonOf(error, `${list}: `));
  }
}

/** Pull requests are counted from one. */
function toNumber(value: number): number {
  const number = toCount(value, 'number');
  if (number === 0) {
    throw new UnreadableError('number is 0');
  }
  return number;
}

/**
 * GitHub's names have 39 and 100 characters. Both stand in one index, in search attributes of Temporal and in summaries,
 * which refuse much longer ones for good.
 */
const MAX_NAME_BYTES = 150;

/** @throws UnreadableError when the repository is not as GitHub's schema promises */
export function mapRepository(raw: RepositoryNode): RepositoryFact {
  const cleaner = new TextCleaner();
  return {
    githubId: toId(raw.databaseId, 'id of the repository'),
    owner: cleaner.cleanKey(raw.owner.login, 'owner of the repository', MAX_NAME_BYTES),
    name: cleaner.cleanKey(raw.name, 'name of the repository', MAX_NAME_BYTES),
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
export function mapQuota(raw: RateLimitNode | null): QuotaFact | null {
  return raw === null
    ? null
    : {
        resource: 'graphql',
        limit: toCount(raw.limit, 'limit'),
        remaining: toCount(raw.remaining, 'remaining'),
        used: toCount(raw.used, 'used'),
        cost: toCount(raw.cost, 'cost'),
        resetAt: toReset(raw.resetAt, 'resetAt'),
      };
}

/**
 * The newest deployment and release of a page, none of what the credential may not see; null when they were not asked
 * for.
 * @throws UnreadableError when they are not as GitHub's schema promises
 */
export function mapHeads({
  deploymentHead,
  releaseHead,
}: PullRequestPageAnswer): StageHeads | null {
  const newest = ([node]: readonly { readonly databaseId: number | null }[]): bigint | null =>
    node === undefined ? null : toId(node.databaseId, 'id of the newest');
  return deploymentHead === undefined || releaseHead === undefined
    ? null
    : {
        deploymentId: newest(nodesOf(deploymentHead?.deployments)),
        releaseId: newest(nodesOf(releaseHead?.releases)),
      };
}

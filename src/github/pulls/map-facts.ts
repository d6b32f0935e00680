import { signalsOfAccount, signalsOfText } from '../../domain/pulls/ai-detection.ts';
import { cleanText } from '../../domain/core/clean-text.ts';
import type {
  CheckState,
  NestedListName,
  PullRequestFact,
  PullRequestPage,
  PullRequestState,
  QuotaFact,
  RejectedFact,
  RepositoryFact,
  UnreadList,
  StageHeads,
} from '../../domain/pulls/github-facts.ts';
import { toCheck } from './map-checks.ts';
import { nodesOf, toActor, toCommit, toFile, toTimeline } from './map-nested.ts';
import type {
  RawHead,
  RawList,
  RawPage,
  RawPullRequest,
  RawRateLimit,
  RawRepository,
} from './raw-pull-request.ts';
import {
  oneOf,
  TextCleaner,
  toCount,
  toFlag,
  toId,
  toInstant,
  toSize,
  UnreadableError,
} from '../transport/wire-values.ts';

const PULL_REQUEST_STATES: ReadonlySet<PullRequestState> = new Set(['OPEN', 'CLOSED', 'MERGED']);
export const CHECK_STATES: ReadonlySet<CheckState> = new Set([
  'EXPECTED',
  'ERROR',
  'FAILURE',
  'PENDING',
  'SUCCESS',
]);
/** Associations that mean write access or membership. */
const INTERNAL_ASSOCIATIONS: ReadonlySet<string> = new Set(['OWNER', 'MEMBER', 'COLLABORATOR']);

/** Enough of a reason to find the value; what was sent may be of any length. */
export const MAX_REASON_CHARACTERS = 500;

export type MappedPullRequest =
  | { readonly ok: true; readonly fact: PullRequestFact }
  | { readonly ok: false; readonly rejected: RejectedFact };

/**
 * Maps one pull request of an answer to our own shape. One that cannot be read is rejected with the reason, and its
 * neighbours on the page are stored.
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
  const files = raw.files == null ? null : nodesOf(raw.files).map((file) => toFile(file, cleaner));
  // GitHub's counts cannot be null; a pull request whose list of files is not known and that counts nothing at all
  // is one whose sizes the source did not say.
  const unsized = files === null && !raw.additions && !raw.deletions && !raw.changedFiles;
  const size = (value: number | null | undefined, what: string): bigint | null =>
    unsized || value == null ? null : toSize(value, what);
  const author = toActor(raw.author, cleaner);
  const title = cleaner.clean(raw.title, 'title');
  const body = raw.body ? cleaner.clean(raw.body, 'body') : null;
  const headSha = cleaner.clean(raw.headRefOid, 'head commit');
  const { aiSignals, ...timeline } = toTimeline(nodesOf(raw.timelineItems), cleaner);
  const commits = nodesOf(raw.commits).map((node) => toCommit(node.commit, cleaner));
  const rollup = raw.statusCheckRollup ?? null;
  const fact = {
    githubId: toId(raw.fullDatabaseId ?? raw.databaseId, 'id'),
    number: toNumber(raw.number),
    title,
    body,
    url: cleaner.clean(raw.url, 'url'),
    state: oneOf(raw.state, PULL_REQUEST_STATES, 'state'),
    isDraft: toFlag(raw.isDraft, 'isDraft'),
    author,
    authorIsInternal: INTERNAL_ASSOCIATIONS.has(raw.authorAssociation),
    mergedBy: raw.mergedBy === null ? null : toActor(raw.mergedBy, cleaner),
    baseBranch: cleaner.clean(raw.baseRefName, 'base branch'),
    headBranch: cleaner.clean(raw.headRefName, 'head branch'),
    headSha,
    mergeCommitSha: raw.mergeCommit ? cleaner.clean(raw.mergeCommit.oid, 'merge commit') : null,
    additions: size(raw.additions, 'additions'),
    deletions: size(raw.deletions, 'deletions'),
    changedFiles: size(raw.changedFiles, 'changedFiles'),
    createdAt: toInstant(raw.createdAt, 'createdAt'),
    updatedAt: toInstant(raw.updatedAt, 'updatedAt'),
    mergedAt: raw.mergedAt === null ? null : toInstant(raw.mergedAt, 'mergedAt'),
    closedAt: raw.closedAt === null ? null : toInstant(raw.closedAt, 'closedAt'),
    labels: [...new Set(nodesOf(raw.labels).map((label) => cleaner.cleanKey(label.name, 'label')))],
    ...timeline,
    commentCount:
      raw.totalCommentsCount == null ? null : toCount(raw.totalCommentsCount, 'count of comments'),
    checkState: rollup === null ? null : oneOf(rollup.state, CHECK_STATES, 'state of the checks'),
    checks:
      raw.statusCheckRollup === undefined
        ? null
        : nodesOf(rollup?.contexts).map((check) => toCheck(check, headSha, cleaner)),
    commits: commits.map(({ commit }) => commit),
    files: files?.map(({ file }) => file) ?? null,
    aiSignals: [
      ...signalsOfAccount('author', author),
      ...signalsOfText('title', title),
      ...signalsOfText('body', body ?? ''),
      ...aiSignals,
      ...commits.flatMap((commit) => commit.aiSignals),
      ...(files ?? []).flatMap((file) => file.aiSignals),
    ],
    unread: [
      ...unreadOf('LABELS', raw.labels),
      ...unreadOf('TIMELINE', raw.timelineItems),
      ...unreadOf('COMMITS', raw.commits),
      ...unreadOf('FILES', raw.files),
      ...unreadOf('CHECKS', rollup?.contexts),
    ],
  };
  if ((fact.state === 'MERGED') !== (fact.mergedAt !== null)) {
    throw new UnreadableError(`state ${fact.state} and merge time contradict each other`);
  }
  return { ...fact, textCleaned: cleaner.replaced };
}

/** Where a list goes on, if it does. */
function unreadOf(list: NestedListName, raw: RawList<unknown> | null | undefined): UnreadList[] {
  if (raw == null || !toFlag(raw.pageInfo.hasNextPage, `more of ${list}`)) {
    return [];
  }
  const cleaner = new TextCleaner();
  const cursor = cleaner.clean(raw.pageInfo.endCursor ?? '', `cursor of ${list}`);
  if (cursor === '') {
    throw new UnreadableError(`cursor of ${list} is missing`);
  }
  if (cleaner.replaced) {
    throw new UnreadableError(`cursor of ${list} is no text that can be kept`);
  }
  return [{ list, cursor }];
}

/** Pull requests are counted from one. */
function toNumber(value: number): number {
  const number = toCount(value, 'number');
  if (number === 0) {
    throw new UnreadableError('number is 0');
  }
  return number;
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
        resource: 'graphql',
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

/**
 * The newest deployment and release of a page, none of what the credential may not see; null when they were not asked
 * for.
 * @throws UnreadableError when they are not as GitHub's schema promises
 */
export function mapHeads({ deploymentHead, releaseHead }: RawPage): StageHeads | null {
  const newest = (head: RawHead | undefined): bigint | null => {
    const [node] = head === undefined ? [] : nodesOf(head);
    return node === undefined ? null : toId(node.databaseId, 'id of the newest');
  };
  return deploymentHead === undefined || releaseHead === undefined
    ? null
    : {
        deploymentId: newest(deploymentHead?.deployments),
        releaseId: newest(releaseHead?.releases),
      };
}

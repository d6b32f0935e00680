import type { PullRequestPage, RejectedFact, StageHeads } from '../../domain/pulls/github-facts.ts';
import { HEADS_KEY, UNKNOWN_KEY } from '../../domain/sync/dead-letter.ts';
import { formatRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import { ContradictoryListError, foundIn, readAnswer } from '../transport/answers.ts';
import { nextCursorOf, toGitHubCursor } from '../transport/page-walk.ts';
import type { GitHubApi, UntoldFact } from '../transport/api.ts';
import { notGitHub } from '../transport/failures.ts';
import {
  mapHeads,
  mapPullRequest,
  mapQuota,
  mapRepository,
  type MappedPullRequest,
} from './map-facts.ts';
import { findRepeated, toContradiction } from './map-each.ts';
import { ALL_UNREAD } from './nested-pages.ts';
import { acceptPartialAnswer } from '../transport/partial-answers.ts';
import {
  pullRequestPageQuery,
  type PageDetail,
  type PullRequestNode,
  type PullRequestPageAnswer,
  type RepositoryPullRequests,
} from './pull-request-query.ts';
import { reasonOf, toCount, UnreadableError } from '../transport/wire-values.ts';

interface PullRequestPageRequest {
  readonly repository: RepositoryName;
  /** 1 to 100. */
  readonly first: number;
  readonly after: string | null;
  /** Default WHOLE. */
  readonly detail?: PageDetail;
}

/** A list that was not asked for. */
const NOTHING = { pageInfo: { hasNextPage: false, endCursor: null }, nodes: [] };

/**
 * Makes the method of a client that fetches pages of pull requests, newest-updated first. Throws GitHubFailure and
 * nothing else. One that GitHub withholds among others is rejected
 * with GitHub's reason; where the page does not give its number a second request does, and what has none even then is
 * rejected without. A page of nothing else is refused as a whole: the credential lacks something then.
 */
export function createPullRequestPages(api: GitHubApi) {
  return async ({
    repository,
    first,
    after,
    detail = 'WHOLE',
  }: PullRequestPageRequest): Promise<PullRequestPage> => {
    const what = `repository ${formatRepositoryName(repository)}`;
    const ask = (asked: PageDetail, withHeads: boolean) => {
      const variables = { ...repository, first, after: toGitHubCursor(after), withHeads };
      return acceptPartialAnswer(api.graphql(pullRequestPageQuery(asked), variables, what));
    };
    const { answer, withheld, failure } = await ask(detail, after === null);
    const found = foundIn(answer, what);
    const { page, nodes } = readAnswer(what, () => {
      const all = readNodes(found.pullRequests, withheld, detail, api.untold());
      const { contradictions, ...position } = readPosition(found.pullRequests, after);
      const { heads, rejected: withoutHeads } = readHeads(answer);
      return {
        nodes: all,
        page: {
          repository: mapRepository(found),
          heads,
          pullRequests: all.flatMap(({ mapped }) => (mapped?.ok === true ? [mapped.fact] : [])),
          rejected: [
            ...all.flatMap(({ mapped }) => (mapped?.ok === false ? [mapped.rejected] : [])),
            ...contradictions,
            ...withoutHeads,
          ],
          ...position,
          quota: mapQuota(answer.rateLimit),
        },
      };
    });
    if (nodes.length > 1 && nodes.every(({ reason }) => reason !== null)) {
      throw failure ?? notGitHub(what);
    }
    const hidden = nodes.flatMap(({ mapped, reason }) => (mapped === null ? [reason ?? ''] : []));
    if (hidden.length === 0) {
      return page;
    }
    const { answer: numbered } = await ask('NUMBERS', false);
    const { rejected, quota } = readAnswer(what, () => ({
      rejected: nameHidden(hidden, nodes, numbered),
      quota: mapQuota(numbered.rateLimit),
    }));
    if (nodes.length === 1 && rejected.every(({ naturalKey }) => naturalKey === UNKNOWN_KEY)) {
      throw failure ?? notGitHub(what);
    }
    return {
      ...page,
      rejected: [...page.rejected, ...rejected],
      quota: quota && { ...quota, cost: quota.cost + (page.quota?.cost ?? 0) },
    };
  };
}

/** A pull request of a page. */
interface ReadNode {
  /** Null where GitHub shows nothing of it. */
  readonly number: number | null;
  /** Why GitHub does not show it whole; null when it does. */
  readonly reason: string | null;
  /** Null where GitHub shows nothing of it. */
  readonly mapped: MappedPullRequest | null;
}

const NOT_SHOWN = 'GitHub shows nothing of it, and does not say why.';

/** A count only tells how far a sync is: one that cannot be costs no pull request. */
function isImpossible(count: number): boolean {
  return Number.isInteger(count) && (count < 0 || count >= 2 ** 31);
}

/**
 * Where a page lies in the whole list, and what it says of itself that cannot be, apart from its single pull requests:
 * others may belong to it that it does not show.
 * @param asked the cursor that the page was asked for with; null for the first
 * @throws UnreadableError when the count is none
 */
function readPosition(
  list: RepositoryPullRequests,
  asked: string | null,
): Pick<PullRequestPage, 'totalCount' | 'nextCursor'> & {
  readonly contradictions: readonly RejectedFact[];
} {
  const { nodes, pageInfo } = list;
  const found: string[] = [];
  const totalCount = isImpossible(list.totalCount)
    ? (nodes ?? []).length
    : toCount(list.totalCount, 'totalCount');
  if (nodes === null) {
    found.push(`GitHub's answer has no list of pull requests, of ${list.totalCount} in all.`);
  } else if (isImpossible(list.totalCount) || nodes.length > totalCount) {
    found.push(
      `GitHub says that there are ${list.totalCount} pull requests, and lists ${nodes.length}.`,
    );
  } else if (asked === null && nodes.length === 0 && totalCount > 0 && !pageInfo.hasNextPage) {
    found.push(`GitHub says that there are ${totalCount} pull requests, and lists none of them.`);
  }
  const repeated = findRepeated((nodes ?? []).map(numberOf)).size;
  if (repeated > 0) {
    const some = repeated === 1 ? 'a pull request' : `${repeated} pull requests`;
    found.push(`GitHub lists ${some} more than once in one answer, maybe in place of others.`);
  }
  let nextCursor: string | null = null;
  try {
    nextCursor = nextCursorOf(list, asked, maxPagesOf(totalCount));
  } catch (error) {
    if (!(error instanceof ContradictoryListError)) {
      throw error;
    }
    found.push(`The list of pull requests: ${error.message}.`);
  }
  // One dead letter has one reason.
  const contradictions = found.length === 0 ? [] : [toContradiction(null, found.join(' '))];
  return { totalCount, nextCursor, contradictions };
}

/** A page shows a pull request at least, and while it is read others may be opened, and some be deleted. */
function maxPagesOf(totalCount: number): number {
  return 2 * totalCount + 100;
}

/** The number of a pull request as the key of it; null where GitHub shows nothing of it. */
function numberOf(node: Pick<PullRequestNode, 'number'> | null): string | null {
  return node === null ? null : String(node.number);
}

/** The newest deployment and release of a page; a list of them that did not come costs no pull request. */
function readHeads(answer: PullRequestPageAnswer): {
  readonly heads: StageHeads | null;
  readonly rejected: readonly RejectedFact[];
} {
  try {
    return { heads: mapHeads(answer), rejected: [] };
  } catch (error) {
    const reason = reasonOf(error, 'The newest deployment and release: ');
    return { heads: null, rejected: [toContradiction(HEADS_KEY, reason)] };
  }
}

/** @throws UnreadableError when they are not as GitHub's schema promises; that says null where there are none */
function readNodes(
  { nodes }: RepositoryPullRequests,
  withheld: ReadonlyMap<string, string>,
  detail: PageDetail,
  untold: readonly UntoldFact[],
): ReadNode[] {
  if (nodes !== null && !Array.isArray(nodes)) {
    throw new UnreadableError('the pull requests are no list');
  }
  const listed = nodes ?? [];
  const repeated = findRepeated(listed.map(numberOf));
  return listed.map((node, index) => {
    const reason = withheld.get(String(index)) ?? (node === null ? NOT_SHOWN : null);
    if (node === null) {
      return { number: null, reason, mapped: null };
    }
    const { number } = node;
    const count = repeated.get(String(number));
    if (count !== undefined) {
      const text = `GitHub lists pull request ${number} ${count} times in one answer.`;
      return {
        number,
        reason,
        mapped: { ok: false, rejected: toContradiction(String(number), text) },
      };
    }
    return reason === null
      ? { number, reason, mapped: mapNode(node, detail, untold) }
      : { number, reason, mapped: { ok: false, rejected: toWithheld(number, reason) } };
  });
}

/**
 * What is hidden, by the numbers that the same page shows beyond those that are known. Where the page has moved on
 * meanwhile another one's may be among them: it is read again, and comes off the list.
 */
function nameHidden(
  reasons: readonly string[],
  nodes: readonly ReadNode[],
  { repository }: PullRequestPageAnswer,
): RejectedFact[] {
  const known = new Set(nodes.map(({ number }) => number));
  const numbers = (repository?.pullRequests.nodes ?? []).flatMap((node) =>
    node === null || known.has(node.number) ? [] : [node.number],
  );
  return Array.from({ length: Math.max(reasons.length, numbers.length) }, (_, index) =>
    toWithheld(numbers[index] ?? null, reasons[index] ?? NOT_SHOWN),
  );
}

/** A pull request that is there and that GitHub does not show, or not whole. */
export function toWithheld(number: number | null, reason: string): RejectedFact {
  const naturalKey = Number.isSafeInteger(number) ? String(number) : UNKNOWN_KEY;
  return { naturalKey, reasonCode: 'WITHHELD', reason };
}

/**
 * Reads a pull request as far as it was asked for.
 * @param untold what the server cannot tell of it, which is counted with it
 */
export function mapNode(
  node: Pick<PullRequestNode, 'number'>,
  detail: PageDetail,
  untold: readonly UntoldFact[],
): MappedPullRequest {
  if (detail === 'NUMBERS') {
    const reason = 'GitHub could not answer for this pull request in time, even alone.';
    return {
      ok: false,
      rejected: { naturalKey: String(node.number), reasonCode: 'TOO_HEAVY', reason },
    };
  }
  const asked = node as PullRequestNode;
  const mapped = mapPullRequest(detail === 'WHOLE' ? asked : { ...asked, files: NOTHING });
  if (!mapped.ok) {
    return mapped;
  }
  const gaps = untold.map(({ element, reason }) => ({ ...OF_SERVER, field: element, reason }));
  const fact = { ...mapped.fact, gaps: [...mapped.fact.gaps, ...gaps] };
  return { ok: true, fact: detail === 'WHOLE' ? fact : { ...fact, unread: ALL_UNREAD } };
}

/** Which part of a pull request it is that the server does not tell of any. */
const OF_SERVER = { list: 'PULL_REQUEST', item: 'server', word: null } as const;

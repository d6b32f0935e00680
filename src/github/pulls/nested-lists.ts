import { compose, type GraphQLDocument } from '../../domain/core/graphql-document.ts';
import type {
  GapFact,
  NestedListName,
  NestedPage,
  UnreadList,
} from '../../domain/pulls/github-facts.ts';
import { formatRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import { foundIn, readAnswer } from '../transport/answers.ts';
import type { GitHubApi } from '../transport/api.ts';
import { nextCursorOf, toGitHubCursor } from '../transport/page-walk.ts';
import { acceptPartialAnswer } from '../transport/partial-answers.ts';
import { fullIdOf } from './full-id.ts';
import { mapQuota } from './map-facts.ts';
import { pagesOf, toLists } from './map-nested.ts';
import { ALL_UNREAD, NESTED_PAGES } from './nested-pages.ts';
import {
  ITEM_TYPES,
  RATE_LIMIT_FIELDS,
  type PullRequestNode,
  type RateLimitNode,
} from './pull-request-query.ts';
import { reasonOf, TextCleaner, toId, UnreadableError } from '../transport/wire-values.ts';

/** Characters of a cursor that name its page where an entry has no name. */
const MAX_PLACE_CHARACTERS = 60;

/** A list to read on; an empty cursor is its start. */
export interface NestedListRequest extends UnreadList {
  readonly number: number;
  /** The pull request that is meant: another one of its number is not read. */
  readonly githubId: bigint;
}

/**
 * GONE: GitHub does not show the pull request any more. NOT_TOLD: the credential may not read the list, whose page is
 * empty and the last. UNREADABLE: an entry is not as GitHub's schema promises, or GitHub withholds the pull request.
 */
export type NestedAnswer =
  | { readonly kind: 'PAGE'; readonly page: NestedPage }
  | { readonly kind: 'NOT_TOLD'; readonly page: NestedPage; readonly reason: string }
  | { readonly kind: 'GONE' }
  | { readonly kind: 'UNREADABLE'; readonly reason: string };

/**
 * Makes the method of a client that reads nested lists on: the next page of each with one request, in their order. Throws
 * GitHubFailure and nothing else.
 */
export function createNestedPages(api: GitHubApi) {
  return async (repository: RepositoryName, lists: readonly NestedListRequest[]) => {
    const what = `pull requests of ${formatRepositoryName(repository)}`;
    const variables = lists.flatMap(({ number, cursor }, index) => [
      [`n${index}`, number],
      [`c${index}`, cursor === '' ? null : toGitHubCursor(cursor)],
    ]);
    const { answer, withheld } = await acceptPartialAnswer(
      api.graphql(nestedQuery(lists), { ...repository, ...Object.fromEntries(variables) }, what),
    );
    const found = foundIn(answer, what);
    return {
      answers: lists.map((list, index): NestedAnswer => {
        const reason = withheld.get(`l${index}`);
        return reason === undefined
          ? readList(list, found[`l${index}`] ?? null)
          : { kind: 'UNREADABLE', reason };
      }),
      quota: readAnswer(what, () => mapQuota(answer.rateLimit)),
    };
  };
}

/**
 * The most pages that a list can have, a hundred entries each. The checks of a pull request are held in memory until all
 * are read.
 */
const MAX_PAGES: Readonly<Record<NestedListName, number>> = {
  LABELS: 1_000,
  TIMELINE: 1_000,
  COMMITS: 1_000,
  FILES: 1_000,
  CHECKS: 100,
};

const FIELDS: Readonly<Record<NestedListName, (pageArguments: string) => string>> = {
  LABELS: (pageArguments) => `labels(${pageArguments}) { ...LabelPage }`,
  TIMELINE: (pageArguments) =>
    `timelineItems(${pageArguments}, itemTypes: ${ITEM_TYPES}) { ...TimelinePage }`,
  COMMITS: (pageArguments) => `commits(${pageArguments}) { ...CommitPage }`,
  FILES: (pageArguments) => `files(${pageArguments}) { ...FilePage }`,
  CHECKS: (pageArguments) =>
    `statusCheckRollup { state contexts(${pageArguments}) { ...CheckPage } }`,
};

/** A pull request of which one list is read on. */
type NestedListNode = Pick<PullRequestNode, 'fullDatabaseId' | 'headRefOid'> &
  Partial<PullRequestNode>;

type NestedListsQuery = GraphQLDocument<
  {
    readonly rateLimit: RateLimitNode | null;
    readonly repository: Readonly<Record<`l${number}`, NestedListNode | null>> | null;
  },
  object
>;

/** One alias a list. What comes from outside goes by variables; fragments that are not used would be refused. */
function nestedQuery(lists: readonly NestedListRequest[]): NestedListsQuery {
  const names = new Set(lists.map(({ list }) => list));
  const variables = lists.map((_, index) => `$n${index}: Int!, $c${index}: String`).join(', ');
  const fields = lists.map(
    ({ list }, index) => `l${index}: pullRequest(number: $n${index}) {
      fullDatabaseId
      headRefOid
      ${FIELDS[list](`first: 100, after: $c${index}`)}
    }`,
  );
  return compose(
    `
  query NestedLists($owner: String!, $name: String!, ${variables}) {
    rateLimit {
      ...RateLimitFields
    }
    repository(owner: $owner, name: $name) {
      ${fields.join('\n      ')}
    }
  }
`,
    [RATE_LIMIT_FIELDS, ...[...names].map((name) => NESTED_PAGES[name])],
  );
}

function readList(request: NestedListRequest, raw: NestedListNode | null): NestedAnswer {
  try {
    if (raw === null || toId(fullIdOf(raw), 'id') !== request.githubId) {
      return { kind: 'GONE' };
    }
    const page = toPage(request, raw);
    if (request.list === 'CHECKS' && raw.statusCheckRollup === undefined) {
      const reason = 'CHECKS: the token may not read checks and commit statuses';
      return { kind: 'NOT_TOLD', page, reason };
    }
    return { kind: 'PAGE', page };
  } catch (error) {
    return { kind: 'UNREADABLE', reason: reasonOf(error, `${request.list}: `) };
  }
}

function toPage({ list, cursor }: NestedListRequest, raw: NestedListNode): NestedPage {
  const cleaner = new TextCleaner();
  const page = pagesOf(raw)[list];
  // Checks are of the newest commit, which may have none; of any other list there was a page before this one.
  if (page == null && cursor !== '' && list !== 'CHECKS') {
    throw new UnreadableError('the list goes on, and its next page did not come');
  }
  const nextCursor =
    page == null ? null : nextCursorOf(page, cursor === '' ? null : cursor, MAX_PAGES[list]);
  const notes = { cleaner, gaps: [] as GapFact[] };
  // Its end tells one cursor of a list from another.
  const { checkState, checkStateRaw, ...lists } = toLists(
    raw,
    raw.headRefOid,
    notes,
    `${cursor.slice(-MAX_PLACE_CHARACTERS)}:`,
  );
  const facts = { ...lists, gaps: notes.gaps, unread: ALL_UNREAD };
  return { facts, checkState, checkStateRaw, nextCursor };
}

import { cleanText } from '../../domain/core/clean-text.ts';
import type {
  NestedFacts,
  NestedListName,
  NestedPage,
  QuotaFact,
  UnreadList,
} from '../../domain/pulls/github-facts.ts';
import { formatRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import { foundIn, readAnswer } from '../transport/answers.ts';
import type { GitHubApi } from '../transport/api.ts';
import { acceptPartialAnswer, type PartialAnswer } from '../transport/partial-answers.ts';
import { CHECK_STATES, mapQuota, MAX_REASON_CHARACTERS } from './map-facts.ts';
import { toCheck } from './map-checks.ts';
import { nodesOf, toCommit, toFile, toTimeline } from './map-nested.ts';
import { NESTED_PAGES } from './nested-pages.ts';
import { ACTOR_FIELDS, ITEM_TYPES, RATE_LIMIT_FIELDS } from './pull-request-query.ts';
import type { RawList, RawNestedAnswer, RawNestedLists } from './raw-pull-request.ts';
import { oneOf, TextCleaner, toId, UnreadableError } from '../transport/wire-values.ts';

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

/** Fetches the next page of each of the lists with one request, in their order. Throws GitHubFailure and nothing else. */
export type FetchNestedPages = (
  repository: RepositoryName,
  lists: readonly NestedListRequest[],
) => Promise<{ readonly answers: readonly NestedAnswer[]; readonly quota: QuotaFact | null }>;

/** Makes the method of a client that reads nested lists on. */
export function createNestedPages(api: GitHubApi): FetchNestedPages {
  return async (repository, lists) => {
    const what = `pull requests of ${formatRepositoryName(repository)}`;
    const { answer, withheld } = await ask(api, repository, lists, what);
    const found = foundIn(answer, what);
    return {
      answers: lists.map((list, index): NestedAnswer => {
        const reason = withheld.get(`l${index}`);
        return reason === undefined
          ? readList(list, found[`l${index}`])
          : { kind: 'UNREADABLE', reason };
      }),
      quota: readAnswer(what, () => mapQuota(answer.rateLimit)),
    };
  };
}

function ask(
  api: GitHubApi,
  repository: RepositoryName,
  lists: readonly NestedListRequest[],
  what: string,
): Promise<PartialAnswer<RawNestedAnswer>> {
  const variablesOfLists = lists.flatMap(({ number, cursor }, index) => [
    [`n${index}`, number],
    [`c${index}`, cursor === '' ? null : cursor],
  ]);
  const variables = {
    ...repository,
    ...(Object.fromEntries(variablesOfLists) as Record<string, unknown>),
  };
  return acceptPartialAnswer(api.graphql<RawNestedAnswer>(nestedQuery(lists), variables, what));
}

const FIELDS: Readonly<Record<NestedListName, (pageArguments: string) => string>> = {
  LABELS: (pageArguments) => `labels(${pageArguments}) { ...LabelPage }`,
  TIMELINE: (pageArguments) =>
    `timelineItems(${pageArguments}, itemTypes: ${ITEM_TYPES}) { ...TimelinePage }`,
  COMMITS: (pageArguments) => `commits(${pageArguments}) { ...CommitPage }`,
  FILES: (pageArguments) => `files(${pageArguments}) { ...FilePage }`,
  CHECKS: (pageArguments) =>
    `statusCheckRollup { state contexts(${pageArguments}) { ...CheckPage } }`,
};

/** One alias a list. What comes from outside goes by variables; fragments that are not used would be refused. */
function nestedQuery(lists: readonly Pick<NestedListRequest, 'list'>[]): string {
  const names = new Set(lists.map(({ list }) => list));
  const variables = lists.map((_, index) => `$n${index}: Int!, $c${index}: String`).join(', ');
  const fields = lists.map(
    ({ list }, index) => `l${index}: pullRequest(number: $n${index}) {
      fullDatabaseId
      databaseId
      headRefOid
      ${FIELDS[list](`first: 100, after: $c${index}`)}
    }`,
  );
  return /* GraphQL */ `
  query NestedLists($owner: String!, $name: String!, ${variables}) {
    rateLimit {
      ...RateLimitFields
    }
    repository(owner: $owner, name: $name) {
      ${fields.join('\n      ')}
    }
  }
  ${RATE_LIMIT_FIELDS}
  ${[...names].map((name) => NESTED_PAGES[name]).join('')}
  ${names.has('TIMELINE') ? ACTOR_FIELDS : ''}
`;
}

function readList(
  request: NestedListRequest,
  raw: RawNestedLists | null | undefined,
): NestedAnswer {
  try {
    if (raw == null || toId(raw.fullDatabaseId ?? raw.databaseId, 'id') !== request.githubId) {
      return { kind: 'GONE' };
    }
    if (request.list === 'CHECKS' && raw.statusCheckRollup === undefined) {
      const page = { facts: NOTHING, checkState: null, nextCursor: null };
      const reason = 'CHECKS: the token may not read checks and commit statuses';
      return { kind: 'NOT_TOLD', page, reason };
    }
    return { kind: 'PAGE', page: toPage(request, raw) };
  } catch (error) {
    if (!(error instanceof UnreadableError) && !(error instanceof TypeError)) {
      throw error;
    }
    const reason = `${request.list}: ${error.message}`.slice(0, MAX_REASON_CHARACTERS);
    return { kind: 'UNREADABLE', reason: cleanText(reason).text };
  }
}

const NOTHING: NestedFacts = {
  labels: [],
  reviews: [],
  comments: [],
  events: [],
  commits: [],
  files: [],
  checks: [],
  aiSignals: [],
  unread: (Object.keys(NESTED_PAGES) as NestedListName[]).map((list) => ({ list, cursor: '' })),
};

function toPage({ list, cursor }: NestedListRequest, raw: RawNestedLists): NestedPage {
  const cleaner = new TextCleaner();
  const rollup = raw.statusCheckRollup ?? null;
  const pages: Readonly<Record<NestedListName, RawList<unknown> | null | undefined>> = {
    LABELS: raw.labels,
    TIMELINE: raw.timelineItems,
    COMMITS: raw.commits,
    FILES: raw.files,
    CHECKS: rollup?.contexts,
  };
  const { hasNextPage = false, endCursor = null } = pages[list]?.pageInfo ?? {};
  const nextCursor = hasNextPage ? cleaner.cleanKey(endCursor ?? '', `cursor of ${list}`) : null;
  if (cleaner.replaced || nextCursor === '' || (nextCursor !== null && nextCursor === cursor)) {
    throw new UnreadableError('the pages do not move on');
  }
  const commits = nodesOf(raw.commits).map(({ commit }) => toCommit(commit, cleaner));
  const files = nodesOf(raw.files).map((file) => toFile(file, cleaner));
  const { aiSignals, ...timeline } = toTimeline(nodesOf(raw.timelineItems), cleaner);
  return {
    facts: {
      ...NOTHING,
      ...timeline,
      labels: nodesOf(raw.labels).map((label) => cleaner.cleanKey(label.name, 'label')),
      commits: commits.map(({ commit }) => commit),
      files: files.map(({ file }) => file),
      checks: nodesOf(rollup?.contexts).map((check) => toCheck(check, raw.headRefOid, cleaner)),
      aiSignals: [
        ...aiSignals,
        ...commits.flatMap((commit) => commit.aiSignals),
        ...files.flatMap((file) => file.aiSignals),
      ],
    },
    checkState: rollup === null ? null : oneOf(rollup.state, CHECK_STATES, 'state of the checks'),
    nextCursor,
  };
}

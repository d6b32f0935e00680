import { parseInstant } from '../../domain/core/instants.ts';
import { compose, type GraphQLDocument } from '../../domain/core/graphql-document.ts';
import type { HistoryCommit } from '../../domain/delivery/delivery-facts.ts';
import { formatRepositoryName, type RepositoryName } from '../../domain/sync/repository-name.ts';
import { mapQuota } from '../pulls/map-facts.ts';
import { RATE_LIMIT_FIELDS, type RateLimitNode } from '../pulls/pull-request-query.ts';
import { foundIn, nodesOf, readAnswer } from '../transport/answers.ts';
import { nextCursorOf, toGitHubCursor } from '../transport/page-walk.ts';
import type { Answered, GitHubApi } from '../transport/api.ts';
import { TextCleaner, toCount, UnreadableError } from '../transport/wire-values.ts';

/** The commits that lead to one, itself first: newest first, as far as their clocks were right. */
export interface HistoryPage {
  readonly commits: readonly HistoryCommit[];
  /** How many there are in all. */
  readonly ancestors: number;
  /** Null at the end. */
  readonly nextCursor: string | null;
}

export interface HistoryRequest {
  readonly repository: RepositoryName;
  /** The page of the commits that lead to `root`; null when none is asked for. */
  readonly page: {
    readonly root: string;
    readonly after: string | null;
    /** 1 to 100. */
    readonly first: number;
  } | null;
  /** Commits of which is asked how many lead to them, 50 at the most. */
  readonly counted: readonly string[];
  /** How many of those that lead to each of them come along, the newest; 0 to 100. */
  readonly tip: number;
}

export interface HistoryAnswer {
  /** Null where none was asked for, and where GitHub does not know its root. */
  readonly page: HistoryPage | null;
  /** By their shas; a commit that GitHub does not know is not there. */
  readonly counts: ReadonlyMap<string, number>;
  /** The commits that came along with those that were counted. */
  readonly tips: readonly HistoryCommit[];
}

/** Parents of a commit that are asked for: more than two are rare, and each costs as many nodes as there are commits. */
const PARENTS = 5;

interface RawConnection<Node> {
  readonly totalCount: number;
  readonly nodes: readonly (Node | null)[] | null;
}

interface RawCommit {
  readonly oid: string;
  readonly committedDate: string;
  readonly parents: RawConnection<{ readonly oid: string }>;
}

/** What is asked of a commit only for its count has no page. */
type RawHistory = RawConnection<RawCommit> & Parameters<typeof nextCursorOf>[0];

interface RawObject {
  readonly history?: RawHistory;
}

type HistoryQuery = GraphQLDocument<
  {
    readonly rateLimit: RateLimitNode | null;
    readonly repository: Readonly<Record<string, RawObject | null>> | null;
  },
  object
>;

/** The history of commits, as GraphQL tells it. Throws GitHubFailure and nothing else. */
export function createHistory(api: GitHubApi) {
  return {
    async fetch({
      repository,
      page,
      counted,
      tip,
    }: HistoryRequest): Promise<Answered<HistoryAnswer>> {
      const what = `the history of ${formatRepositoryName(repository)}`;
      const variables = {
        ...repository,
        ...(page === null ? {} : { ...page, after: toGitHubCursor(page.after) }),
        ...Object.fromEntries(counted.map((sha, index) => [`c${index}`, sha])),
      };
      const raw = await api.graphql(
        historyQuery(page !== null, counted.length, tip),
        variables,
        what,
      );
      const found = foundIn(raw, what);
      return readAnswer(what, () => ({
        answer: {
          page: page === null ? null : mapHistory(found['page'] ?? null, page.after),
          counts: new Map(
            counted.flatMap((sha, index): [string, number][] => {
              const count = found[`c${index}`]?.history?.totalCount;
              return count === undefined ? [] : [[sha, toCount(count, 'count of commits')]];
            }),
          ),
          tips: counted.flatMap((_, index) => {
            const history = found[`c${index}`]?.history;
            return tip === 0 || history === undefined ? [] : mapCommits(history);
          }),
        },
        quota: mapQuota(raw.rateLimit),
      }));
    },
  };
}

/** What is asked of each commit. */
const NODES = `nodes { oid committedDate parents(first: ${PARENTS}) { totalCount nodes { oid } } }`;

/** One alias a commit that is counted. What comes from outside goes by variables. */
function historyQuery(withPage: boolean, counted: number, tip: number): HistoryQuery {
  const indexes = Array.from({ length: counted }, (_, index) => index);
  const variables = [
    '$owner: String!, $name: String!',
    ...(withPage ? ['$root: GitObjectID!, $first: Int!, $after: String'] : []),
    ...indexes.map((index) => `$c${index}: GitObjectID!`),
  ];
  const page = `page: object(oid: $root) {
        ... on Commit {
          history(first: $first, after: $after) {
            totalCount
            pageInfo {
              hasNextPage
              endCursor
            }
            ${NODES}
          }
        }
      }`;
  const history =
    tip === 0 ? 'history { totalCount }' : `history(first: ${tip}) { totalCount ${NODES} }`;
  const counts = indexes.map(
    (index) => `c${index}: object(oid: $c${index}) { ... on Commit { ${history} } }`,
  );
  return compose(
    `
  query CommitHistory(${variables.join(', ')}) {
    rateLimit {
      ...RateLimitFields
    }
    repository(owner: $owner, name: $name) {
      ${[...(withPage ? [page] : []), ...counts].join('\n      ')}
    }
  }
`,
    [RATE_LIMIT_FIELDS],
  );
}

/** @throws UnreadableError when a commit is not as GitHub's schema promises: a history with a hole proves nothing */
export function mapHistory(raw: RawObject | null, after: string | null): HistoryPage | null {
  if (raw?.history === undefined) {
    return null;
  }
  const { history } = raw;
  return {
    commits: mapCommits(history),
    ancestors: toCount(history.totalCount, 'count of commits'),
    nextCursor: nextCursorOf(history, after),
  };
}

/** @throws UnreadableError when a commit is not as GitHub's schema promises */
function mapCommits(history: RawConnection<RawCommit>): HistoryCommit[] {
  const commits = nodesOf(history);
  if (commits.length !== history.nodes?.length) {
    throw new UnreadableError('an entry of the history is empty');
  }
  const cleaner = new TextCleaner();
  return commits.map(({ oid, committedDate, parents }) => {
    const listed = nodesOf(parents);
    const total = toCount(parents.totalCount, 'count of parents');
    return {
      sha: toSha(oid, cleaner),
      // Of clocks that were wrong nothing follows but that the commit is looked at last.
      committedAt: parseInstant(committedDate) ?? new Date(0),
      parents: total === listed.length ? listed.map((parent) => toSha(parent.oid, cleaner)) : null,
    };
  });
}

/** Git's names of objects have 40 characters, or 64 where they are SHA-256. */
const MAX_SHA_BYTES = 64;

/** @throws UnreadableError also for what holds more than one name */
function toSha(value: string, cleaner: TextCleaner): string {
  const sha = cleaner.cleanKey(value, 'name of a commit', MAX_SHA_BYTES);
  if (!/^[\da-f]+$/.test(sha)) {
    throw new UnreadableError(`"${sha}" is no name of a commit`);
  }
  return sha;
}

import type {
  Instant,
  PullRequestData,
  PullRequestsOnDemand,
  RepositoryData,
  ReviewCommentData,
} from '../../core/github-data.ts';
import { stateAt, touchAt } from '../as-of.ts';
import type { PullRequestState } from '../as-of.ts';
import { sortByKey } from './keyset.ts';
import type { Direction, Key } from './keyset.ts';

/** What the lists need of a pull request; the rest is worked out for those that are shown. */
export interface PullRequestEntry {
  readonly number: number;
  readonly databaseId: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly state: PullRequestState;
  /** Of a pull request that is made on demand, it is made when this is read. */
  readonly data: PullRequestData;
}

export type PullRequestOrder = 'CREATED_AT' | 'UPDATED_AT';

/** What the lists of pull requests are sorted by; the id decides between equal instants. */
export const PULL_REQUEST_KEYS: Readonly<
  Record<PullRequestOrder, (entry: PullRequestEntry) => Key>
> = {
  CREATED_AT: ({ createdAt, databaseId }) => [createdAt, databaseId],
  UPDATED_AT: ({ updatedAt, databaseId }) => [updatedAt, databaseId],
};

/** A comment on code with the number of its pull request. */
export interface NumberedReviewComment {
  readonly number: number;
  readonly comment: ReviewCommentData;
}

/** The pull requests of a repository as of one moment, and until something happens. */
export interface Listing {
  readonly from: Instant;
  readonly until: Instant | null;
  readonly openCount: number;
  sorted(order: PullRequestOrder, direction: Direction): readonly PullRequestEntry[];
  /** Comments on code of all pull requests, in no order. Worked out when first asked for. */
  reviewComments(): readonly NumberedReviewComment[];
}

/** Lists what exists at a moment. Sorting is done once for each order that is asked for. */
export function listPullRequests(repository: RepositoryData, at: Instant): Listing {
  const entries: PullRequestEntry[] = [];
  let until: Instant | null = null;
  for (const data of repository.pullRequests) {
    const touch = touchAt(data, at);
    if (touch.updatedAt !== null) {
      const { number, databaseId, createdAt } = data;
      const { updatedAt } = touch;
      entries.push({ number, databaseId, createdAt, updatedAt, state: stateAt(data, at), data });
    }
    if (touch.nextChangeAt !== null && (until === null || touch.nextChangeAt < until)) {
      until = touch.nextChangeAt;
    }
  }
  const { madeOnDemand } = repository;
  for (let number = 1; number <= (madeOnDemand?.count ?? 0); number += 1) {
    if (madeOnDemand !== undefined) entries.push(new EntryOnDemand(madeOnDemand, number));
  }
  const lists = new Map<string, readonly PullRequestEntry[]>();
  const sorted = (order: PullRequestOrder, direction: Direction): readonly PullRequestEntry[] => {
    const key = `${order} ${direction}`;
    const known = lists.get(key);
    if (known !== undefined) {
      return known;
    }
    const list =
      direction === 'ASC'
        ? sortByKey(entries, PULL_REQUEST_KEYS[order])
        : sorted(order, 'ASC').toReversed();
    lists.set(key, list);
    return list;
  };
  let comments: readonly NumberedReviewComment[] | undefined;
  return {
    from: at,
    until,
    openCount: entries.reduce((count, { state }) => count + (state === 'OPEN' ? 1 : 0), 0),
    sorted,
    reviewComments: () => {
      comments ??= commentsOf(repository, entries, at);
      return comments;
    },
  };
}

/** Makes its pull request when it is read, and does not keep it. */
class EntryOnDemand implements PullRequestEntry {
  readonly number: number;
  readonly databaseId: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly state: PullRequestState;
  readonly #source: PullRequestsOnDemand;

  constructor(source: PullRequestsOnDemand, number: number) {
    const { databaseId, createdAt, updatedAt, state } = source.summary(number);
    this.number = number;
    this.databaseId = databaseId;
    this.createdAt = createdAt;
    this.updatedAt = updatedAt;
    this.state = state;
    this.#source = source;
  }

  get data(): PullRequestData {
    return this.#source.make(this.number);
  }
}

function commentsOf(
  { madeOnDemand }: RepositoryData,
  entries: readonly PullRequestEntry[],
  at: Instant,
): NumberedReviewComment[] {
  // Made ones are all alike: without comments in one of them there are none in the others.
  const areBare = madeOnDemand !== undefined && madeOnDemand.make(1).reviewComments.length === 0;
  return areBare
    ? []
    : entries.flatMap(({ number, data }) =>
        data.reviewComments
          .filter((comment) => comment.createdAt <= at)
          .map((comment) => ({ number, comment })),
      );
}

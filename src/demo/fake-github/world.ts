import type {
  AccountData,
  GitHubData,
  Instant,
  OrganizationData,
  PullRequestData,
  RepositoryData,
} from '../github-data.ts';
import { stateAt, touchAt, viewPullRequest } from './as-of.ts';
import type { PullRequestState, PullRequestView } from './as-of.ts';
import { sortByKey } from './keyset.ts';
import type { Key } from './keyset.ts';

/** What the lists need of a pull request; the rest is worked out for those that are shown. */
export interface PullRequestEntry {
  readonly data: PullRequestData;
  readonly updatedAt: Instant;
  readonly state: PullRequestState;
}

/** A source with its look-ups. Names and logins are compared without regard to case, as GitHub does. */
export interface GitHubWorld {
  readonly viewer: AccountData;
  readonly repositories: readonly RepositoryData[];
  account(login: string): AccountData | undefined;
  organization(login: string): OrganizationData | undefined;
  repository(owner: string, name: string): RepositoryData | undefined;
  repositoryById(databaseId: number): RepositoryData | undefined;
  /** Pull requests that exist at the moment, sorted by the key of that order, smallest first. */
  pullRequests(
    repository: RepositoryData,
    at: Instant,
    order: PullRequestOrder,
  ): readonly PullRequestEntry[];
  pullRequest(repository: RepositoryData, number: number, at: Instant): PullRequestView | null;
}

export type PullRequestOrder = 'CREATED_AT' | 'UPDATED_AT';

/** What the lists of pull requests are sorted by; the id decides between equal instants. */
export const PULL_REQUEST_KEYS: Readonly<
  Record<PullRequestOrder, (entry: PullRequestEntry) => Key>
> = {
  CREATED_AT: ({ data }) => [data.createdAt, data.databaseId],
  UPDATED_AT: ({ data, updatedAt }) => [updatedAt, data.databaseId],
};

interface Listing {
  readonly from: Instant;
  /** The listing holds until something happens. */
  readonly until: Instant | null;
  readonly sorted: Readonly<Record<PullRequestOrder, readonly PullRequestEntry[]>>;
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/**
 * Indexes a source.
 * @throws when it contradicts itself: an account that is named and not there, a number that is used twice, an instant
 * in another form than GitHub's
 */
export function createWorld(source: GitHubData): GitHubWorld {
  const accounts = new Map(
    source.accounts.map((account) => [account.login.toLowerCase(), account]),
  );
  const organizations = new Map(source.organizations.map((org) => [org.login.toLowerCase(), org]));
  const repositories = new Map<string, RepositoryData>();
  const byId = new Map<number, RepositoryData>();
  const numbers = new Map<RepositoryData, ReadonlyMap<number, PullRequestData>>();
  const listings = new Map<RepositoryData, Listing>();
  for (const repository of source.repositories) {
    repositories.set(`${repository.owner}/${repository.name}`.toLowerCase(), repository);
    byId.set(repository.databaseId, repository);
    numbers.set(repository, indexByNumber(repository, accounts));
  }
  const viewer = accounts.get(source.viewer.toLowerCase());
  if (viewer === undefined) {
    throw new Error(`The source names the viewer ${source.viewer}, but holds no such account.`);
  }

  function list(repository: RepositoryData, at: Instant): Listing {
    const known = listings.get(repository);
    if (known !== undefined && known.from <= at && (known.until === null || at < known.until)) {
      return known;
    }
    const fresh = listPullRequests(repository, at);
    listings.set(repository, fresh);
    return fresh;
  }

  return {
    viewer,
    repositories: source.repositories,
    account: (login) => accounts.get(login.toLowerCase()),
    organization: (login) => organizations.get(login.toLowerCase()),
    repository: (owner, name) => repositories.get(`${owner}/${name}`.toLowerCase()),
    repositoryById: (databaseId) => byId.get(databaseId),
    pullRequests: (repository, at, order) => list(repository, at).sorted[order],
    pullRequest: (repository, number, at) => {
      const data = numbers.get(repository)?.get(number);
      return data === undefined ? null : viewPullRequest(data, at);
    },
  };
}

function listPullRequests(repository: RepositoryData, at: Instant): Listing {
  const entries: PullRequestEntry[] = [];
  let until: Instant | null = null;
  for (const data of repository.pullRequests) {
    const touch = touchAt(data, at);
    if (touch.updatedAt !== null) {
      entries.push({ data, updatedAt: touch.updatedAt, state: stateAt(data, at) });
    }
    if (touch.nextChangeAt !== null && (until === null || touch.nextChangeAt < until)) {
      until = touch.nextChangeAt;
    }
  }
  return {
    from: at,
    until,
    sorted: {
      CREATED_AT: sortByKey(entries, PULL_REQUEST_KEYS.CREATED_AT),
      UPDATED_AT: sortByKey(entries, PULL_REQUEST_KEYS.UPDATED_AT),
    },
  };
}

function indexByNumber(
  repository: RepositoryData,
  accounts: ReadonlyMap<string, AccountData>,
): Map<number, PullRequestData> {
  const name = `${repository.owner}/${repository.name}`;
  requireAccount(accounts, repository.owner, name);
  const index = new Map<number, PullRequestData>();
  for (const pullRequest of repository.pullRequests) {
    const where = `${name}#${pullRequest.number}`;
    if (index.has(pullRequest.number)) {
      throw new Error(`The source holds ${where} twice.`);
    }
    if (!INSTANT.test(pullRequest.createdAt)) {
      throw new Error(
        `${where} was created at "${pullRequest.createdAt}"; write instants as 2026-03-05T09:12:33Z.`,
      );
    }
    for (const login of loginsOf(pullRequest)) {
      requireAccount(accounts, login, where);
    }
    index.set(pullRequest.number, pullRequest);
  }
  return index;
}

function loginsOf(pullRequest: PullRequestData): string[] {
  return [
    pullRequest.author,
    pullRequest.mergedBy,
    ...pullRequest.reviews.map((review) => review.author),
    ...pullRequest.comments.map((comment) => comment.author),
    ...pullRequest.commits.map((commit) => commit.author.login),
    ...pullRequest.requestedReviewers,
  ].filter((login) => login !== null);
}

function requireAccount(
  accounts: ReadonlyMap<string, AccountData>,
  login: string,
  where: string,
): void {
  if (!accounts.has(login.toLowerCase())) {
    throw new Error(`${where} names the account ${login}, but the source holds no such account.`);
  }
}

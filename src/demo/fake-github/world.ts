import type {
  AccountData,
  GitHubData,
  Instant,
  OrganizationData,
  PullRequestData,
  RepositoryData,
} from '../core/github-data.ts';
import { viewPullRequest } from './as-of.ts';
import type { PullRequestView } from './as-of.ts';
import { createCommitGraph } from './commit-graph.ts';
import type { CommitGraph } from './commit-graph.ts';
import { listPullRequests } from './graphql/pull-request-listing.ts';
import type { Listing } from './graphql/pull-request-listing.ts';

/** A source with its look-ups. Names and logins are compared without regard to case, as GitHub does. */
export interface GitHubWorld {
  readonly viewer: AccountData;
  readonly repositories: readonly RepositoryData[];
  readonly organizations: readonly OrganizationData[];
  account(login: string): AccountData | undefined;
  organization(login: string): OrganizationData | undefined;
  repository(owner: string, name: string): RepositoryData | undefined;
  /** The repository that had this name before it was renamed or transferred. */
  renamed(owner: string, name: string): RepositoryData | undefined;
  repositoryById(databaseId: number): RepositoryData | undefined;
  /** The pull requests that exist at the moment. */
  listing(repository: RepositoryData, at: Instant): Listing;
  /** Commits that are known, for comparisons. */
  commits(repository: RepositoryData): CommitGraph;
  pullRequest(repository: RepositoryData, number: number, at: Instant): PullRequestView | null;
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/**
 * Indexes a source.
 * @param formerNames `owner/name` in small letters to the id of the repository that had it before
 * @throws when it contradicts itself: an account that is named and not there, a number that is used twice, an instant
 * in another form than GitHub's
 */
export function createWorld(
  source: GitHubData,
  formerNames: ReadonlyMap<string, number> = new Map(),
): GitHubWorld {
  const accounts = new Map(
    source.accounts.map((account) => [account.login.toLowerCase(), account]),
  );
  const organizations = new Map(source.organizations.map((org) => [org.login.toLowerCase(), org]));
  const repositories = new Map<string, RepositoryData>();
  const byId = new Map<number, RepositoryData>();
  const numbers = new Map<RepositoryData, ReadonlyMap<number, PullRequestData>>();
  const listings = new Map<RepositoryData, Listing>();
  const graphs = new Map<RepositoryData, CommitGraph>();
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
    organizations: source.organizations,
    account: (login) => accounts.get(login.toLowerCase()),
    organization: (login) => organizations.get(login.toLowerCase()),
    repository: (owner, name) => repositories.get(`${owner}/${name}`.toLowerCase()),
    renamed: (owner, name) => byId.get(formerNames.get(`${owner}/${name}`.toLowerCase()) ?? 0),
    repositoryById: (databaseId) => byId.get(databaseId),
    listing: list,
    commits: (repository) => {
      const graph = graphs.get(repository) ?? createCommitGraph(repository);
      graphs.set(repository, graph);
      return graph;
    },
    pullRequest: (repository, number, at) => {
      const data = numbers.get(repository)?.get(number) ?? makeOnDemand(repository, number);
      return data === undefined ? null : viewPullRequest(data, at);
    },
  };
}

function makeOnDemand(
  { madeOnDemand }: RepositoryData,
  number: number,
): PullRequestData | undefined {
  return madeOnDemand !== undefined && number >= 1 && number <= madeOnDemand.count
    ? madeOnDemand.make(number)
    : undefined;
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

import type {
  AccountData,
  AccountKind,
  CommitData,
  GitSignatureData,
  Instant,
  PullRequestData,
  RepositoryData,
} from '../../core/github-data.ts';
import type { PullRequestView } from '../as-of.ts';
import type { GraphQLScope } from './graphql-scope.ts';
import type { Page } from './keyset.ts';
import { toNodeId } from './node-ids.ts';

export interface AccountNode {
  readonly __typename: AccountKind;
  readonly account: AccountData;
}

export interface RepositoryNode {
  readonly __typename: 'Repository';
  readonly repository: RepositoryData;
}

export interface PullRequestNode {
  readonly __typename: 'PullRequest';
  readonly repository: RepositoryData;
  readonly view: PullRequestView;
}

/** Something inside a pull request: a review, a commit, an event. */
export interface PartNode<Name extends string, Data> {
  readonly __typename: Name;
  readonly pullRequest: PullRequestNode;
  readonly data: Data;
}

export interface CommitNode {
  readonly __typename: 'Commit';
  readonly repository: RepositoryData;
  readonly commit: CommitData;
  /** Whose branch it is on, as far as that is known. */
  readonly pullRequest?: PullRequestNode;
}

const MAX_INT = 2 ** 31 - 1;

/** GraphQL's integers have 32 bits: only `fullDatabaseId` has larger ids. */
export function toDatabaseId(id: number): number | null {
  return id <= MAX_INT ? id : null;
}

/** An account under the type that it has: User, Bot, Mannequin or Organization. */
export function accountNode(account: AccountData): AccountNode {
  return { __typename: account.kind, account };
}

/** The account behind a login; null for a deleted one. */
export function actorNode(scope: GraphQLScope, login: string | null): AccountNode | null {
  const account = login === null ? undefined : scope.world.account(login);
  return account === undefined ? null : accountNode(account);
}

/** Who was asked for a review: an account, or a team, which is named `organisation/slug`. */
export function reviewerNode(scope: GraphQLScope, reviewer: string): unknown {
  const [organisation, slug] = reviewer.split('/');
  return slug === undefined
    ? actorNode(scope, reviewer)
    : {
        __typename: 'Team',
        id: toNodeId('Team', reviewer),
        slug,
        name: slug,
        combinedSlug: `${organisation}/${slug}`,
      };
}

/** The account of people who deleted theirs, where GitHub's schema has no null. */
export const GHOST: AccountData = {
  kind: 'User',
  databaseId: 10_137,
  login: 'ghost',
  name: 'Deleted user',
  url: 'https://github.com/ghost',
  createdAt: '2008-05-13T06:14:25Z',
};

/** A repository as GraphQL's type of that name. */
export function repositoryNode(repository: RepositoryData): RepositoryNode {
  return { __typename: 'Repository', repository };
}

/** A pull request as of the served moment; null when it is not open yet. */
export function pullRequestNode(
  scope: GraphQLScope,
  repository: RepositoryData,
  data: PullRequestData,
): PullRequestNode | null {
  const view = scope.world.pullRequest(repository, data.number, scope.at);
  return view === null ? null : { __typename: 'PullRequest', repository, view };
}

/** A commit of which no more is known than its name. */
export function bareCommitNode(repository: RepositoryData, oid: string, at: Instant): CommitNode {
  const nobody: GitSignatureData = { name: 'unknown', email: '', date: at, login: null };
  const commit: CommitData = {
    oid,
    message: '',
    author: nobody,
    committer: nobody,
    pushedAt: at,
    additions: 0,
    deletions: 0,
  };
  return { __typename: 'Commit', repository, commit };
}

/** A connection of something that the data has none of. */
export function emptyConnection(): Page<never> {
  return {
    totalCount: 0,
    nodes: [],
    edges: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  };
}

/** `owner/name`. */
export function nameWithOwner(repository: RepositoryData): string {
  return `${repository.owner}/${repository.name}`;
}

/** Path on the web site, `/owner/name` and what follows. */
export function pathOf(repository: RepositoryData, rest = ''): string {
  return `/${nameWithOwner(repository)}${rest}`;
}

import type { RepositoryData } from '../../core/github-data.ts';
import { pageOfDeployments, pageOfReleases } from './graphql-deliveries.ts';
import { findCommit } from './graphql-history.ts';
import { findPullRequest, pageOfPullRequests } from './graphql-pull-request-list.ts';
import {
  actorNode,
  bareCommitNode,
  emptyConnection,
  nameWithOwner,
  pathOf,
  repositoryNode,
} from './graphql-nodes.ts';
import type { CommitNode, RepositoryNode } from './graphql-nodes.ts';
import type { Fields, GraphQLScope } from './graphql-scope.ts';
import { needPermission } from '../permissions.ts';
import { toNodeId } from './node-ids.ts';

export interface RefNode {
  readonly __typename: 'Ref';
  readonly repository: RepositoryData;
  readonly name: string;
}

/** A branch by its short name. */
export function refNode(repository: RepositoryData, name: string): RefNode {
  return { __typename: 'Ref', repository, name };
}

/** When something last happened: as the source says, else with the pull requests. */
export function lastActivity(
  repository: RepositoryData,
  said: string | null,
  { world, at }: Pick<GraphQLScope, 'world' | 'at'>,
): string {
  if (said !== null) {
    return said;
  }
  const newest = world.listing(repository, at).sorted('UPDATED_AT', 'ASC').at(-1);
  return newest?.updatedAt ?? repository.createdAt;
}

/** The newest commit of a branch that is known: of its history, or what was last merged into it. */
function tipOf({ repository, name }: RefNode, { world, at }: GraphQLScope): CommitNode | null {
  const newest = (repository.history ?? [])
    .filter((commit) => name === repository.defaultBranch && commit.at <= at)
    .toSorted((a, b) => (a.at < b.at ? 1 : -1))[0];
  if (newest !== undefined) {
    return bareCommitNode(repository, newest.oid, newest.at);
  }
  const merged = world
    .listing(repository, at)
    .sorted('UPDATED_AT', 'DESC')
    .find(({ state, data }) => state === 'MERGED' && data.baseRefName === name)?.data;
  return merged?.mergeCommitOid == null || merged.mergedAt === null
    ? null
    : bareCommitNode(repository, merged.mergeCommitOid, merged.mergedAt);
}

const facts: Fields<RepositoryNode> = {
  id: ({ repository }) => toNodeId('Repository', repository.databaseId),
  databaseId: ({ repository }) => repository.databaseId,
  name: ({ repository }) => repository.name,
  nameWithOwner: ({ repository }) => nameWithOwner(repository),
  owner: ({ repository }, _args, scope) => actorNode(scope, repository.owner),
  url: ({ repository }) => repository.url,
  resourcePath: ({ repository }) => pathOf(repository),
  sshUrl: ({ repository }) =>
    `git@${new URL(repository.url).host}:${nameWithOwner(repository)}.git`,
  description: ({ repository }) => repository.description,
  visibility: ({ repository }) => (repository.isPrivate ? 'PRIVATE' : 'PUBLIC'),
  isPrivate: ({ repository }) => repository.isPrivate,
  isArchived: ({ repository }) => repository.isArchived,
  isFork: ({ repository }) => repository.isFork,
  isEmpty: ({ repository }) => repository.defaultBranch === null,
  isInOrganization: ({ repository }, _args, { world }) =>
    world.organization(repository.owner) !== undefined,
  createdAt: ({ repository }) => repository.createdAt,
  updatedAt: ({ repository }, _args, scope) =>
    lastActivity(repository, repository.updatedAt, scope),
  pushedAt: ({ repository }, _args, scope) => lastActivity(repository, repository.pushedAt, scope),
  defaultBranchRef: ({ repository }) =>
    repository.defaultBranch === null ? null : refNode(repository, repository.defaultBranch),
  primaryLanguage: ({ repository }) =>
    repository.primaryLanguage === null ? null : { name: repository.primaryLanguage },
};

/** A repository that nobody locked, starred or forked. */
const quiet: Fields<RepositoryNode> = {
  isDisabled: () => false,
  isLocked: () => false,
  isMirror: () => false,
  isTemplate: () => false,
  stargazerCount: () => 0,
  forkCount: () => 0,
  issues: emptyConnection,
  stargazers: emptyConnection,
  watchers: emptyConnection,
  forks: emptyConnection,
};

export const repositoryFields = {
  Repository: {
    ...facts,
    ...quiet,
    object: ({ repository }, { oid }, scope) => {
      needPermission(scope, 'contents');
      return findCommit(repository, oid, scope);
    },
    deployments: ({ repository }, args, scope) => {
      needPermission(scope, 'deployments');
      return pageOfDeployments(repository, args, scope);
    },
    releases: ({ repository }, args, scope) => {
      needPermission(scope, 'contents');
      return pageOfReleases(repository, args, scope);
    },
    pullRequests: ({ repository }, args, scope) => {
      needPermission(scope, 'pull_requests');
      return pageOfPullRequests(repository, args, scope);
    },
    pullRequest: ({ repository }, args, scope) => {
      needPermission(scope, 'pull_requests');
      return findPullRequest(repository, args, scope);
    },
    issueOrPullRequest: ({ repository }, args, scope) => findPullRequest(repository, args, scope),
  } satisfies Fields<RepositoryNode>,
  Ref: {
    id: ({ repository, name }) => toNodeId('Ref', repository.databaseId, name),
    prefix: () => 'refs/heads/',
    repository: ({ repository }) => repositoryNode(repository),
    target: (node, _args, scope) => {
      needPermission(scope, 'contents');
      return tipOf(node, scope);
    },
  } satisfies Fields<RefNode>,
  Language: {
    id: ({ name }) => toNodeId('Language', name),
  } satisfies Fields<{ name: string }>,
};

import type {
  DeploymentData,
  Instant,
  ReleaseData,
  RepositoryData,
} from '../../core/github-data.ts';
import {
  GHOST,
  accountNode,
  actorNode,
  bareCommitNode,
  repositoryNode,
  toDatabaseId,
} from './graphql-nodes.ts';
import type { AccountNode } from './graphql-nodes.ts';
import type { FieldArguments, Fields, GraphQLScope } from './graphql-scope.ts';
import { mapPage, paginate, paginateInOrder, sortByKey } from './keyset.ts';
import type { Direction, Page } from './keyset.ts';
import { toNodeId } from './node-ids.ts';

interface DeploymentNode {
  readonly __typename: 'Deployment';
  readonly repository: RepositoryData;
  readonly data: DeploymentData;
  readonly statuses: DeploymentData['statuses'];
}

interface StatusNode {
  readonly __typename: 'DeploymentStatus';
  readonly deployment: DeploymentNode;
  readonly index: number;
}

interface ReleaseNode {
  readonly __typename: 'Release';
  readonly repository: RepositoryData;
  readonly data: ReleaseData;
}

/** One page of `Repository.deployments`, oldest first unless asked otherwise. */
export function pageOfDeployments(
  repository: RepositoryData,
  args: FieldArguments,
  { at }: GraphQLScope,
): Page<unknown> {
  const { environments } = args;
  const all = (repository.deployments ?? []).filter(({ createdAt }) => createdAt <= at);
  const wanted = all.filter(
    ({ environment }) => !Array.isArray(environments) || environments.includes(environment),
  );
  return mapPage(pageByCreation(wanted, args), (data) => toNode(repository, data, all, at));
}

/** The deployment with that database id; null when it is not there yet. */
export function findDeployment(
  repository: RepositoryData,
  databaseId: number,
  { at }: GraphQLScope,
): unknown {
  const all = (repository.deployments ?? []).filter(({ createdAt }) => createdAt <= at);
  const data = all.find((deployment) => deployment.databaseId === databaseId);
  return data === undefined ? null : toNode(repository, data, all, at);
}

function toNode(
  repository: RepositoryData,
  data: DeploymentData,
  all: readonly DeploymentData[],
  at: Instant,
): DeploymentNode {
  const statuses = statusesAt(data, all, at);
  return { __typename: 'Deployment', repository, data, statuses };
}

/**
 * The statuses that are there by a moment, oldest first. GitHub adds INACTIVE to what went well before once a later
 * deployment to that environment goes well.
 */
function statusesAt(
  data: DeploymentData,
  all: readonly DeploymentData[],
  at: Instant,
): DeploymentData['statuses'] {
  const own = data.statuses.filter((status) => status.at <= at);
  const replacedAt = all
    .filter((other) => other.environment === data.environment && other.createdAt > data.createdAt)
    .flatMap((other) => other.statuses)
    .filter((status) => status.state === 'SUCCESS' && status.at <= at)
    .map((status) => status.at)
    .toSorted()[0];
  return replacedAt !== undefined && own.at(-1)?.state === 'SUCCESS'
    ? [...own, { state: 'INACTIVE', at: replacedAt }]
    : own;
}

/** One page of `Repository.releases`, drafts too: the token may push. */
export function pageOfReleases(
  repository: RepositoryData,
  args: FieldArguments,
  { at }: GraphQLScope,
): Page<unknown> {
  const wanted = (repository.releases ?? []).filter(({ createdAt }) => createdAt <= at);
  return mapPage(pageByCreation(wanted, args), (data): ReleaseNode => ({
    __typename: 'Release',
    repository,
    data,
  }));
}

function pageByCreation<Row extends { readonly createdAt: Instant; readonly databaseId: number }>(
  rows: readonly Row[],
  args: FieldArguments,
): Page<Row> {
  const orderBy = args['orderBy'] as { readonly direction: Direction } | null | undefined;
  const direction = orderBy?.direction ?? 'ASC';
  const keyOf = (row: Row) => [row.createdAt, row.databaseId] as const;
  const ascending = sortByKey(rows, keyOf);
  return paginate(direction === 'ASC' ? ascending : ascending.toReversed(), keyOf, args, direction);
}

/** As `Deployment.state` has it: a deployment that went well is ACTIVE until another follows it. */
function stateOf({ statuses }: DeploymentNode): string {
  const last = statuses.at(-1)?.state ?? 'PENDING';
  return last === 'SUCCESS' ? 'ACTIVE' : last;
}

function statusNodes(deployment: DeploymentNode): StatusNode[] {
  return deployment.statuses.map((_, index) => ({
    __typename: 'DeploymentStatus',
    deployment,
    index,
  }));
}

/** A deployment has a creator in GitHub's schema: `ghost` when the account is gone. */
function creatorOf(deployment: DeploymentNode, scope: GraphQLScope): AccountNode {
  return actorNode(scope, deployment.data.creator) ?? accountNode(GHOST);
}

const deploymentFields: Fields<DeploymentNode> = {
  id: ({ repository, data }) => toNodeId('Deployment', repository.databaseId, data.databaseId),
  databaseId: ({ data }) => toDatabaseId(data.databaseId),
  environment: ({ data }) => data.environment,
  originalEnvironment: ({ data }) => data.environment,
  latestEnvironment: ({ data }) => data.environment,
  description: ({ data }) => data.description,
  task: () => 'deploy',
  commitOid: ({ data }) => data.oid,
  commit: ({ repository, data }) => bareCommitNode(repository, data.oid, data.createdAt),
  ref: ({ repository, data }) =>
    data.ref === null ? null : { __typename: 'Ref', repository, name: data.ref },
  creator: (node, _args, scope) => creatorOf(node, scope),
  createdAt: ({ data }) => data.createdAt,
  updatedAt: ({ data, statuses }) => statuses.at(-1)?.at ?? data.createdAt,
  state: stateOf,
  latestStatus: (node) => statusNodes(node).at(-1) ?? null,
  // The newest first, as GitHub lists them.
  statuses: (node, args) => paginateInOrder(statusNodes(node).toReversed(), args),
  repository: ({ repository }) => repositoryNode(repository),
};

const statusFields: Fields<StatusNode> = {
  id: ({ deployment: { repository, data }, index }) =>
    toNodeId('DeploymentStatus', repository.databaseId, data.databaseId, index),
  state: ({ deployment, index }) => deployment.statuses[index]?.state,
  createdAt: ({ deployment, index }) => deployment.statuses[index]?.at,
  updatedAt: ({ deployment, index }) => deployment.statuses[index]?.at,
  environment: ({ deployment }) => deployment.data.environment,
  creator: ({ deployment }, _args, scope) => creatorOf(deployment, scope),
  deployment: ({ deployment }) => deployment,
};

const releaseFields: Fields<ReleaseNode> = {
  id: ({ repository, data }) => toNodeId('Release', repository.databaseId, data.databaseId),
  databaseId: ({ data }) => toDatabaseId(data.databaseId),
  name: ({ data }) => data.name,
  tagName: ({ data }) => data.tag,
  tagCommit: ({ repository, data }) =>
    data.oid === null ? null : bareCommitNode(repository, data.oid, data.createdAt),
  author: ({ data }, _args, scope) => {
    const author = actorNode(scope, data.author);
    return author?.__typename === 'User' ? author : null;
  },
  isDraft: ({ data }, _args, { at }) => isDraftAt(data, at),
  isPrerelease: ({ data }) => data.isPrerelease,
  createdAt: ({ data }) => data.createdAt,
  publishedAt: ({ data }, _args, { at }) => (isDraftAt(data, at) ? null : data.publishedAt),
  updatedAt: ({ data }, _args, { at }) =>
    isDraftAt(data, at) ? data.createdAt : (data.publishedAt ?? data.createdAt),
  url: ({ repository, data }) => `${repository.url}/releases/tag/${data.tag}`,
  resourcePath: ({ repository, data }) =>
    `/${repository.owner}/${repository.name}/releases/tag/${data.tag}`,
  repository: ({ repository }) => repositoryNode(repository),
};

/** A release that is published later is a draft until then. */
function isDraftAt({ isDraft, publishedAt }: ReleaseData, at: Instant): boolean {
  return isDraft || (publishedAt !== null && publishedAt > at);
}

export const deliveryFields = {
  Deployment: deploymentFields,
  DeploymentStatus: statusFields,
  Release: releaseFields,
};

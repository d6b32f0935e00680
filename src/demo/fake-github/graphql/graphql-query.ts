import { accountFields, findRepository } from './graphql-accounts.ts';
import { checkFields } from './graphql-checks.ts';
import { deliveryFields, findDeployment } from './graphql-deliveries.ts';
import { accountNode, repositoryNode } from './graphql-nodes.ts';
import type { PullRequestNode } from './graphql-nodes.ts';
import { pullRequestPartFields, reviewNode } from './graphql-pull-request-parts.ts';
import { pullRequestFields } from './graphql-pull-request.ts';
import { repositoryFields } from './graphql-repository.ts';
import type { FieldTable, Fields, GraphQLScope } from './graphql-scope.ts';
import { searchPullRequests } from './graphql-search.ts';
import { timelineFields } from './graphql-timeline.ts';
import { parseNodeId } from './node-ids.ts';
import { notFound } from '../refusal.ts';
import type { AccountKind } from '../../core/github-data.ts';

const queryFields: Fields<unknown> = {
  viewer: (_root, _args, { world }) => accountNode(world.viewer),
  rateLimit: (_root, _args, { rateLimit }) => rateLimit,
  relay: () => ({}),
  repository: (_root, { owner, name, followRenames }, scope) =>
    findRepository(String(owner), name, scope, followRenames),
  search: (_root, args, scope) => searchPullRequests(args, scope),
  repositoryOwner: (_root, { login }, { world }) => {
    const account = world.account(String(login));
    const owns = account?.kind === 'User' || account?.kind === 'Organization';
    return account !== undefined && owns ? accountNode(account) : null;
  },
  user: (_root, { login }, scope) => findAccount('User', 'a User', String(login), scope),
  organization: (_root, { login }, scope) =>
    findAccount('Organization', 'an Organization', String(login), scope),
  node: (_root, { id }, scope) => findNode(String(id), scope),
  nodes: (_root, { ids }, scope) =>
    (Array.isArray(ids) ? ids : []).map((id) => {
      // One bad id is an error of its own and null in the list; the others are answered.
      try {
        return findNode(String(id), scope);
      } catch (refusal) {
        return refusal;
      }
    }),
};

/** How every field that the fake GitHub knows is worked out. */
export const FIELD_TABLE: FieldTable = {
  Query: queryFields,
  ...accountFields,
  ...repositoryFields,
  ...pullRequestFields,
  ...pullRequestPartFields,
  ...timelineFields,
  ...checkFields,
  ...deliveryFields,
};

function findAccount(
  kind: AccountKind,
  words: string,
  login: string,
  { world }: GraphQLScope,
): unknown {
  const account = world.account(login);
  if (account?.kind !== kind) {
    throw notFound(`Could not resolve to ${words} with the login of '${login}'.`);
  }
  return accountNode(account);
}

function findNode(id: string, scope: GraphQLScope): unknown {
  const found = lookUp(id, scope);
  if (found == null) {
    throw notFound(`Could not resolve to a node with the global id of '${id}'`);
  }
  return found;
}

function lookUp(id: string, scope: GraphQLScope): unknown {
  const reference = parseNodeId(id);
  const [first, number, last] = reference?.path ?? [];
  if (reference?.kind === 'Account') {
    const account = scope.world.account(String(first));
    return account === undefined ? null : accountNode(account);
  }
  const repository = scope.world.repositoryById(Number(first));
  if (repository === undefined) {
    return null;
  }
  if (reference?.kind === 'Repository') {
    return repositoryNode(repository);
  }
  if (reference?.kind === 'Deployment') {
    return findDeployment(repository, Number(number), scope);
  }
  const view = scope.world.pullRequest(repository, Number(number), scope.at);
  if (view === null) {
    return null;
  }
  const pullRequest: PullRequestNode = { __typename: 'PullRequest', repository, view };
  if (reference?.kind === 'PullRequest') {
    return pullRequest;
  }
  const review = pullRequest.view.reviews.find((candidate) => candidate.databaseId === last);
  return reference?.kind === 'PullRequestReview' && review !== undefined
    ? reviewNode(pullRequest, review)
    : null;
}

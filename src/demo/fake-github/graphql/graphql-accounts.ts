import type { AccountData, OrganizationData, RepositoryData } from '../../core/github-data.ts';
import { accountNode, repositoryNode } from './graphql-nodes.ts';
import type { AccountNode } from './graphql-nodes.ts';
import type { FieldArguments, Fields, GraphQLScope } from './graphql-scope.ts';
import { mapPage, paginate, sortByKey } from './keyset.ts';
import { toNodeId } from './node-ids.ts';
import { needPermission } from '../permissions.ts';
import { GitHubRefusal, notFound } from '../refusal.ts';

const BOT_SUFFIX = '[bot]';

/** The REST API names a bot `dependabot[bot]`; GraphQL names it `dependabot` and says that it is a Bot. */
function graphqlLogin(account: AccountData): string {
  return account.kind === 'Bot' && account.login.endsWith(BOT_SUFFIX)
    ? account.login.slice(0, -BOT_SUFFIX.length)
    : account.login;
}

const actorFields: Fields<AccountNode> = {
  id: ({ account }) => toNodeId('Account', account.login),
  databaseId: ({ account }) => account.databaseId,
  login: ({ account }) => graphqlLogin(account),
  url: ({ account }) => account.url,
  resourcePath: ({ account }) => new URL(account.url).pathname,
  avatarUrl: ({ account }) => `https://avatars.githubusercontent.com/u/${account.databaseId}?v=4`,
  createdAt: ({ account }) => account.createdAt,
  updatedAt: ({ account }) => account.createdAt,
};

const ownerFields: Fields<AccountNode> = {
  ...actorFields,
  name: ({ account }) => account.name,
  email: () => '',
  repositories: ({ account }, args, scope) => pageOfRepositories(account, args, scope),
  repository: ({ account }, args, scope) =>
    findRepository(account.login, args['name'], scope, args['followRenames']),
};

const userFields: Fields<AccountNode> = {
  ...ownerFields,
  isViewer: ({ account }, _args, { world }) => account === world.viewer,
  isSiteAdmin: () => false,
  organizations: ({ account }, args, { world }) => {
    const mine = [...new Set(world.repositories.map((repository) => repository.owner))]
      .map((owner) => world.organization(owner))
      .filter((found) => found?.members.includes(account.login) === true)
      .map((found) => world.account(found?.login ?? ''))
      .filter((found) => found !== undefined);
    return mapPage(paginate(sortAccounts(mine), accountKey, args), accountNode);
  },
};

const organizationFields: Fields<AccountNode> = {
  ...ownerFields,
  viewerIsAMember: ({ account }, _args, { world }) =>
    membersOf(world.organization(account.login)).includes(world.viewer.login),
  membersWithRole: ({ account }, args, scope) => {
    needPermission(scope, 'members');
    const { world } = scope;
    const members = membersOf(world.organization(account.login))
      .map((login) => world.account(login))
      .filter((member) => member !== undefined);
    const page = mapPage(paginate(sortAccounts(members), accountKey, args), accountNode);
    // GitHub shows only owners who else has two factors; this token is a member's.
    const edges = page.edges.map((edge) => ({
      ...edge,
      role: 'MEMBER',
      hasTwoFactorEnabled: null,
    }));
    return { ...page, edges };
  },
};

export const accountFields = {
  User: userFields,
  Bot: actorFields,
  Mannequin: { ...actorFields, email: () => null } satisfies Fields<AccountNode>,
  Organization: organizationFields,
};

/** The repository, or GitHub's refusal: a private one that the token may not see looks the same as none. */
export function findRepository(
  owner: string,
  name: unknown,
  { world }: GraphQLScope,
  followRenames: unknown = true,
): unknown {
  const repository =
    world.repository(owner, String(name)) ??
    (followRenames === false ? undefined : world.renamed(owner, String(name)));
  if (repository?.isBlocked === true) {
    throw new GitHubRefusal('FORBIDDEN', 'Repository access blocked');
  }
  if (repository === undefined) {
    throw notFound(`Could not resolve to a Repository with the name '${owner}/${String(name)}'.`);
  }
  return repositoryNode(repository);
}

function accountKey(account: AccountData): readonly [string, number] {
  return [account.login.toLowerCase(), account.databaseId];
}

function sortAccounts(accounts: readonly AccountData[]): AccountData[] {
  return sortByKey(accounts, accountKey);
}

function membersOf(organization: OrganizationData | undefined): readonly string[] {
  return organization?.members ?? [];
}

function pageOfRepositories(
  owner: AccountData,
  args: FieldArguments,
  { world }: GraphQLScope,
): unknown {
  const keyOf = (repository: RepositoryData) => [repository.name, repository.databaseId] as const;
  const owned = world.repositories.filter(
    (repository) => repository.owner.toLowerCase() === owner.login.toLowerCase(),
  );
  return mapPage(paginate(sortByKey(owned, keyOf), keyOf, args), repositoryNode);
}

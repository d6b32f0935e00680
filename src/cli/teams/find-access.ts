import type { ResultOf } from 'gql.tada';
import { DomainError } from '../../domain/core/errors.ts';
import { gql } from '../core/graphql.ts';
import type { GraphQLClient } from '../core/graphql-client.ts';

const OWN_TEAMS = gql('query OwnTeams { teams(first: 100) { nodes { slug } } }');

const TEAM = gql(
  'query TeamOfCommand($slug: String!) { teamAccess(slug: $slug) { id slug name } }',
);

const USERS = gql(`
  query TeamUsers($teamId: ID!, $after: String) {
    teamAccess(teamId: $teamId) {
      users(first: 100, after: $after) {
        nodes { id email name role }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`);

const TOKENS = gql(`
  query TeamTokens($teamId: ID!, $after: String) {
    teamAccess(teamId: $teamId) {
      accessTokens(first: 100, after: $after) {
        nodes { id name userEmail role opensAllTeams createdAt createdBy expiresAt lastUsedAt }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`);

type Access<Answer extends { readonly teamAccess: unknown }> = NonNullable<Answer['teamAccess']>;

/** A team that a command is about. */
export type CommandTeam = Access<ResultOf<typeof TEAM>>;
/** A user with a role in a team. */
export type ListedUser = Access<ResultOf<typeof USERS>>['users']['nodes'][number];
/** A token that opens a team. */
export type ListedToken = Access<ResultOf<typeof TOKENS>>['accessTokens']['nodes'][number];

/**
 * The team with this slug, else the only one of the viewer.
 * @throws DomainError INVALID_INPUT when it has to be named; GatewayError when it may not be seen
 */
export async function findTeamAccess(client: GraphQLClient, slug?: string): Promise<CommandTeam> {
  const { teamAccess } = await client.query(TEAM, { slug: slug ?? (await onlySlug(client)) });
  return found(teamAccess);
}

async function onlySlug(client: GraphQLClient): Promise<string> {
  const { nodes } = (await client.query(OWN_TEAMS, {})).teams;
  const [team, ...others] = nodes;
  if (team === undefined || others.length > 0) {
    const slugs = nodes.map((each) => each.slug).join(', ');
    throw new DomainError(
      'INVALID_INPUT',
      `Say which team with --team${slugs === '' ? '' : `: ${slugs}`}.`,
    );
  }
  return team.slug;
}

/** All users of a team, by email address. */
export async function listUsers(client: GraphQLClient, teamId: string): Promise<ListedUser[]> {
  return readPages(async (after) => {
    const { teamAccess } = await client.query(USERS, { teamId, after });
    return found(teamAccess).users;
  });
}

/** All tokens that open a team, newest first. */
export async function listTokens(client: GraphQLClient, teamId: string): Promise<ListedToken[]> {
  return readPages(async (after) => {
    const { teamAccess } = await client.query(TOKENS, { teamId, after });
    return found(teamAccess).accessTokens;
  });
}

/**
 * The user of a team with this email address.
 * @throws DomainError NOT_FOUND
 */
export async function findUser(
  client: GraphQLClient,
  team: CommandTeam,
  email: string,
): Promise<ListedUser> {
  const wanted = email.trim().toLowerCase();
  const user = (await listUsers(client, team.id)).find((each) => each.email === wanted);
  if (user === undefined) {
    throw new DomainError(
      'NOT_FOUND',
      `The team ${team.slug} has no user ${wanted}: \`throughline user list --team ${team.slug}\` shows those that it has.`,
    );
  }
  return user;
}

/** All pages of a list. @param read reads the page behind a cursor, the first one for null */
export async function readPages<Node>(
  read: (after: string | null) => Promise<{
    readonly nodes: readonly Node[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  }>,
): Promise<Node[]> {
  const all: Node[] = [];
  let after: string | null = null;
  do {
    const { nodes, pageInfo } = await read(after);
    all.push(...nodes);
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after !== null);
  return all;
}

/** What a nullable field answered: when it is null, its error has been thrown already. */
function found<Value>(value: Value | null): Value {
  if (value === null) {
    throw new DomainError('NOT_FOUND', 'There is no such team, or you may not see it.');
  }
  return value;
}

import { DomainError } from '../../domain/core/errors.ts';
import { excerpt } from '../../domain/core/excerpt.ts';
import type { CommandContext } from '../core/command.ts';
import { gql } from '../core/graphql.ts';
import type { GraphQLClient } from '../core/graphql-client.ts';
import { openClient } from '../core/open-client.ts';
import { renderTable } from '../core/plain-table.ts';
import { payloadOf } from './answers.ts';
import { findTeamAccess, findUser, listUsers } from './find-access.ts';

const ADD = gql(`
  mutation AddUser($input: AddUserInput!) {
    addUser(input: $input) {
      ... on AddUserPayload { user { id email name role } }
      ... on UserError { message }
    }
  }
`);

const REMOVE = gql(`
  mutation RemoveUser($input: RemoveUserInput!) {
    removeUser(input: $input) {
      ... on RemoveUserPayload { userId }
      ... on UserError { message }
    }
  }
`);

const REMOVE_OPERATOR = gql(`
  mutation RemoveOperator($input: RemoveOperatorInput!) {
    removeOperator(input: $input) {
      ... on RemoveOperatorPayload { userId }
      ... on UserError { message }
    }
  }
`);

const OPERATORS = gql('query Operators { installation { operators { id email name } } }');

/** How a command spells the roles of a team. */
export const ROLE_WORDS = ['viewer', 'admin'] as const;

type RoleWord = (typeof ROLE_WORDS)[number];

/** The role as the API spells it. */
export function roleOf(word: RoleWord): 'VIEWER' | 'ADMIN' {
  return word === 'admin' ? 'ADMIN' : 'VIEWER';
}

interface TeamFlags {
  readonly team?: string;
  readonly json: boolean;
}

export interface AddUserFlags extends TeamFlags {
  readonly name?: string;
  readonly role: RoleWord;
}

/** Gives a user a role in a team. */
export async function addUserCommand(
  context: CommandContext,
  email: string,
  { team: slug, name, role, json }: AddUserFlags,
): Promise<number> {
  const client = await openClient(context);
  const team = await findTeamAccess(client, slug);
  const input = {
    teamId: team.id,
    email,
    role: roleOf(role),
    ...(name !== undefined && { name }),
  };
  const { user } = payloadOf((await client.send(ADD, { input })).addUser);
  context.print(
    json
      ? `${JSON.stringify({ user })}\n`
      : `${user.email} is ${role} of ${team.slug}. Create an access token with: throughline token create --team ${team.slug} --user ${user.email}\n`,
  );
  return 0;
}

export interface ListUsersFlags extends TeamFlags {
  readonly operator: boolean;
}

/** Lists the users of a team, or the operators. */
export async function listUsersCommand(
  context: CommandContext,
  { team: slug, operator, json }: ListUsersFlags,
): Promise<number> {
  const client = await openClient(context);
  const users = operator
    ? (await readOperators(client)).map((user) => ({ ...user, role: 'OPERATOR' as const }))
    : await listUsers(client, (await findTeamAccess(client, slug)).id);
  const rows = users.map(({ email, name, role }) => [email, excerpt(name), role.toLowerCase()]);
  context.print(
    json
      ? `${JSON.stringify({ users })}\n`
      : `${renderTable(['Email', 'Name', 'Role'], rows, () => true)}\n`,
  );
  return 0;
}

/** Takes a user out of a team, or the instance role from an operator. */
export async function removeUserCommand(
  context: CommandContext,
  email: string,
  { team: slug, operator, json }: ListUsersFlags,
): Promise<number> {
  const client = await openClient(context);
  if (operator) {
    const { userId } = await removeOperator(client, email);
    context.print(json ? `${JSON.stringify({ userId })}\n` : `${email} is no operator any more.\n`);
    return 0;
  }
  const team = await findTeamAccess(client, slug);
  const user = await findUser(client, team, email);
  const input = { teamId: team.id, userId: user.id };
  const { userId } = payloadOf((await client.send(REMOVE, { input })).removeUser);
  context.print(
    json
      ? `${JSON.stringify({ userId })}\n`
      : `${user.email} is out of ${team.slug}; the tokens for it do not work any more.\n`,
  );
  return 0;
}

async function removeOperator(
  client: GraphQLClient,
  email: string,
): Promise<{ readonly userId: string }> {
  const wanted = email.trim().toLowerCase();
  const operator = (await readOperators(client)).find((each) => each.email === wanted);
  if (operator === undefined) {
    throw new DomainError(
      'NOT_FOUND',
      `There is no operator ${excerpt(wanted)}: \`throughline user list --operator\` shows them.`,
    );
  }
  const input = { userId: operator.id };
  return payloadOf((await client.send(REMOVE_OPERATOR, { input })).removeOperator);
}

async function readOperators(client: GraphQLClient) {
  return (await client.query(OPERATORS, {})).installation?.operators ?? [];
}

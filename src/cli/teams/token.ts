import { DomainError } from '../../domain/core/errors.ts';
import { excerpt } from '../../domain/core/excerpt.ts';
import type { CommandContext } from '../core/command.ts';
import { gql } from '../core/graphql.ts';
import { openClient } from '../core/open-client.ts';
import { renderTable } from '../core/plain-table.ts';
import { payloadOf } from './answers.ts';
import { findTeamAccess, findUser, listTokens, type ListedToken } from './find-access.ts';
import { createOperatorToken } from './operator-token.ts';
import { roleOf } from './user.ts';

const CREATE = gql(`
  mutation CreateAccessToken($input: CreateAccessTokenInput!) {
    createAccessToken(input: $input) {
      ... on CreateAccessTokenPayload { secret accessToken { id role expiresAt } }
      ... on UserError { message }
    }
  }
`);

const REVOKE = gql(`
  mutation RevokeAccessToken($input: RevokeAccessTokenInput!) {
    revokeAccessToken(input: $input) {
      ... on RevokeAccessTokenPayload { tokenId }
      ... on UserError { message }
    }
  }
`);

const REVOKE_INSTANCE = gql(`
  mutation RevokeInstanceToken($input: RevokeInstanceTokenInput!) {
    revokeInstanceToken(input: $input) {
      ... on RevokeAccessTokenPayload { tokenId }
      ... on UserError { message }
    }
  }
`);

const OPERATOR_TOKENS = gql(`
  query OperatorTokens {
    installation {
      accessTokens { id name userEmail role opensAllTeams createdAt createdBy expiresAt lastUsedAt }
    }
  }
`);

interface WhoseFlags {
  readonly team?: string;
  /** The tokens of operators instead of a team's. */
  readonly operator: boolean;
  readonly json: boolean;
}

export interface CreateTokenFlags extends WhoseFlags {
  /** Email address. */
  readonly user: string;
  readonly name: string;
  readonly role?: 'viewer' | 'admin';
  readonly days: number;
}

/** Mints a token and prints its text alone, so that a shell can take it; what else there is to say goes to standard error. */
export async function createTokenCommand(
  context: CommandContext,
  flags: CreateTokenFlags,
): Promise<number> {
  const { id, role, expiresAt, secret } = flags.operator
    ? await createOperatorToken(context, flags)
    : await createTeamToken(context, flags);
  if (flags.json) {
    context.print(`${JSON.stringify({ token: { id, role, expiresAt, secret } })}\n`);
    return 0;
  }
  context.print(`${secret}\n`);
  context.progress.note(
    `Token ${id}, ${role.toLowerCase()} until ${expiresAt.slice(0, 10)}. It is shown this once: only its hash is stored.`,
  );
  return 0;
}

interface CreatedToken {
  readonly id: string;
  readonly role: string;
  readonly expiresAt: string;
  readonly secret: string;
}

async function createTeamToken(
  context: CommandContext,
  { team: slug, user: email, name, role, days }: CreateTokenFlags,
): Promise<CreatedToken> {
  const client = await openClient(context);
  const team = await findTeamAccess(client, slug);
  const user = await findUser(client, team, email);
  const input = {
    teamId: team.id,
    userId: user.id,
    name,
    days,
    ...(role !== undefined && { role: roleOf(role) }),
  };
  const answer = payloadOf((await client.send(CREATE, { input })).createAccessToken);
  const { expiresAt, ...token } = answer.accessToken;
  return { ...token, expiresAt: expiresAt ?? '', secret: answer.secret };
}

/** Lists the tokens that open a team, or those of operators; never their text. */
export async function listTokensCommand(
  context: CommandContext,
  { team: slug, operator, json }: WhoseFlags,
): Promise<number> {
  const client = await openClient(context);
  const tokens = operator
    ? ((await client.query(OPERATOR_TOKENS, {})).installation?.accessTokens ?? [])
    : await listTokens(client, (await findTeamAccess(client, slug)).id);
  context.print(json ? `${JSON.stringify({ tokens })}\n` : `${renderTokens(tokens)}\n`);
  return 0;
}

function renderTokens(tokens: readonly ListedToken[]): string {
  const rows = tokens.map((token) => [
    token.id,
    excerpt(token.name),
    token.userEmail,
    `${token.role.toLowerCase()}${token.opensAllTeams ? ', all teams of the user' : ''}`,
    token.expiresAt?.slice(0, 10) ?? 'never',
    token.lastUsedAt?.slice(0, 16).replace('T', ' ') ?? 'never',
  ]);
  const head = ['Id', 'Name', 'User', 'Role', 'Expires', 'Last used (UTC)'];
  return renderTable(head, rows, () => true);
}

/** Revokes a token by its id, which the list shows. */
export async function revokeTokenCommand(
  context: CommandContext,
  tokenId: string,
  { team: slug, operator, json }: WhoseFlags,
): Promise<number> {
  if (!/^\d{1,18}$/.test(tokenId)) {
    throw new DomainError(
      'INVALID_INPUT',
      'Name the token by its id, a number: `throughline token list` shows it.',
    );
  }
  const client = await openClient(context);
  if (operator) {
    const input = { tokenId };
    payloadOf((await client.send(REVOKE_INSTANCE, { input })).revokeInstanceToken);
  } else {
    const input = { teamId: (await findTeamAccess(client, slug)).id, tokenId };
    payloadOf((await client.send(REVOKE, { input })).revokeAccessToken);
  }
  context.print(
    json ? `${JSON.stringify({ tokenId })}\n` : `Token ${tokenId} does not work any more.\n`,
  );
  return 0;
}

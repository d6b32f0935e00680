import { DomainError } from '../../domain/core/errors.ts';
import type { Written } from '../core/admin-audit.ts';
import type { DbTransaction } from '../core/client.ts';
import { firstRow } from '../core/first-row.ts';
import { noUser, type TeamRole } from './team-users.ts';

export interface CreateTeamTokenInput {
  readonly teamId: bigint;
  readonly userId: bigint;
  /** What it is for, to tell it from others. */
  readonly name: string;
  /** The most that it may do; null is the role of the user. */
  readonly role: TeamRole | null;
  readonly hash: Uint8Array<ArrayBuffer>;
  /** Days until it expires, by the clock of the database. */
  readonly days: number;
  readonly createdBy: bigint;
}

/**
 * Stores a token that opens one team in the name of one of its users.
 * @returns its id
 * @throws DomainError NOT_FOUND without such a user; INVALID_INPUT when the user has not the role
 */
export async function createTeamToken(
  tx: DbTransaction,
  input: CreateTeamTokenInput,
): Promise<Written<bigint>> {
  const { teamId, userId, name } = input;
  // Nobody removes the user meanwhile: the removal would not see this token.
  const [user] = await tx.$queryRaw<{ role: TeamRole }[]>`
    SELECT role FROM membership WHERE team_id = ${teamId} AND user_id = ${userId} FOR SHARE`;
  if (user === undefined) {
    throw noUser();
  }
  const role = input.role ?? user.role;
  if (role === 'ADMIN' && user.role !== 'ADMIN') {
    throw new DomainError(
      'INVALID_INPUT',
      'This user is a viewer of the team: ask for a token with the role VIEWER, or make the user an admin first (addUser).',
    );
  }
  const rows = await tx.$queryRaw<{ id: bigint; expiresAt: Date }[]>`
    INSERT INTO access_token (opens_team_id, user_id, name, role, hash, created_by, expires_at)
    VALUES (${teamId}, ${userId}, ${name}, ${role}, ${input.hash}, ${input.createdBy},
      now() + make_interval(days => ${input.days}::integer))
    RETURNING id, expires_at AS "expiresAt"`;
  const { id, expiresAt } = firstRow(rows, 'the insert answered no row');
  return {
    result: id,
    audit: {
      action: 'TOKEN_CREATED',
      details: {
        tokenId: String(id),
        userId: String(userId),
        name,
        role,
        expiresAt: expiresAt.toISOString(),
      },
    },
  };
}

/**
 * Revokes a token of a team. One that is revoked already stays so.
 * @throws DomainError NOT_FOUND; INVALID_INPUT for one that opens other teams too
 */
export async function revokeTeamToken(
  tx: DbTransaction,
  { teamId, tokenId }: { readonly teamId: bigint; readonly tokenId: bigint },
): Promise<Written<void>> {
  const [token] = await tx.$queryRaw<
    { opensTeamId: bigint | null; name: string; userId: bigint; isRevoked: boolean }[]
  >`
    SELECT opens_team_id AS "opensTeamId", name, user_id AS "userId", revoked_at IS NOT NULL AS "isRevoked"
    FROM access_token WHERE id = ${tokenId} AND (opens_team_id = ${teamId} OR opens_team_id IS NULL)`;
  if (token === undefined) {
    throw noToken();
  }
  if (token.opensTeamId === null) {
    throw new DomainError(
      'INVALID_INPUT',
      'This token opens all teams of its user: an operator can revoke it (revokeInstanceToken), or remove the user from the team (removeUser).',
    );
  }
  return token.isRevoked
    ? { result: undefined, audit: 'UNCHANGED' }
    : revoke(tx, { ...token, tokenId }, 'TOKEN_REVOKED');
}

/** Revokes a token that is not revoked yet. @param action how the audit calls it */
export async function revoke(
  tx: DbTransaction,
  token: { readonly tokenId: bigint; readonly userId: bigint; readonly name: string },
  action: 'TOKEN_REVOKED' | 'INSTANCE_TOKEN_REVOKED',
): Promise<Written<void>> {
  const { tokenId, userId, name } = token;
  await tx.$executeRaw`
    UPDATE access_token SET revoked_at = now() WHERE id = ${tokenId} AND revoked_at IS NULL`;
  const details = { tokenId: String(tokenId), userId: String(userId), name };
  return { result: undefined, audit: { action, details } };
}

/** The same answer for a token that is not there and for one of others. */
export function noToken(): DomainError {
  return new DomainError('NOT_FOUND', 'There is no such token, or you may not see it.');
}

import { DomainError } from '../../domain/core/errors.ts';
import type { Written } from '../core/admin-audit.ts';
import type { DbTransaction } from '../core/client.ts';
import { firstRow } from '../core/first-row.ts';

export type TeamRole = 'VIEWER' | 'ADMIN';

interface TeamUserKey {
  readonly teamId: bigint;
  readonly userId: bigint;
}

interface ByWhom {
  /** Operators may leave a team without an admin: they can give it one at any time. */
  readonly byOperator: boolean;
}

export interface AddTeamUserInput extends ByWhom {
  readonly teamId: bigint;
  /** In small letters. */
  readonly email: string;
  /** For a user who is new to the installation; the name of any other stays. */
  readonly name: string;
  readonly role: TeamRole;
}

/**
 * Gives a user a role in the team; a user with this email address is made where there is none. The tokens that an admin has
 * made for others are revoked when it is one no more: it has seen them.
 * @returns id of the user
 * @throws DomainError INVALID_INPUT when the team would have no admin
 */
export async function addTeamUser(
  tx: DbTransaction,
  { teamId, email, name, role, byOperator }: AddTeamUserInput,
): Promise<Written<bigint>> {
  const rows = await tx.$queryRaw<{ id: bigint }[]>`
    SELECT throughline_ensure_user(${email}, ${name}) AS id`;
  const userId = firstRow(rows, 'a function answered no row').id;
  const roles = await lockRoles(tx, teamId);
  if (roles.get(userId) === role) {
    return { result: userId, audit: 'UNCHANGED' };
  }
  if (role !== 'ADMIN' && !byOperator) {
    checkAdminStays(roles, userId);
  }
  await tx.$executeRaw`
    INSERT INTO membership (team_id, user_id, role) VALUES (${teamId}, ${userId}, ${role})
    ON CONFLICT (team_id, user_id) DO UPDATE SET role = EXCLUDED.role`;
  if (roles.get(userId) === 'ADMIN') {
    await tx.$executeRaw`
      UPDATE access_token SET revoked_at = now()
      WHERE opens_team_id = ${teamId} AND created_by = ${userId} AND user_id <> ${userId} AND revoked_at IS NULL`;
  }
  return {
    result: userId,
    audit: {
      action: roles.has(userId) ? 'USER_ROLE' : 'USER_ADDED',
      details: { userId: String(userId), email, role },
    },
  };
}

export interface RemoveTeamUserInput extends TeamUserKey, ByWhom {}

/**
 * Takes a user out of the team, and revokes what tokens it has for it or has made for others. A user who is left without
 * any team loses the tokens for all teams too.
 * @throws DomainError NOT_FOUND, INVALID_INPUT when the team would have no admin
 */
export async function removeTeamUser(
  tx: DbTransaction,
  { teamId, userId, byOperator }: RemoveTeamUserInput,
): Promise<Written<void>> {
  const roles = await lockRoles(tx, teamId);
  if (!roles.has(userId)) {
    throw noUser();
  }
  if (!byOperator) {
    checkAdminStays(roles, userId);
  }
  const [user] = await tx.$queryRaw<{ email: string }[]>`
    SELECT email FROM app_user WHERE id = ${userId}`;
  const revoked = await tx.$executeRaw`
    UPDATE access_token SET revoked_at = now()
    WHERE opens_team_id = ${teamId} AND (user_id = ${userId} OR created_by = ${userId}) AND revoked_at IS NULL`;
  await tx.$executeRaw`DELETE FROM membership WHERE team_id = ${teamId} AND user_id = ${userId}`;
  await tx.$queryRaw`SELECT throughline_revoke_stray_tokens(${userId})::text AS done`;
  return {
    result: undefined,
    audit: {
      action: 'USER_REMOVED',
      details: { userId: String(userId), email: user?.email ?? null, revokedTokens: revoked },
    },
  };
}

/** The roles of a team's users, which stay so until the transaction ends: two admins cannot remove each other. */
async function lockRoles(tx: DbTransaction, teamId: bigint): Promise<Map<bigint, TeamRole>> {
  const rows = await tx.$queryRaw<{ userId: bigint; role: TeamRole }[]>`
    SELECT user_id AS "userId", role FROM membership WHERE team_id = ${teamId} ORDER BY user_id FOR UPDATE`;
  return new Map(rows.map(({ userId, role }) => [userId, role]));
}

/** @throws DomainError INVALID_INPUT when no other user is an admin */
function checkAdminStays(roles: ReadonlyMap<bigint, TeamRole>, userId: bigint): void {
  const hasOther = [...roles].some(([id, role]) => id !== userId && role === 'ADMIN');
  if (roles.get(userId) === 'ADMIN' && !hasOther) {
    throw new DomainError(
      'INVALID_INPUT',
      'This user is the only admin of the team: make another user its admin first (addUser), or ask an operator.',
    );
  }
}

/** The same answer for a user who is not there and for one of another team. */
export function noUser(): DomainError {
  return new DomainError('NOT_FOUND', 'There is no such user in the team.');
}

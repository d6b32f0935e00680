import { generateAccessToken } from '../../domain/core/access-token.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { recordInstanceAudit, type Written } from '../core/admin-audit.ts';
import type { Db, DbTransaction } from '../core/client.ts';
import { firstRow } from '../core/first-row.ts';
import { noToken, revoke } from './access-tokens.ts';

export interface ProvisionOperatorInput {
  /** In small letters. */
  readonly email: string;
  /** Null leaves the name of a user that exists; a new one is called by the address. */
  readonly name: string | null;
  readonly tokenName: string;
  /** Days until it expires, by the clock of the database. */
  readonly days: number;
}

export interface ProvisionedOperator {
  readonly userId: bigint;
  readonly tokenId: bigint;
  readonly expiresAt: Date;
  /** The token's text, which cannot be read again. */
  readonly secret: string;
}

/**
 * Makes the user an operator, or finds it, and mints a token that may do all that the user may.
 * @param maintenance as the owner of the tables: as the application role nobody becomes an operator
 */
export async function provisionOperator(
  maintenance: Db,
  { email, name, tokenName, days }: ProvisionOperatorInput,
): Promise<ProvisionedOperator> {
  const { secret, hash } = await generateAccessToken();
  return maintenance.$transaction(async (tx) => {
    const { id: userId } = await tx.appUser.upsert({
      where: { email },
      create: { email, name: name ?? email, instanceRole: 'OPERATOR' },
      update: { instanceRole: 'OPERATOR', ...(name !== null && { name }) },
      select: { id: true },
    });
    const rows = await tx.$queryRaw<{ id: bigint; expiresAt: Date }[]>`
      INSERT INTO access_token (user_id, name, hash, expires_at)
      VALUES (${userId}, ${tokenName}, ${hash}, now() + make_interval(days => ${days}::integer))
      RETURNING id, expires_at AS "expiresAt"`;
    const { id: tokenId, expiresAt } = firstRow(rows, 'the insert answered no row');
    await recordInstanceAudit(tx, {
      actorId: null,
      action: 'OPERATOR_TOKEN_CREATED',
      details: {
        tokenId: String(tokenId),
        userId: String(userId),
        email,
        name: tokenName,
        expiresAt: expiresAt.toISOString(),
      },
    });
    return { userId, tokenId, expiresAt, secret };
  });
}

const MAKE_ANOTHER =
  'make another one first, with `throughline token create --operator` on the connection of the owner of the tables.';

/**
 * Takes the instance role from an operator, and revokes its tokens for all teams.
 * @throws DomainError NOT_FOUND; INVALID_INPUT for the last operator who gets in
 */
export async function removeOperator(tx: DbTransaction, userId: bigint): Promise<Written<void>> {
  const operators = await lockOperators(tx);
  const operator = operators.find(({ id }) => id === userId);
  if (operator === undefined) {
    throw new DomainError('NOT_FOUND', 'There is no such operator.');
  }
  if (!(await getsInBesides(tx, { userId }))) {
    throw new DomainError(
      'INVALID_INPUT',
      `This is the last operator with a valid token: ${MAKE_ANOTHER}`,
    );
  }
  await tx.$executeRaw`UPDATE app_user SET instance_role = NULL WHERE id = ${userId}`;
  const revoked = await tx.$executeRaw`
    UPDATE access_token SET revoked_at = now()
    WHERE user_id = ${userId} AND opens_team_id IS NULL AND revoked_at IS NULL`;
  return {
    result: undefined,
    audit: {
      action: 'OPERATOR_REMOVED',
      details: { userId: String(userId), email: operator.email, revokedTokens: revoked },
    },
  };
}

/**
 * Revokes a token that opens all that its user may do. One that is revoked already stays so.
 * @throws DomainError NOT_FOUND, also for one of a team; INVALID_INPUT for the last one with which an operator gets in
 */
export async function revokeInstanceToken(
  tx: DbTransaction,
  tokenId: bigint,
): Promise<Written<void>> {
  // Two operators cannot revoke the last two tokens at the same time.
  await lockOperators(tx);
  const [token] = await tx.$queryRaw<
    { name: string; userId: bigint; isRevoked: boolean; isOfOperator: boolean }[]
  >`
    SELECT t.name, t.user_id AS "userId", t.revoked_at IS NOT NULL AS "isRevoked",
      u.instance_role IS NOT NULL AS "isOfOperator"
    FROM access_token t JOIN app_user u ON u.id = t.user_id
    WHERE t.id = ${tokenId} AND t.opens_team_id IS NULL`;
  if (token === undefined) {
    throw noToken();
  }
  if (token.isRevoked) {
    return { result: undefined, audit: 'UNCHANGED' };
  }
  if (token.isOfOperator && !(await getsInBesides(tx, { tokenId }))) {
    throw new DomainError(
      'INVALID_INPUT',
      `With this token the last operator would be locked out: ${MAKE_ANOTHER}`,
    );
  }
  return revoke(tx, { ...token, tokenId }, 'INSTANCE_TOKEN_REVOKED');
}

/** Whether an operator gets in without this user, or without this token. */
async function getsInBesides(
  tx: DbTransaction,
  { userId, tokenId }: { readonly userId?: bigint; readonly tokenId?: bigint },
): Promise<boolean> {
  const [others] = await tx.$queryRaw<{ getIn: boolean }[]>`
    SELECT EXISTS (
      SELECT FROM access_token t JOIN app_user u ON u.id = t.user_id
      WHERE u.id IS DISTINCT FROM ${userId ?? null}::bigint AND t.id IS DISTINCT FROM ${tokenId ?? null}::bigint
        AND u.instance_role = 'OPERATOR' AND t.opens_team_id IS NULL AND t.revoked_at IS NULL
        AND (t.expires_at IS NULL OR t.expires_at > now())) AS "getIn"`;
  return others?.getIn === true;
}

/** All operators, who stay so until the transaction ends. */
async function lockOperators(
  tx: DbTransaction,
): Promise<readonly { readonly id: bigint; readonly email: string }[]> {
  return tx.$queryRaw<{ id: bigint; email: string }[]>`
    SELECT id, email FROM app_user WHERE instance_role = 'OPERATOR' ORDER BY id FOR UPDATE`;
}

import { DEADLINES } from '../../domain/core/deadlines.ts';
import type { Db } from '../core/client.ts';
import { asRead, overloaded } from '../core/database-errors.ts';

/** The user that a bearer token belongs to, with the current teams. */
export interface Identity {
  readonly userId: bigint;
  readonly email: string;
  readonly name: string;
  readonly instanceRole: 'OPERATOR' | null;
  readonly teamIds: readonly bigint[];
  readonly adminTeamIds: readonly bigint[];
}

const AUTHENTICATE = `
SELECT user_id AS "userId", email, name, instance_role AS "instanceRole", team_ids AS "teamIds",
  admin_team_ids AS "adminTeamIds"
FROM throughline_authenticate($1::bytea)`;

/**
 * Looks a token up by its SHA-256 (32 bytes); null when it is unknown, expired or revoked.
 * @throws DomainError OVERLOADED when no answer comes within `maxWaitMs`, DATABASE_UNAVAILABLE
 */
export async function findIdentity(
  db: Db,
  tokenHash: Uint8Array,
  maxWaitMs = DEADLINES.reads.identityMs,
): Promise<Identity | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(overloaded()), maxWaitMs);
  });
  try {
    const asked = db.$queryRawUnsafe<Identity[]>(AUTHENTICATE, tokenHash);
    const rows = await asRead(Promise.race([asked, late]));
    return rows[0] ?? null;
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the database answers. */
export async function isDatabaseReady(db: Db): Promise<boolean> {
  try {
    await db.$queryRawUnsafe('SELECT 1 AS ready');
    return true;
  } catch {
    return false;
  }
}

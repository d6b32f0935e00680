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
SELECT asked.ordinal::integer AS ordinal, user_id AS "userId", email, name, instance_role AS "instanceRole",
  team_ids AS "teamIds", admin_team_ids AS "adminTeamIds", is_use_due AS "isUseDue"
FROM unnest($1::text::text[]) WITH ORDINALITY AS asked(hash, ordinal)
CROSS JOIN LATERAL throughline_authenticate(decode(asked.hash, 'hex'))`;

interface IdentityRow extends Identity {
  /** Which of the tokens it belongs to, from 1. */
  readonly ordinal: number;
  /** Whether its last use was noted more than five minutes ago, or never. */
  readonly isUseDue: boolean;
}

export interface FindIdentitiesOptions {
  /** How long the answer is waited for. */
  readonly maxWaitMs?: number;
  /** Called with the hashes, in hexadecimal, of valid tokens whose use is to be noted. */
  readonly onUseDue?: (tokenHashes: readonly string[]) => void;
}

/**
 * Looks tokens up by their SHA-256 (32 bytes each), with one statement. In the order of the tokens; null for one that is
 * unknown, expired or revoked.
 * @throws DomainError OVERLOADED when no answer comes within `maxWaitMs`, DATABASE_UNAVAILABLE
 */
export async function findIdentities(
  db: Db,
  tokenHashes: readonly Uint8Array[],
  { maxWaitMs = DEADLINES.reads.identityMs, onUseDue }: FindIdentitiesOptions = {},
): Promise<(Identity | null)[]> {
  const asked = new Map<string, number>();
  for (const hash of tokenHashes.map(toHex)) {
    asked.set(hash, asked.get(hash) ?? asked.size + 1);
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(overloaded()), maxWaitMs);
  });
  try {
    const answer = db.$queryRawUnsafe<IdentityRow[]>(
      AUTHENTICATE,
      `{${[...asked.keys()].join(',')}}`,
    );
    const rows = await asRead(Promise.race([answer, late]));
    const hashes = [...asked.keys()];
    const due = rows.flatMap(({ ordinal, isUseDue }) =>
      isUseDue ? (hashes[ordinal - 1] ?? []) : [],
    );
    if (due.length > 0) {
      onUseDue?.(due);
    }
    const found = new Map(
      rows.map(({ ordinal, isUseDue: _isUseDue, ...identity }) => [ordinal, identity]),
    );
    return tokenHashes.map((hash) => found.get(asked.get(toHex(hash)) ?? 0) ?? null);
  } finally {
    clearTimeout(timer);
  }
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
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

import type { Db } from '../core/client.ts';
import type { SecretBox, SecretScope } from '../core/secret-box.ts';

/** What came of sealing secrets anew. */
export interface RotatedSecrets {
  /** Sealed with the current key now, and not before. */
  readonly rotated: number;
  /** Cannot be opened: their key is not configured, or they were changed. They stay as they are. */
  readonly unreadable: number;
}

/** A secret that another key than the current one has sealed. */
interface OldSecret {
  readonly columnIndex: number;
  readonly teamId: bigint;
  readonly id: bigint;
  readonly secret: string;
}

/** Secrets in one statement: a few hundred bytes each, an App's key about 2 kB. */
const CHUNK = 100;

/** Every column with secrets; a test compares it with the tables. */
export const SECRET_COLUMNS: readonly Pick<SecretScope, 'table' | 'column'>[] = [
  { table: 'github_connection', column: 'secret' },
  { table: 'github_connection', column: 'webhook_secret' },
  { table: 'incident_source', column: 'secret' },
];

/**
 * Seals with the current key what other keys have sealed. A row is changed only while it still holds what was read, so
 * it may run beside syncs, beside another rotation, and again after it was killed: then it does what is left.
 * @param maintenance as the role that owns the tables: it sees all teams
 */
export async function rotateSecrets(maintenance: Db, secrets: SecretBox): Promise<RotatedSecrets> {
  let rotated = 0;
  let unreadable = 0;
  let after: Omit<OldSecret, 'secret'> = { columnIndex: 0, teamId: 0n, id: 0n };
  for (;;) {
    const position = [after.columnIndex, after.teamId, after.id];
    const chunk = await maintenance.$queryRawUnsafe<OldSecret[]>(
      READ_OLD,
      secrets.keyId,
      ...position,
    );
    for (const old of chunk) {
      const outcome = await sealAnew(maintenance, secrets, old);
      rotated += outcome === 'ROTATED' ? 1 : 0;
      unreadable += outcome === 'UNREADABLE' ? 1 : 0;
    }
    const last = chunk.at(-1);
    if (last === undefined) {
      return { rotated, unreadable };
    }
    after = last;
  }
}

const SEALED = SECRET_COLUMNS.map(
  ({ table, column }, index) =>
    `SELECT ${index} AS column_index, team_id, id, ${column} AS secret FROM ${table}`,
);

const READ_OLD = `
SELECT column_index AS "columnIndex", team_id AS "teamId", id, secret FROM (${SEALED.join(' UNION ALL ')}) AS sealed
WHERE split_part(secret, '.', 2) <> $1 AND (column_index, team_id, id) > ($2::integer, $3::bigint, $4::bigint)
ORDER BY column_index, team_id, id LIMIT ${CHUNK}`;

async function sealAnew(
  maintenance: Db,
  secrets: SecretBox,
  { columnIndex, teamId, id: rowId, secret }: OldSecret,
): Promise<'ROTATED' | 'CHANGED' | 'UNREADABLE'> {
  const scope = SECRET_COLUMNS[columnIndex];
  if (scope === undefined) {
    throw new Error(`secrets are read from column ${columnIndex}, which is not listed`);
  }
  const { table, column } = scope;
  const whole: SecretScope = { table, column, teamId, rowId };
  let plain: string;
  try {
    plain = await secrets.open(secret, whole);
  } catch {
    return 'UNREADABLE';
  }
  const changed = await maintenance.$executeRawUnsafe(
    `UPDATE ${table} SET ${column} = $1 WHERE team_id = $2 AND id = $3 AND ${column} = $4`,
    await secrets.seal(plain, whole),
    teamId,
    rowId,
    secret,
  );
  return changed === 1 ? 'ROTATED' : 'CHANGED';
}

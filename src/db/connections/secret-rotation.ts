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
    const chunk = await readOldSecrets(maintenance, secrets.keyId, after);
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

async function readOldSecrets(
  maintenance: Db,
  keyId: string,
  after: Omit<OldSecret, 'secret'>,
): Promise<OldSecret[]> {
  return maintenance.$queryRaw<OldSecret[]>`
    SELECT column_index AS "columnIndex", team_id AS "teamId", id, secret FROM (
      SELECT 0 AS column_index, team_id, id, secret FROM github_connection
      UNION ALL SELECT 1, team_id, id, webhook_secret FROM github_connection
      UNION ALL SELECT 2, team_id, id, secret FROM incident_source) AS sealed
    WHERE split_part(secret, '.', 2) <> ${keyId}
      AND (column_index, team_id, id) > (${after.columnIndex}::integer, ${after.teamId}::bigint, ${after.id}::bigint)
    ORDER BY column_index, team_id, id LIMIT ${CHUNK}`;
}

async function sealAnew(
  maintenance: Db,
  secrets: SecretBox,
  { columnIndex, teamId, id: rowId, secret }: OldSecret,
): Promise<'ROTATED' | 'CHANGED' | 'UNREADABLE'> {
  const column = SECRET_COLUMNS[columnIndex];
  if (column === undefined) {
    throw new Error(`secrets are read from column ${columnIndex}, which is not listed`);
  }
  const whole: SecretScope = { ...column, teamId, rowId };
  let plain: string;
  try {
    plain = await secrets.open(secret, whole);
  } catch {
    return 'UNREADABLE';
  }
  const sealed = await secrets.seal(plain, whole);
  return (await UPDATES[columnIndex]?.(maintenance, { teamId, rowId, secret, sealed })) === 1
    ? 'ROTATED'
    : 'CHANGED';
}

interface Resealed {
  readonly teamId: bigint;
  readonly rowId: bigint;
  readonly secret: string;
  readonly sealed: string;
}

/** One a column, in the order of `SECRET_COLUMNS`; each answers the rows that it changed. */
const UPDATES: readonly ((maintenance: Db, row: Resealed) => Promise<number>)[] = [
  (maintenance, { teamId, rowId, secret, sealed }) => maintenance.$executeRaw`
    UPDATE github_connection SET secret = ${sealed}
    WHERE team_id = ${teamId} AND id = ${rowId} AND secret = ${secret}`,
  (maintenance, { teamId, rowId, secret, sealed }) => maintenance.$executeRaw`
    UPDATE github_connection SET webhook_secret = ${sealed}
    WHERE team_id = ${teamId} AND id = ${rowId} AND webhook_secret = ${secret}`,
  (maintenance, { teamId, rowId, secret, sealed }) => maintenance.$executeRaw`
    UPDATE incident_source SET secret = ${sealed}
    WHERE team_id = ${teamId} AND id = ${rowId} AND secret = ${secret}`,
];

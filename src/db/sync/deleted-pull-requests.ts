import { recordAudit } from '../core/admin-audit.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';
import { markMemberWeeksDirty, readTouchedMemberWeeks } from '../rollups/dirty-marks.ts';

/**
 * Sets pull requests deleted that GitHub does not have any more: their rows stay, but are neither shown nor counted. The
 * weeks that they counted in are marked dirty, and the audit says which pull requests they were.
 * @returns how many were not deleted before
 */
export async function softDeletePullRequests(
  tx: DbTransaction,
  key: RepositoryKey,
  numbers: readonly number[],
  at: Date,
): Promise<number> {
  const rows = await tx.$queryRaw<{ id: bigint; number: number }[]>`
    SELECT id, number FROM pull_request
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND deleted_at IS NULL
      AND number = ANY (${[...numbers]}::integer[])
    ORDER BY id FOR NO KEY UPDATE`;
  // Before it is set: a deleted pull request touches no member week any more.
  await recordChange(tx, key, 'PULL_REQUESTS_GONE', rows);
  await tx.$executeRaw`
    UPDATE pull_request SET deleted_at = ${at}
    WHERE team_id = ${key.teamId} AND id = ANY (${rows.map(({ id }) => id)}::bigint[])`;
  return rows.length;
}

/**
 * Restores pull requests that are there again.
 * @returns how many were deleted
 */
export async function restorePullRequests(
  tx: DbTransaction,
  key: RepositoryKey,
  numbers: readonly number[],
): Promise<number> {
  const rows = await tx.$queryRaw<{ id: bigint; number: number }[]>`
    UPDATE pull_request SET deleted_at = NULL
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND deleted_at IS NOT NULL
      AND number = ANY (${[...numbers]}::integer[])
    RETURNING id, number`;
  await recordChange(tx, key, 'PULL_REQUESTS_BACK', rows);
  return rows.length;
}

async function recordChange(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  action: string,
  rows: readonly { readonly id: bigint; readonly number: number }[],
): Promise<void> {
  if (rows.length === 0) {
    return;
  }
  const memberWeeks = await readTouchedMemberWeeks(
    tx,
    teamId,
    rows.map(({ id }) => id),
  );
  await markMemberWeeksDirty(tx, teamId, [...memberWeeks.values()].flat());
  await recordAudit(tx, {
    teamId,
    actorId: null,
    action,
    details: {
      repositoryId: String(repositoryId),
      numbers: rows.map(({ number }) => number).toSorted((a, b) => a - b),
    },
  });
}

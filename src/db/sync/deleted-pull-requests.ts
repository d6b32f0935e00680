import { recordAudit } from '../core/admin-audit.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';
import { refreshBaseKinds } from '../pulls/base-kinds.ts';
import { markTouchedWeeksDirty } from '../rollups/dirty-marks.ts';

/**
 * Sets pull requests deleted that GitHub does not have any more: their rows stay, but are neither shown nor counted. The
 * weeks that they counted in are marked dirty, and the audit says which pull requests they were. The transaction must hold
 * `lockBases`.
 * @returns how many were not deleted before
 */
export async function softDeletePullRequests(
  tx: DbTransaction,
  key: RepositoryKey,
  numbers: readonly number[],
  at: Date,
): Promise<number> {
  const rows = await tx.$queryRaw<HeadRow[]>`
    SELECT id, number, head_branch AS head FROM pull_request
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND deleted_at IS NULL
      AND number = ANY (${[...numbers]}::integer[])
    ORDER BY id FOR NO KEY UPDATE`;
  // Before it is set: a deleted pull request touches no member week any more.
  await recordChange(tx, key, 'PULL_REQUESTS_GONE', rows);
  await tx.$executeRaw`
    UPDATE pull_request SET deleted_at = ${at}
    WHERE team_id = ${key.teamId} AND id = ANY (${rows.map(({ id }) => id)}::bigint[])`;
  await refreshBasesAt(tx, key, rows);
  return rows.length;
}

/**
 * Restores pull requests that are there again. The transaction must hold `lockBases`.
 * @returns how many were deleted
 */
export async function restorePullRequests(
  tx: DbTransaction,
  key: RepositoryKey,
  numbers: readonly number[],
): Promise<number> {
  const rows = await tx.$queryRaw<HeadRow[]>`
    UPDATE pull_request SET deleted_at = NULL
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND deleted_at IS NOT NULL
      AND number = ANY (${[...numbers]}::integer[])
    RETURNING id, number, head_branch AS head`;
  await recordChange(tx, key, 'PULL_REQUESTS_BACK', rows);
  await refreshBasesAt(tx, key, rows);
  return rows.length;
}

interface HeadRow {
  readonly id: bigint;
  readonly number: number;
  readonly head: string;
}

/** What was merged into the heads of these counts otherwise now. */
async function refreshBasesAt(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  rows: readonly HeadRow[],
): Promise<void> {
  if (rows.length > 0) {
    await refreshBaseKinds(tx, teamId, { repositoryId, bases: rows.map(({ head }) => head) });
  }
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
  await markTouchedWeeksDirty(
    tx,
    teamId,
    rows.map(({ id }) => id),
  );
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

import type { RepositoryFact } from '../../domain/pulls/github-facts.ts';
import type { DbTransaction } from '../core/client.ts';
import { followDefaultBranch, lockBases, type DefaultBranchChange } from '../pulls/base-kinds.ts';
import type { RepositoryKey } from '../core/keys.ts';

/** What a repository is known as, and how it is reached. */
export interface RepositoryAddress {
  readonly connectionId: bigint;
  readonly githubId: bigint;
  readonly owner: string;
  readonly name: string;
  /** Pull requests opened between these are all stored; null before the first sync has ended. */
  readonly completeFrom: Date | null;
  readonly watermark: Date | null;
}

/** A repository as it was last seen; null when the team has no such one. */
export async function readRepositoryAddress(
  tx: DbTransaction,
  key: RepositoryKey,
): Promise<RepositoryAddress | null> {
  const rows = await tx.$queryRaw<RepositoryAddress[]>`
    SELECT connection_id AS "connectionId", github_id AS "githubId", owner, name, complete_from AS "completeFrom",
      watermark
    FROM repository WHERE team_id = ${key.teamId} AND id = ${key.repositoryId}`;
  return rows[0] ?? null;
}

/**
 * Names, visibility and state follow what GitHub says now. A repository that was gone or refused is there again. With
 * another default branch it is found out anew which merges count.
 * @param fact null when GitHub says that nothing of it has changed
 */
export async function saveRepositoryFact(
  tx: DbTransaction,
  key: RepositoryKey,
  fact: Omit<RepositoryFact, 'githubId' | 'isEmpty'> | null,
): Promise<void> {
  const isKnown = fact === null;
  if (!isKnown) {
    await lockBases(tx, key);
  }
  const moved = await tx.$queryRaw<DefaultBranchChange[]>`
    UPDATE repository AS r SET owner = seen.owner, name = seen.name, default_branch = seen.default_branch,
      is_private = seen.is_private, is_archived = seen.is_archived, sync_state = seen.sync_state, sync_reason = NULL
    FROM (
      SELECT k.team_id, k.id, fact.*, CASE WHEN fact.is_archived THEN 'ARCHIVED'
        WHEN k.sync_state IN ('PENDING', 'EMPTY') THEN k.sync_state
        WHEN k.watermark IS NULL AND k.complete_from IS NULL THEN 'PENDING' ELSE 'ACTIVE' END AS sync_state
      FROM repository k, LATERAL (SELECT
        CASE WHEN ${isKnown} THEN k.owner ELSE ${fact?.owner ?? null} END AS owner,
        CASE WHEN ${isKnown} THEN k.name ELSE ${fact?.name ?? null} END AS name,
        CASE WHEN ${isKnown} THEN k.default_branch ELSE ${fact?.defaultBranch ?? null} END AS default_branch,
        CASE WHEN ${isKnown} THEN k.is_private ELSE ${fact?.isPrivate ?? null} END AS is_private,
        CASE WHEN ${isKnown} THEN k.is_archived ELSE ${fact?.isArchived ?? null} END AS is_archived) AS fact
      WHERE k.team_id = ${key.teamId} AND k.id = ${key.repositoryId}
    ) AS seen
    WHERE r.team_id = seen.team_id AND r.id = seen.id
      AND (r.owner, r.name, r.default_branch, r.is_private, r.is_archived, r.sync_state, r.sync_reason)
        IS DISTINCT FROM (seen.owner, seen.name, seen.default_branch, seen.is_private, seen.is_archived,
          seen.sync_state, NULL)
    RETURNING old.default_branch AS before, new.default_branch AS after`;
  await followDefaultBranch(tx, key, moved);
}

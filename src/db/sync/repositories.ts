import type { RepositoryFact } from '../../domain/pulls/github-facts.ts';
import type { DbTransaction } from '../core/client.ts';
import type { ConnectionKey, RepositoryKey } from '../core/keys.ts';
import { firstRow } from '../core/first-row.ts';

/**
 * The row of a repository by GitHub's id: a renamed or transferred one keeps its row.
 * @returns id of the row
 */
export async function upsertRepository(
  tx: DbTransaction,
  key: ConnectionKey,
  fact: RepositoryFact,
): Promise<bigint> {
  const rows = await tx.$queryRaw<{ id: bigint }[]>`
    INSERT INTO repository (team_id, connection_id, github_id, owner, name, default_branch, is_private, is_archived)
    VALUES (${key.teamId}, ${key.connectionId}, ${fact.githubId}, ${fact.owner}, ${fact.name}, ${fact.defaultBranch},
      ${fact.isPrivate}, ${fact.isArchived})
    ON CONFLICT (team_id, github_id) DO UPDATE SET connection_id = excluded.connection_id, owner = excluded.owner,
      name = excluded.name
    RETURNING id`;
  return firstRow(rows, 'a repository was written but not read back').id;
}

/** A repository that the team has, with how its sync stands. */
export interface KnownRepository {
  readonly id: bigint;
  readonly connectionId: bigint;
  readonly owner: string;
  readonly name: string;
  readonly syncState: string;
}

/** All repositories of a team, oldest first. */
export async function listRepositories(
  tx: DbTransaction,
  teamId: bigint,
): Promise<KnownRepository[]> {
  return tx.$queryRaw`
    SELECT id, connection_id AS "connectionId", owner, name, sync_state AS "syncState" FROM repository
    WHERE team_id = ${teamId} ORDER BY id`;
}

/** Shows an admin why a repository is no longer synced. */
export async function setRepositoryState(
  tx: DbTransaction,
  key: RepositoryKey,
  state: 'FORBIDDEN' | 'GONE',
  reason: string,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE repository SET sync_state = ${state}, sync_reason = ${reason}
    WHERE team_id = ${key.teamId} AND id = ${key.repositoryId}`;
}

import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';

/**
 * How many requests the histories of a repository have cost beyond what they saved of comparisons: none mostly. It stays
 * until ranges are known without a request, so that what was in vain once is not tried by each sync.
 */
export async function readHistoryDebt(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
): Promise<number> {
  const [row] = await tx.$queryRaw<{ debt: number }[]>`
    SELECT history_debt AS debt FROM repository_stage
    WHERE team_id = ${teamId} AND repository_id = ${repositoryId} AND stage = 'DEPLOYMENTS'`;
  return row?.debt ?? 0;
}

/** Remembers it; must run in the transaction that stores what the requests have brought. @param debt 0 or more */
export async function saveHistoryDebt(
  tx: DbTransaction,
  { teamId, repositoryId }: RepositoryKey,
  debt: number,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE repository_stage SET history_debt = ${debt}::integer
    WHERE team_id = ${teamId} AND repository_id = ${repositoryId} AND stage = 'DEPLOYMENTS'
      AND history_debt <> ${debt}::integer`;
}

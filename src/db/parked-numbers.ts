import type { DbTransaction } from './client.ts';
import type { RepositoryKey } from './repository-facts.ts';

/**
 * Numbers of pull requests that are parked and that nothing else reads again, the one that was tried longest ago first.
 * What is stored and has its lists read on is not among them.
 */
export async function readParkedNumbers(
  tx: DbTransaction,
  key: RepositoryKey,
  limit: number,
): Promise<number[]> {
  const rows = await tx.$queryRaw<{ number: number }[]>`
    SELECT d.natural_key::integer AS number FROM dead_letter d
    WHERE d.team_id = ${key.teamId} AND d.repository_id = ${key.repositoryId} AND d.entity = 'pull_request'
      AND d.resolved_at IS NULL AND d.natural_key ~ '^[1-9][0-9]{0,8}$'
      AND NOT EXISTS (SELECT FROM pull_request p JOIN nested_list l ON l.team_id = p.team_id AND l.pull_request_id = p.id
        WHERE p.team_id = d.team_id AND p.repository_id = d.repository_id AND p.number::text = d.natural_key)
    ORDER BY d.last_seen_at, d.natural_key COLLATE "C" LIMIT ${limit}`;
  return rows.map(({ number }) => number);
}

/** Takes pull requests that GitHub does not have any more off the list of what is parked. */
export async function resolveGone(
  tx: DbTransaction,
  key: RepositoryKey,
  numbers: readonly number[],
): Promise<void> {
  await tx.$executeRaw`
    UPDATE dead_letter SET resolved_at = now()
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND resolved_at IS NULL
      AND entity IN ('pull_request', 'nested_lists') AND natural_key = ANY (${numbers.map(String)}::text[])`;
}

import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';
import type { RunKey } from './sync-runs.ts';

/**
 * Numbers of pull requests that are dead letters and that nothing else reads again, the one that was tried longest ago
 * first. Those that are stored and whose lists are being continued are not among them.
 */
export async function readDeadLetterNumbers(
  tx: DbTransaction,
  key: RepositoryKey,
  limit: number,
  triedBefore: Date | null = null,
): Promise<number[]> {
  const rows = await tx.$queryRaw<{ number: number }[]>`
    SELECT d.natural_key::integer AS number FROM dead_letter d
    WHERE d.team_id = ${key.teamId} AND d.repository_id = ${key.repositoryId} AND d.entity = 'pull_request'
      AND d.resolved_at IS NULL AND d.natural_key ~ '^[1-9][0-9]{0,8}$'
      AND (${triedBefore}::timestamptz IS NULL OR d.last_seen_at < ${triedBefore}::timestamptz)
      AND NOT EXISTS (SELECT FROM pull_request p JOIN nested_list l ON l.team_id = p.team_id AND l.pull_request_id = p.id
        WHERE p.team_id = d.team_id AND p.repository_id = d.repository_id AND p.number::text = d.natural_key)
    ORDER BY d.last_seen_at, d.natural_key COLLATE "C" LIMIT ${limit}`;
  return rows.map(({ number }) => number);
}

/**
 * Dead-lettered numbers for a sync to try, stored as tried: each once a sync, and in an incremental sync only when none
 * has tried for half an hour. Webhooks start such syncs by the minute, and what is too much for GitHub costs seconds
 * each time.
 */
export async function takeDeadLetterNumbers(
  tx: DbTransaction,
  key: RepositoryKey & RunKey,
  { limit, at }: { readonly limit: number; readonly at: Date },
): Promise<number[]> {
  const [run] = await tx.$queryRaw<{ triedBefore: Date }[]>`
    SELECT CASE kind WHEN 'BACKFILL' THEN started_at ELSE started_at - interval '30 minutes' END AS "triedBefore"
    FROM sync_run WHERE team_id = ${key.teamId} AND id = ${key.syncRunId}`;
  const numbers = await readDeadLetterNumbers(tx, key, limit, run?.triedBefore);
  if (numbers.length > 0) {
    await tx.$executeRaw`
      UPDATE dead_letter SET last_seen_at = ${at}
      WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND entity = 'pull_request'
        AND natural_key = ANY (${numbers.map(String)}::text[])`;
  }
  return numbers;
}

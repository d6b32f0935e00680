import type { Written } from '../core/admin-audit.ts';
import type { DbTransaction } from '../core/client.ts';

/** Which dead letters an admin wants tried again. */
export interface DeadLetterRetry {
  readonly teamId: bigint;
  /** Null stands for all repositories of the team. */
  readonly repositoryId: bigint | null;
}

/** What the next sync tries again. */
export interface RequestedRetry {
  readonly letters: number;
  /** `owner/name` of the repositories that have them, in this order. */
  readonly repositories: readonly string[];
}

/**
 * Has the next sync of each repository try its dead letters, whenever they were tried last: numbered pull requests and
 * ranges by the mark on their row, the others because their stage is due and reads as far back as they may be. A pull
 * request without a number, and those of a month that reconcile gave up, are looked for among all of the repository.
 * Repositories that are gone are not synced: theirs stay as they are.
 */
export async function requestDeadLetterRetry(
  tx: DbTransaction,
  { teamId, repositoryId }: DeadLetterRetry,
): Promise<Written<RequestedRetry>> {
  const rows = await tx.$queryRaw<{ name: string; letters: bigint }[]>`
    WITH requested AS (
      UPDATE dead_letter d SET retry_requested_at = now() FROM repository r
      WHERE d.team_id = ${teamId} AND d.resolved_at IS NULL
        AND (${repositoryId}::bigint IS NULL OR d.repository_id = ${repositoryId}::bigint)
        AND r.team_id = d.team_id AND r.id = d.repository_id AND r.sync_state <> 'GONE'
      RETURNING d.repository_id, d.entity
    ), due AS (
      INSERT INTO repository_stage (team_id, repository_id, stage, is_due)
      SELECT DISTINCT ${teamId}::bigint, repository_id,
        CASE entity WHEN 'deployment_ranges' THEN 'DEPLOYMENTS' ELSE upper(entity) END, true
      FROM requested WHERE entity <> 'pull_request'
      ORDER BY 2, 3
      ON CONFLICT (team_id, repository_id, stage) DO UPDATE SET is_due = true,
        is_due_again = repository_stage.is_due AND repository_stage.running_from IS NOT NULL, updated_at = now()
    )
    SELECT r.owner || '/' || r.name AS name, count(*) AS letters
    FROM requested JOIN repository r ON r.team_id = ${teamId} AND r.id = requested.repository_id
    GROUP BY r.id, r.owner, r.name ORDER BY r.owner, r.name, r.id`;
  const letters = rows.reduce((sum, row) => sum + Number(row.letters), 0);
  const repositories = rows.map(({ name }) => name);
  return {
    result: { letters, repositories },
    audit:
      letters === 0
        ? 'UNCHANGED'
        : { action: 'DEAD_LETTERS_RETRIED', details: { letters, repositories } },
  };
}

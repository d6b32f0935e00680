import type { DbTransaction } from '../core/client.ts';
import type { OpenNestedList } from './nested-lists.ts';

/**
 * Counts the stored checks of a pull request as shown: GitHub does not show them to the credential, and the end of their
 * list would remove them. Must be in the transaction that closes the list.
 */
export async function keepStoredChecks(
  tx: DbTransaction,
  teamId: bigint,
  { pullRequestId, list, cursor }: OpenNestedList,
): Promise<void> {
  // The list is locked as when it is closed: keys of a list that is closed meanwhile would stay.
  await tx.$queryRaw`
    SELECT 1 FROM pull_request WHERE team_id = ${teamId} AND id = ${pullRequestId} FOR NO KEY UPDATE`;
  await tx.$executeRaw`
    INSERT INTO nested_list_key (team_id, pull_request_id, list, key)
    SELECT l.team_id, l.pull_request_id, l.list, stored.key
    FROM nested_list l CROSS JOIN LATERAL (
      SELECT c.check_id AS key FROM check_run c
      WHERE c.team_id = l.team_id AND c.pull_request_id = l.pull_request_id
      UNION ALL
      SELECT 'gap:' || g.field || ':' || g.item FROM pull_request_gap g
      WHERE g.team_id = l.team_id AND g.pull_request_id = l.pull_request_id AND g.list = l.list
    ) AS stored
    WHERE l.team_id = ${teamId} AND l.pull_request_id = ${pullRequestId} AND l.list = ${list} AND l.cursor = ${cursor}
    ORDER BY stored.key COLLATE "C"
    ON CONFLICT DO NOTHING`;
}

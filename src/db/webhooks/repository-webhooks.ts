import type { DbTransaction } from '../core/client.ts';
import type { ConnectionKey } from '../core/keys.ts';

/** A repository with the webhooks of its own that deliveries came from; those of an organisation belong to none. */
export interface RepositoryWebhooks {
  readonly repositoryId: bigint;
  readonly owner: string;
  readonly name: string;
  readonly hookIds: readonly bigint[];
}

/** The next repositories that a connection reads or has webhooks from, by their ids. */
export async function listRepositoryWebhooks(
  tx: DbTransaction,
  key: ConnectionKey,
  page: { readonly after: bigint; readonly limit: number },
): Promise<RepositoryWebhooks[]> {
  return tx.$queryRaw`
    SELECT r.id AS "repositoryId", r.owner, r.name,
      coalesce(array_agg(hook.hook_id ORDER BY hook.hook_id) FILTER (WHERE hook.hook_id IS NOT NULL), '{}')
        AS "hookIds"
    FROM repository r
    LEFT JOIN (SELECT hook_id, min(subject ->> 'repository') AS github_id FROM webhook_delivery
      WHERE team_id = ${key.teamId} AND connection_id = ${key.connectionId} AND subject ->> 'repository' IS NOT NULL
      GROUP BY hook_id HAVING count(DISTINCT subject ->> 'repository') = 1) AS hook
      ON hook.github_id::bigint = r.github_id
    WHERE r.team_id = ${key.teamId} AND r.sync_state <> 'GONE' AND r.id > ${page.after}
      AND (r.connection_id = ${key.connectionId} OR hook.hook_id IS NOT NULL)
    GROUP BY r.id, r.owner, r.name
    ORDER BY r.id LIMIT ${page.limit}::integer`;
}

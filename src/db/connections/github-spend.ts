import type { GitHubResource, QuotaFact } from '../../domain/pulls/github-facts.ts';
import type { DbTransaction } from '../core/client.ts';
import { MAX_WINDOW } from './github-quota.ts';

/** A request that was sent, and for what. */
export interface Spending {
  readonly identity: string;
  readonly resource: GitHubResource;
  /** `<team>:<repository>`, or `<team>:-` for what concerns no repository. */
  readonly holder: string;
  /** What GitHub said with the answer; null when it said nothing, or the request failed: what it cost is not known then. */
  readonly quota: QuotaFact | null;
}

/** Windows are kept this long after their end, for whoever looks at what was spent. */
const SPEND_RETENTION = '1 day';

/**
 * Counts a request and its points in the window of GitHub's limit, as the answer or else the stored quota names it; a
 * window that ends beyond every window of GitHub is none. Old windows go when a new one begins.
 */
export async function countSpending(tx: DbTransaction, spending: Spending): Promise<void> {
  const { identity, resource, holder, quota } = spending;
  await tx.$executeRaw`
    WITH counted AS (
      INSERT INTO github_spend AS spent (identity, resource, window_ends_at, holder, requests, points, updated_at)
      SELECT ${identity}, ${resource}, coalesce(CASE WHEN ${quota?.limit ?? 0}::integer > 0 THEN
          (SELECT said FROM (SELECT ${quota?.resetAt ?? null}::timestamptz AS said) AS answer
          WHERE said > now() AND said <= now() + ${MAX_WINDOW}::interval) END,
        (SELECT reset_at FROM github_quota WHERE identity = ${identity} AND resource = ${resource}
          AND reset_at > now() AND point_limit > 0),
        date_trunc('hour', now()) + interval '1 hour'), ${holder}, 1, ${quota?.cost ?? 0}::integer, now()
      ON CONFLICT (identity, resource, window_ends_at, holder) DO UPDATE SET requests = spent.requests + 1,
        points = spent.points + excluded.points, updated_at = now()
      RETURNING spent.requests = 1 AS is_first
    )
    DELETE FROM github_spend old USING counted
    WHERE counted.is_first AND old.identity = ${identity} AND old.window_ends_at < now() - ${SPEND_RETENTION}::interval`;
}

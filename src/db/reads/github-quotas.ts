import type { GitHubResource } from '../../domain/pulls/github-facts.ts';
import { readOfTeams } from './rows-by-key.ts';

/** State of a rate limit of GitHub for a connection of a team. */
export interface QuotaRow {
  readonly teamId: bigint;
  readonly connectionId: bigint;
  readonly resource: GitHubResource;
  /** Points per window; null when there is no limit. */
  readonly limit: number | null;
  readonly remaining: number | null;
  readonly resetAt: Date | null;
  readonly blockedUntil: Date | null;
  readonly blockedReason: string | null;
  /** What this team has used in the current window. */
  readonly requests: number;
  readonly points: number;
  /** Syncs of this team that are waiting for GitHub on this connection. */
  readonly waiting: number;
}

/** After a window has ended, the whole limit is assumed to be available until GitHub reports otherwise. */
const QUOTAS = `
SELECT c.team_id AS "teamId", c.id AS "connectionId", q.resource,
  CASE WHEN q.point_limit > 0 THEN q.point_limit END AS "limit",
  CASE WHEN q.point_limit > 0 THEN CASE WHEN q.reset_at > now() THEN q.remaining ELSE q.point_limit END END AS remaining,
  CASE WHEN q.point_limit > 0 AND q.reset_at > now() THEN q.reset_at END AS "resetAt",
  CASE WHEN q.blocked_until > now() THEN q.blocked_until END AS "blockedUntil",
  CASE WHEN q.blocked_until > now() THEN q.blocked_reason END AS "blockedReason",
  spent.requests, spent.points, waiting.syncs AS waiting
FROM github_connection c
JOIN github_quota q ON q.identity = coalesce(c.identity, 'connection:' || c.team_id || ':' || c.id)
CROSS JOIN LATERAL (
  SELECT coalesce(sum(s.requests), 0)::integer AS requests, coalesce(sum(s.points), 0)::integer AS points
  FROM github_spend s
  WHERE s.identity = q.identity AND s.resource = q.resource AND s.window_ends_at > now()
    AND starts_with(s.holder, c.team_id || ':')
) AS spent
CROSS JOIN LATERAL (
  SELECT count(*)::integer AS syncs FROM sync_run run
  JOIN repository r ON r.team_id = run.team_id AND r.id = run.repository_id AND r.connection_id = c.id
  WHERE run.team_id = c.team_id AND run.status = 'RUNNING' AND run.waiting_until > now()
) AS waiting
WHERE c.team_id = ANY ($1::text::bigint[])
ORDER BY c.team_id, c.id, q.resource DESC`;

/** Rate limits of the connections of teams, with one statement. In the order of `keys`. */
export const readGithubQuotas = readOfTeams<QuotaRow>(QUOTAS);

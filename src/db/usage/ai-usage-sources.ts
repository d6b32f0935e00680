import type { AiUsageSource } from '../../domain/usage/ai-usage.ts';
import type { CalendarDate } from '../../domain/rollups/week.ts';
import type { ConnectionStatus, GithubConnectionRow } from '../connections/github-connections.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { lockTransaction } from '../core/advisory-lock.ts';
import type { DbTransaction } from '../core/client.ts';

/** A source by its key: what a tool's organisation reports of a team. */
export interface AiUsageSourceKey {
  readonly teamId: bigint;
  readonly source: AiUsageSource;
  readonly organization: string;
}

/** How a source stands; anything but ACTIVE has a reason that says what to do. */
export type AiSourceStatus =
  | 'PENDING'
  | 'ACTIVE'
  | 'MISSING_SCOPE'
  | 'POLICY_DISABLED'
  | 'NOT_FOUND'
  | 'NEEDS_REAUTH'
  | 'UNAVAILABLE';

/** Sources of a team. */
export const MAX_AI_USAGE_SOURCES = 50;

/**
 * Gives a team a source over its working connection; one that is there already keeps its state and takes the
 * connection. Logins are compared without regard to case, as GitHub does.
 * @returns the organisation as it is stored; null when the team has no working connection
 * @throws DomainError LIMIT_EXCEEDED when the team has 50 others
 */
export async function connectAiUsageSource(
  tx: DbTransaction,
  key: AiUsageSourceKey,
): Promise<string | null> {
  await lockTransaction(tx, `ai-usage-sources:${key.teamId}`);
  const [counted] = await tx.$queryRaw<{ others: number }[]>`
    SELECT count(*)::integer AS others FROM ai_usage_source
    WHERE team_id = ${key.teamId} AND (source, lower(organization)) <> (${key.source}::text, lower(${key.organization}::text))`;
  if (counted !== undefined && counted.others >= MAX_AI_USAGE_SOURCES) {
    throw tooManySources();
  }
  const rows = await tx.$queryRaw<{ organization: string }[]>`
    INSERT INTO ai_usage_source (team_id, source, organization, connection_id)
    SELECT c.team_id, ${key.source}::text, coalesce((SELECT s.organization FROM ai_usage_source s
        WHERE s.team_id = ${key.teamId} AND s.source = ${key.source}::text
          AND lower(s.organization) = lower(${key.organization}::text)), ${key.organization}::text), c.id
    FROM github_connection c
    WHERE c.team_id = ${key.teamId} AND c.status = 'ACTIVE' ORDER BY c.id LIMIT 1
    ON CONFLICT (team_id, source, organization) DO UPDATE SET connection_id = excluded.connection_id
    RETURNING organization`;
  return rows[0]?.organization ?? null;
}

/** Refused before anything is started for one more source. */
export function tooManySources(): DomainError {
  return new DomainError(
    'LIMIT_EXCEEDED',
    `A team has at most ${MAX_AI_USAGE_SOURCES} sources of AI usage: connect the organisation to another team.`,
  );
}

/** A source with what the next request to GitHub needs; the secret is sealed. */
export interface AiUsageSourceRow extends Omit<GithubConnectionRow, 'id'> {
  readonly connectionId: bigint;
  readonly connectionStatus: ConnectionStatus;
}

/** Reads a source with its connection; null when the team has no such source. */
export async function readAiUsageSource(
  tx: DbTransaction,
  key: AiUsageSourceKey,
): Promise<AiUsageSourceRow | null> {
  const rows = await tx.$queryRaw<AiUsageSourceRow[]>`
    SELECT c.id AS "connectionId", c.status AS "connectionStatus", c.api_url AS "apiUrl", c.secret, c.identity
    FROM ai_usage_source s
    JOIN github_connection c ON c.team_id = s.team_id AND c.id = s.connection_id
    WHERE s.team_id = ${key.teamId} AND s.source = ${key.source} AND s.organization = ${key.organization}`;
  return rows[0] ?? null;
}

/** Shows an admin how a source stands, and what to do. */
export async function setAiUsageSourceStatus(
  tx: DbTransaction,
  key: AiUsageSourceKey,
  status: AiSourceStatus,
  reason: string | null,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE ai_usage_source SET status = ${status}, status_reason = ${reason}
    WHERE team_id = ${key.teamId} AND source = ${key.source} AND organization = ${key.organization}
      AND (status, status_reason) IS DISTINCT FROM (${status}::text, ${reason}::text)`;
}

/** A day was asked for and answered: the source works. */
export async function recordAiUsageDay(
  tx: DbTransaction,
  key: AiUsageSourceKey,
  answered: { readonly day: CalendarDate; readonly hasReport: boolean; readonly at: Date },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE ai_usage_source SET last_success_at = greatest(last_success_at, ${answered.at}::timestamptz),
      latest_day = CASE WHEN ${answered.hasReport}::boolean THEN greatest(latest_day, ${answered.day}::date) ELSE latest_day END
    WHERE team_id = ${key.teamId} AND source = ${key.source} AND organization = ${key.organization}`;
}

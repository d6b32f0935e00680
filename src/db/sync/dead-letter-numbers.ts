import { PULL_REQUEST_RETRY_MINUTES, TOO_HEAVY } from '../../domain/sync/dead-letter.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';
import type { RunKey } from './sync-runs.ts';

/** So many that an admin wants tried again go into one sync, whatever its own limit is. */
const MAX_REQUESTED = 250;

/**
 * Numbers of dead-lettered pull requests for a sync to try: each once a sync, and in an incremental sync only when none
 * has tried for half an hour. Webhooks start such syncs by the minute, and what is too much for GitHub costs seconds
 * each time. What an admin wants tried again comes first and waits for nothing, then the one that was tried longest ago.
 * Those that are stored and whose lists are being continued are not among them.
 * @param limit the most that are returned, unless more of them are wanted by an admin: then up to 250 of those
 */
export async function readDeadLetterNumbers(
  tx: DbTransaction,
  key: RepositoryKey & RunKey,
  limit: number,
): Promise<number[]> {
  const rows = await tx.$queryRaw<{ number: number }[]>`
    WITH open AS (
      SELECT d.natural_key, d.last_seen_at, d.retry_requested_at FROM dead_letter d
      WHERE d.team_id = ${key.teamId} AND d.repository_id = ${key.repositoryId} AND d.entity = 'pull_request'
        AND d.resolved_at IS NULL AND d.natural_key ~ '^[1-9][0-9]{0,8}$'
        AND (d.retry_requested_at IS NOT NULL OR d.last_seen_at < (
          SELECT CASE kind WHEN 'BACKFILL' THEN started_at ELSE started_at
            - make_interval(mins => ${PULL_REQUEST_RETRY_MINUTES}::integer) END
          FROM sync_run WHERE team_id = ${key.teamId} AND id = ${key.syncRunId}))
        AND NOT EXISTS (SELECT FROM pull_request p JOIN nested_list l ON l.team_id = p.team_id AND l.pull_request_id = p.id
          WHERE p.team_id = d.team_id AND p.repository_id = d.repository_id AND p.number::text = d.natural_key)
    )
    SELECT natural_key::integer AS number FROM open
    ORDER BY retry_requested_at NULLS LAST, last_seen_at, natural_key COLLATE "C"
    LIMIT greatest(${limit}::bigint,
      (SELECT least(count(*), ${MAX_REQUESTED}::bigint) FROM open WHERE retry_requested_at IS NOT NULL))`;
  return rows.map(({ number }) => number);
}

/**
 * Stores that pull requests were tried, whatever came of it; must be in the transaction of what came of it. What an
 * admin wanted is done then, and they wait for their next time.
 */
export async function recordNumbersTried(
  tx: DbTransaction,
  key: RepositoryKey,
  numbers: readonly number[],
  at: Date,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE dead_letter SET last_seen_at = ${at}, retry_requested_at = NULL
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND entity = 'pull_request'
      AND resolved_at IS NULL AND natural_key = ANY (${numbers.map(String)}::text[])`;
}

/**
 * Pull requests in the order in which to ask for them: those first that were never too much for GitHub, then the one that
 * was tried longest ago. One that was too much within the last half hour is left out: a sync tries it again later, and
 * asking at once would cost the time of all others.
 */
export async function orderByTries(
  tx: DbTransaction,
  key: RepositoryKey,
  numbers: readonly number[],
  now: Date,
): Promise<number[]> {
  if (numbers.length === 0) {
    return [];
  }
  const rows = await tx.$queryRaw<{ number: number }[]>`
    SELECT wanted.number FROM unnest(${[...numbers]}::integer[]) WITH ORDINALITY AS wanted(number, place)
    LEFT JOIN dead_letter d ON d.team_id = ${key.teamId} AND d.repository_id = ${key.repositoryId}
      AND d.entity = 'pull_request' AND d.natural_key = wanted.number::text AND d.resolved_at IS NULL
      AND d.reason_code = ${TOO_HEAVY}
    WHERE d.last_seen_at IS NULL OR d.last_seen_at < ${now}::timestamptz
      - make_interval(mins => ${PULL_REQUEST_RETRY_MINUTES}::integer)
    ORDER BY d.last_seen_at NULLS FIRST, wanted.place`;
  return rows.map(({ number }) => number);
}

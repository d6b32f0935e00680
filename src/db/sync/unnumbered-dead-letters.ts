import type { RejectedFact } from '../../domain/pulls/github-facts.ts';
import { UNKNOWN_KEY } from '../../domain/sync/dead-letter.ts';
import {
  meetUnnumbered,
  type Meeting,
  type UnnumberedDeadLetter,
} from '../../domain/sync/unnumbered-dead-letter.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';

export interface UnnumberedInput extends RepositoryKey {
  readonly entity: string;
  readonly rejected: RejectedFact;
  readonly seenAt: Date | null;
  readonly syncRunId: bigint | null;
}

/**
 * Dead-letters what GitHub gives no number for; all of it of one entity is one row. What becomes of that row is decided by
 * `meetUnnumbered`; here it is locked, and written as that says. Two statements where nothing was known, else four.
 */
export async function storeUnnumbered(tx: DbTransaction, input: UnnumberedInput): Promise<void> {
  const { teamId, repositoryId, entity } = input;
  const key = { teamId, repositoryId, entity, naturalKey: UNKNOWN_KEY };
  const met = await readMeeting(tx, input);
  // Before the row is looked for: of two transactions that both know none, the second waits here for the first.
  const { count } = await tx.deadLetter.createMany({
    data: { ...key, ...meetUnnumbered(null, met) },
    skipDuplicates: true,
  });
  if (count > 0) {
    return;
  }
  const locked = await lockKnown(tx, input, met.since);
  if (locked === null) {
    // It was resolved long ago, and retention has deleted it since the statement before.
    return storeUnnumbered(tx, input);
  }
  const { wasMissed, ...known } = locked;
  await tx.deadLetter.updateMany({
    where: key,
    data: meetUnnumbered(known, { ...met, wasMissed }),
  });
}

async function readMeeting(tx: DbTransaction, input: UnnumberedInput): Promise<Meeting> {
  const { teamId, entity, rejected, seenAt, syncRunId } = input;
  const [facts] = await tx.$queryRaw<Pick<Meeting, 'now' | 'since' | 'startedAt'>[]>`
    SELECT now()::timestamptz(3) AS now, s.since, s.started_at AS "startedAt"
    FROM (VALUES (1)) AS one LEFT JOIN sync_run s ON s.team_id = ${teamId} AND s.id = ${syncRunId}::bigint`;
  if (facts === undefined) {
    throw new Error('The database does not tell its clock.');
  }
  const { reasonCode, reason } = rejected;
  const met = { entity, reasonCode, reason, seenAt: seenAt ?? facts.now, syncRunId };
  return { ...met, ...facts, wasMissed: false };
}

/**
 * The row, locked until the transaction ends, and whether a sync that finished since it was met last did not meet it. Of
 * pull requests a sync misses only what it reads: it must begin at its own first page, and go back at least as far as the
 * one that meets it now. What is new, read hourly, says nothing about a page that lies further back.
 */
async function lockKnown(
  tx: DbTransaction,
  { teamId, repositoryId, entity }: UnnumberedInput,
  since: Date | null,
): Promise<(UnnumberedDeadLetter & Pick<Meeting, 'wasMissed'>) | null> {
  const [row] = await tx.$queryRaw<(UnnumberedDeadLetter & Pick<Meeting, 'wasMissed'>)[]>`
    SELECT reason_code AS "reasonCode", reason, attempts, first_seen_at AS "firstSeenAt", last_seen_at AS "lastSeenAt",
      sync_run_id AS "syncRunId", last_sync_run_id AS "lastSyncRunId", unread_since AS "unreadSince",
      resolved_at AS "resolvedAt", retry_requested_at AS "retryRequestedAt",
      EXISTS (SELECT FROM sync_run s WHERE s.team_id = d.team_id AND s.repository_id = d.repository_id
        AND s.status IN ('COMPLETED', 'PARTIAL') AND (d.entity <> 'pull_request' OR (s.pages > 0
          AND s.since <= ${since}::timestamptz AND NOT EXISTS (SELECT FROM sync_page p WHERE p.team_id = s.team_id
            AND p.sync_run_id = s.id AND p.page = 1 AND p.cursor_before IS NOT NULL)))
        AND coalesce(s.id > d.last_sync_run_id, s.started_at > d.last_seen_at)) AS "wasMissed"
    FROM dead_letter d
    WHERE team_id = ${teamId} AND repository_id = ${repositoryId} AND entity = ${entity} AND natural_key = ${UNKNOWN_KEY}
    FOR UPDATE OF d`;
  return row ?? null;
}

import type { RejectedFact } from '../../domain/pulls/github-facts.ts';
import { CONTRADICTORY, UNKNOWN_KEY, WATERMARK_HOLD_DAYS } from '../../domain/sync/dead-letter.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';

export interface DeadLettersInput extends RepositoryKey {
  /** What the keys are of: `pull_request`, or a stage in lower case. */
  readonly entity: string;
  readonly rejected: readonly RejectedFact[];
  /** Keys of what could be read and stored this time: they come off the list. */
  readonly readable: readonly string[];
  /** When it failed; the database's clock by default. */
  readonly seenAt?: Date;
  /** The sync that met it, which is partial when it is the first to; none where no sync did. */
  readonly syncRunId?: bigint;
}

/**
 * Dead-letters what could not be read or stored, with the reason, and resolves what could be this time. What is a dead
 * letter already counts one attempt more, and stays the business of the sync that met it first; what has no number counts as
 * new each time. Of several without a number a contradiction stays: it says that more may be missing. It holds the
 * watermark for a week of its own where the one before said less, or had its week and was not met by a sync since.
 */
export async function storeDeadLetters(tx: DbTransaction, input: DeadLettersInput): Promise<void> {
  const {
    teamId,
    repositoryId,
    entity,
    rejected,
    readable,
    seenAt = null,
    syncRunId = null,
  } = input;
  if (rejected.length > 0) {
    const column = (pick: (fact: RejectedFact) => string): string =>
      toArrayLiteral(rejected.map(pick));
    await tx.$executeRaw`
      INSERT INTO dead_letter (team_id, repository_id, entity, natural_key, reason_code, reason, first_seen_at,
        last_seen_at, sync_run_id)
      SELECT DISTINCT ON (natural_key COLLATE "C") ${teamId}::bigint, ${repositoryId}::bigint, ${entity}, natural_key,
        reason_code, reason, coalesce(${seenAt}::timestamptz, now()), coalesce(${seenAt}::timestamptz, now()),
        ${syncRunId}::bigint
      FROM unnest(${column((fact) => fact.naturalKey)}::text::text[],
        ${column((fact) => fact.reasonCode)}::text::text[], ${column((fact) => fact.reason)}::text::text[])
        AS rejected(natural_key, reason_code, reason)
      ORDER BY natural_key COLLATE "C", reason_code <> ${CONTRADICTORY}
      ON CONFLICT (team_id, repository_id, entity, natural_key) DO UPDATE SET
        (reason_code, reason) = (SELECT CASE WHEN stays THEN dead_letter.reason_code ELSE excluded.reason_code END,
          CASE WHEN stays THEN dead_letter.reason ELSE excluded.reason END
          FROM (SELECT dead_letter.natural_key = ${UNKNOWN_KEY} AND dead_letter.resolved_at IS NULL
            AND dead_letter.reason_code = ${CONTRADICTORY} AND excluded.reason_code <> ${CONTRADICTORY}) AS kept(stays)),
        attempts = dead_letter.attempts + 1, last_seen_at = excluded.last_seen_at,
        first_seen_at = CASE WHEN dead_letter.resolved_at IS NULL AND NOT (dead_letter.natural_key = ${UNKNOWN_KEY}
            AND (excluded.reason_code = ${CONTRADICTORY} OR excluded.entity <> 'pull_request')
            AND ((dead_letter.reason_code <> ${CONTRADICTORY} AND excluded.reason_code = ${CONTRADICTORY})
              OR (dead_letter.first_seen_at <= now() - make_interval(days => ${WATERMARK_HOLD_DAYS}::integer)
                AND EXISTS (SELECT FROM sync_run s WHERE s.team_id = dead_letter.team_id
                  AND s.repository_id = dead_letter.repository_id AND s.status IN ('COMPLETED', 'PARTIAL')
                  AND coalesce(s.id > dead_letter.sync_run_id, s.started_at > dead_letter.last_seen_at)))))
          THEN dead_letter.first_seen_at ELSE excluded.first_seen_at END,
        sync_run_id = CASE WHEN dead_letter.resolved_at IS NULL AND dead_letter.natural_key <> ${UNKNOWN_KEY}
          THEN dead_letter.sync_run_id ELSE excluded.sync_run_id END,
        resolved_at = NULL, retry_requested_at = NULL`;
  }
  if (readable.length > 0) {
    await tx.$executeRaw`
      UPDATE dead_letter SET resolved_at = now()
      WHERE team_id = ${teamId} AND repository_id = ${repositoryId} AND entity = ${entity} AND resolved_at IS NULL
        AND natural_key = ANY (${[...readable]}::text[])`;
  }
}

/** Resolves the dead letters of pull requests and of their lists: they are whole now, or gone. */
export async function resolvePullRequests(
  tx: DbTransaction,
  key: RepositoryKey,
  numbers: readonly number[],
): Promise<void> {
  if (numbers.length === 0) {
    return;
  }
  await tx.$executeRaw`
    UPDATE dead_letter SET resolved_at = now()
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND resolved_at IS NULL
      AND entity IN ('pull_request', 'nested_lists') AND natural_key = ANY (${numbers.map(String)}::text[])`;
}

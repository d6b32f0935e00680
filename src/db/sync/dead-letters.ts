import type { RejectedFact } from '../../domain/pulls/github-facts.ts';
import { CONTRADICTORY, UNKNOWN_KEY } from '../../domain/sync/dead-letter.ts';
import { toArrayLiteral } from '../core/array-literal.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';
import { storeUnnumbered } from './unnumbered-dead-letters.ts';

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
 * letter already counts one attempt more, and stays the business of the sync that met it first; the tries of one that
 * contradicts itself are counted anew where that is what it does from now on. Of several without a number one is kept, a
 * contradiction before all others: `storeUnnumbered`.
 */
export async function storeDeadLetters(tx: DbTransaction, input: DeadLettersInput): Promise<void> {
  const { teamId, repositoryId, entity, readable, seenAt = null, syncRunId = null } = input;
  const rejected = input.rejected.filter(({ naturalKey }) => naturalKey !== UNKNOWN_KEY);
  const unnumbered = input.rejected.filter(({ naturalKey }) => naturalKey === UNKNOWN_KEY);
  if (rejected.length > 0) {
    const column = (pick: (fact: RejectedFact) => string): string =>
      toArrayLiteral(rejected.map(pick));
    await tx.$executeRaw`
      INSERT INTO dead_letter (team_id, repository_id, entity, natural_key, reason_code, reason, first_seen_at,
        last_seen_at, sync_run_id, last_sync_run_id)
      SELECT DISTINCT ON (natural_key COLLATE "C") ${teamId}::bigint, ${repositoryId}::bigint, ${entity}, natural_key,
        reason_code, reason, coalesce(${seenAt}::timestamptz, now()), coalesce(${seenAt}::timestamptz, now()),
        ${syncRunId}::bigint, ${syncRunId}::bigint
      FROM unnest(${column((fact) => fact.naturalKey)}::text::text[],
        ${column((fact) => fact.reasonCode)}::text::text[], ${column((fact) => fact.reason)}::text::text[])
        AS rejected(natural_key, reason_code, reason)
      ORDER BY natural_key COLLATE "C", reason_code <> ${CONTRADICTORY}
      ON CONFLICT (team_id, repository_id, entity, natural_key) DO UPDATE SET reason_code = excluded.reason_code,
        reason = excluded.reason, last_seen_at = excluded.last_seen_at,
        attempts = CASE WHEN excluded.reason_code = ${CONTRADICTORY} AND (dead_letter.resolved_at IS NOT NULL
          OR dead_letter.reason_code <> ${CONTRADICTORY}) THEN 1 ELSE dead_letter.attempts + 1 END,
        first_seen_at = CASE WHEN dead_letter.resolved_at IS NULL THEN dead_letter.first_seen_at
          ELSE excluded.first_seen_at END,
        sync_run_id = CASE WHEN dead_letter.resolved_at IS NULL THEN dead_letter.sync_run_id
          ELSE excluded.sync_run_id END,
        last_sync_run_id = coalesce(excluded.last_sync_run_id, dead_letter.last_sync_run_id),
        resolved_at = NULL, retry_requested_at = NULL`;
  }
  const kept = unnumbered.find(({ reasonCode }) => reasonCode === CONTRADICTORY) ?? unnumbered[0];
  if (kept !== undefined) {
    await storeUnnumbered(tx, { teamId, repositoryId, entity, rejected: kept, seenAt, syncRunId });
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

import type { RejectedFact } from '../domain/github-facts.ts';
import type { SyncStage } from '../domain/sync-stage.ts';
import { toArrayLiteral } from './array-literal.ts';
import type { DbTransaction } from './client.ts';

export interface ParkInput {
  readonly teamId: bigint;
  readonly repositoryId: bigint;
  /** The walk that met it. */
  readonly stage: SyncStage;
  readonly rejected: readonly RejectedFact[];
  /** Keys of what could be read this time: they come off the list. */
  readonly readable: readonly bigint[];
}

/** Parks what a walk could not read, with the reason, and takes what could be read this time off the list. */
export async function parkOfStage(tx: DbTransaction, input: ParkInput): Promise<void> {
  const entity = input.stage.toLowerCase();
  const column = (pick: (fact: RejectedFact) => string): string =>
    toArrayLiteral(input.rejected.map(pick));
  if (input.rejected.length > 0) {
    await tx.$executeRaw`
      INSERT INTO dead_letter (team_id, repository_id, entity, natural_key, reason_code, reason, first_seen_at,
        last_seen_at)
      SELECT DISTINCT ON (natural_key COLLATE "C") ${input.teamId}, ${input.repositoryId}::bigint, ${entity},
        natural_key, reason_code, reason, now(), now()
      FROM unnest(${column((fact) => fact.naturalKey)}::text::text[],
        ${column((fact) => fact.reasonCode)}::text::text[], ${column((fact) => fact.reason)}::text::text[])
        AS parked(natural_key, reason_code, reason)
      ORDER BY natural_key COLLATE "C"
      ON CONFLICT (team_id, repository_id, entity, natural_key) DO UPDATE SET reason_code = excluded.reason_code,
        reason = excluded.reason, attempts = dead_letter.attempts + 1, last_seen_at = excluded.last_seen_at,
        resolved_at = NULL`;
  }
  await tx.$executeRaw`
    UPDATE dead_letter SET resolved_at = now()
    WHERE team_id = ${input.teamId} AND repository_id = ${input.repositoryId} AND entity = ${entity}
      AND resolved_at IS NULL AND natural_key = ANY (${input.readable.map(String)}::text[])`;
}

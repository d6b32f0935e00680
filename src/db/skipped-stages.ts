import type { SyncStage } from '../domain/sync-stage.ts';
import type { DbTransaction } from './client.ts';
import type { RepositoryKey } from './repository-facts.ts';

/**
 * Leaves a stage that the credential may not read until a walk finds it due again; its place and its watermark stay, and
 * why it was left is parked under the key `permission`.
 */
export async function skipStage(
  tx: DbTransaction,
  key: RepositoryKey,
  stage: SyncStage,
  reason: string,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO dead_letter (team_id, repository_id, entity, natural_key, reason_code, reason, first_seen_at,
      last_seen_at)
    VALUES (${key.teamId}, ${key.repositoryId}, ${stage.toLowerCase()}, 'permission', 'FORBIDDEN', ${reason}, now(),
      now())
    ON CONFLICT (team_id, repository_id, entity, natural_key) DO UPDATE SET reason = excluded.reason,
      attempts = dead_letter.attempts + 1, last_seen_at = excluded.last_seen_at, resolved_at = NULL`;
  await tx.$executeRaw`
    UPDATE repository_walk SET is_due = false, updated_at = now()
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND walk = ${stage}`;
}

/** Takes a stage that was read off the list of what was left. */
export async function resolveSkip(
  tx: DbTransaction,
  key: RepositoryKey,
  stage: SyncStage,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE dead_letter SET resolved_at = now()
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND entity = ${stage.toLowerCase()}
      AND natural_key = 'permission' AND resolved_at IS NULL`;
}

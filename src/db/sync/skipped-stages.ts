import { PERMISSION_KEY } from '../../domain/sync/dead-letter.ts';
import type { SyncStage } from '../../domain/sync/sync-stage.ts';
import type { DbTransaction } from '../core/client.ts';
import { storeDeadLetters } from './dead-letters.ts';
import type { RepositoryKey } from '../core/keys.ts';
import type { RunKey } from './sync-runs.ts';

/**
 * Skips a stage that the credential may not read until a sync finds it due again; its cursor and its watermark stay, and
 * the reason is a dead letter with the key `permission`.
 */
export async function skipStage(
  tx: DbTransaction,
  key: RepositoryKey & RunKey,
  stage: SyncStage,
  reason: string,
): Promise<void> {
  const rejected = [{ naturalKey: PERMISSION_KEY, reasonCode: 'FORBIDDEN', reason }];
  await storeDeadLetters(tx, { ...key, entity: stage.toLowerCase(), rejected, readable: [] });
  await tx.$executeRaw`
    UPDATE repository_stage SET is_due = false, updated_at = now()
    WHERE team_id = ${key.teamId} AND repository_id = ${key.repositoryId} AND stage = ${stage}`;
}

/** Takes a stage that was read off the list of what was left. */
export function resolveSkip(
  tx: DbTransaction,
  key: RepositoryKey,
  stage: SyncStage,
): Promise<void> {
  const entity = stage.toLowerCase();
  return storeDeadLetters(tx, { ...key, entity, rejected: [], readable: [PERMISSION_KEY] });
}

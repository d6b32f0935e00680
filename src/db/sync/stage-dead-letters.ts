import type { RejectedFact } from '../../domain/pulls/github-facts.ts';
import type { SyncStage } from '../../domain/sync/sync-stage.ts';
import type { DbTransaction } from '../core/client.ts';
import type { RepositoryKey } from '../core/keys.ts';
import { storeDeadLetters } from './dead-letters.ts';
import type { RunKey } from './sync-runs.ts';

export interface StageDeadLettersInput extends RepositoryKey, RunKey {
  readonly stage: SyncStage;
  readonly rejected: readonly RejectedFact[];
  /** Keys of what could be read this time: they come off the list. */
  readonly readable: readonly bigint[];
}

/** Dead-letters what a stage could not read, with the reason, and resolves what could be read this time. */
export function storeStageDeadLetters(
  tx: DbTransaction,
  input: StageDeadLettersInput,
): Promise<void> {
  const entity = input.stage.toLowerCase();
  return storeDeadLetters(tx, { ...input, entity, readable: input.readable.map(String) });
}

import type { SyncStageInput, SyncStageResult } from '../../contracts/sync.ts';
import type { DbTransaction } from '../../db/core/client.ts';
import type { RepositoryKey } from '../../db/core/keys.ts';
import { readSyncRunRepository, startStage } from '../../db/sync/repository-stages.ts';
import { resolveSkip, skipStage } from '../../db/sync/skipped-stages.ts';
import { recordWait, type RunKey } from '../../db/sync/sync-runs.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { RepositoryName } from '../../domain/sync/repository-name.ts';
import { isFailure } from '../../github/transport/failures.ts';
import type { GitHubContext, RequestScope } from '../requests/request-slot.ts';
import { orWait } from '../core/retry-after.ts';
import { isRetryable } from '../core/known-failures.ts';

/** What a stage works on. */
export interface StageRun extends RepositoryKey, RunKey {
  readonly repository: RepositoryName;
  /** How far back the run goes that the stage belongs to. */
  readonly since: Date;
  /** Called after each commit from which the next attempt goes on. */
  readonly onProgress: () => void;
  /** Scope for `withRequestSlot`; each stage chooses its resource. */
  readonly scope: Omit<RequestScope, 'resource'>;
}

/** Sends at most ten requests and commits each answer with the cursor to go on from. */
export type StageReader = (context: GitHubContext, run: StageRun) => Promise<SyncStageResult>;

/**
 * Runs a stage that follows the pull requests of a repository sync. A stage that the credential may not read, or that an
 * older server cannot answer, is skipped and the reason is stored: the run is partial, the other stages go on.
 */
export async function syncStage(
  context: GitHubContext,
  input: SyncStageInput,
  read: StageReader,
): Promise<SyncStageResult> {
  const { stage } = input;
  const teamId = BigInt(input.teamId);
  const syncRunId = BigInt(input.syncRunId);
  const repositoryId = BigInt(input.repositoryId);
  const inTeam = <T>(work: (tx: DbTransaction) => Promise<T>): Promise<T> =>
    withTeam(context.db, teamId, work);
  const found = await inTeam(async (tx) => {
    await startStage(tx, { teamId, syncRunId }, stage);
    return readSyncRunRepository(tx, { teamId, syncRunId });
  });
  if (found === null) {
    throw new DomainError('NOT_FOUND', 'The sync run is not known: its repository was removed.');
  }
  const { connectionId, owner, name, since } = found;
  const isOptional = stage !== 'NESTED_LISTS';
  let hasProgressed = false;
  const run: StageRun = {
    teamId,
    syncRunId,
    repositoryId,
    repository: { owner, name },
    since,
    onProgress: () => {
      hasProgressed = true;
    },
    scope: { teamId, connectionId, repositoryId, priority: 'BACKGROUND', isOptional },
  };
  let result: SyncStageResult;
  try {
    result = await orWait(read(context, run));
  } catch (error) {
    // The credential lacks the permission of this stage, or an older server what it asks for.
    if (isOptional && isFailure(error, 'FORBIDDEN', 'MISSING_SCOPE', 'SERVER_TOO_OLD')) {
      await inTeam((tx) => skipStage(tx, run, stage, error.message));
      return { next: 'DONE' };
    }
    if (hasProgressed && isRetryable(error)) {
      // Temporal counts attempts by activity: after a commit, the next activity has all of them again.
      return { next: 'MORE' };
    }
    throw error;
  }
  if (result.next === 'DONE') {
    await inTeam((tx) => resolveSkip(tx, run, stage));
  }
  if (result.next === 'WAIT') {
    const wait = { until: new Date(result.until), reason: result.reason };
    await inTeam((tx) => recordWait(tx, run, wait));
  }
  return result;
}

import type { SyncActivities, SyncStageResult } from '../../contracts/sync.ts';
import { readSyncRunRepository, startStage } from '../../db/sync/repository-stages.ts';
import { resolveSkip, skipStage } from '../../db/sync/skipped-stages.ts';
import { recordWait } from '../../db/sync/sync-runs.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { RepositoryName } from '../../domain/sync/repository-name.ts';
import type { SyncStage } from '../../domain/sync/sync-stage.ts';
import { GitHubFailure, type GitHubFailureKind } from '../../github/transport/failures.ts';
import type { WithRequestSlot, RequestScope } from '../requests/request-slot.ts';
import { isRetryable } from '../core/known-failures.ts';
import type { SyncActivityContext } from '../requests/sync-dependencies.ts';

/** What a stage works on. */
export interface StageRun {
  readonly teamId: bigint;
  readonly syncRunId: bigint;
  readonly repositoryId: bigint;
  readonly repository: RepositoryName;
  /** How far back the run goes that the stage belongs to. */
  readonly since: Date;
  /** Called after each commit from which the next attempt goes on. */
  readonly onProgress: () => void;
  /** Scope for `withRequestSlot`; each stage chooses its resource. */
  readonly scope: Omit<RequestScope, 'resource'>;
}

/** Sends at most ten requests and commits each answer with the cursor to go on from. */
export type StageReader = (run: StageRun) => Promise<SyncStageResult>;

export interface StageContext extends SyncActivityContext {
  readonly withRequestSlot: WithRequestSlot;
}

/** Failures of a credential that lacks the permission of one stage. */
const REFUSALS: ReadonlySet<GitHubFailureKind> = new Set(['FORBIDDEN', 'MISSING_SCOPE']);

/**
 * Runs the stages that follow the pull requests of a repository sync. A stage that the credential may not read is
 * skipped and the reason is stored: the run is partial, the other stages go on.
 */
export function createSyncStage(
  context: StageContext,
  readers: Readonly<Record<SyncStage, StageReader>>,
): SyncActivities['syncRepositoryStage'] {
  return async (input) => {
    const teamId = BigInt(input.teamId);
    const syncRunId = BigInt(input.syncRunId);
    const repositoryId = BigInt(input.repositoryId);
    const found = await withTeam(context.db, teamId, async (tx) => {
      await startStage(tx, { teamId, syncRunId }, input.stage);
      return readSyncRunRepository(tx, { teamId, syncRunId });
    });
    if (found === null) {
      throw new DomainError('NOT_FOUND', 'The sync run is not known: its repository was removed.');
    }
    const { connectionId, owner, name, since } = found;
    const { stage } = input;
    const scope = { teamId, connectionId, repositoryId, priority: 'BACKGROUND' } as const;
    let hasProgressed = false;
    const onProgress = (): void => {
      hasProgressed = true;
    };
    const run = {
      teamId,
      syncRunId,
      repositoryId,
      repository: { owner, name },
      since,
      onProgress,
    };
    const isOptional = stage !== 'NESTED_LISTS';
    let result: SyncStageResult;
    try {
      result = await readers[stage]({ ...run, scope: { ...scope, isOptional } });
    } catch (error) {
      if (isOptional && error instanceof GitHubFailure && REFUSALS.has(error.kind)) {
        const { message } = error;
        await withTeam(context.db, teamId, (tx) => skipStage(tx, run, stage, message));
        return { next: 'DONE' };
      }
      if (hasProgressed && isRetryable(error)) {
        // Temporal counts attempts by activity: after a commit, the next activity has all of them again.
        return { next: 'MORE' };
      }
      throw error;
    }
    if (result.next === 'DONE') {
      await withTeam(context.db, teamId, (tx) => resolveSkip(tx, run, stage));
    }
    if (result.next === 'WAIT') {
      const wait = { until: new Date(result.until), reason: result.reason };
      await withTeam(context.db, teamId, (tx) => recordWait(tx, { teamId, syncRunId }, wait));
    }
    return result;
  };
}

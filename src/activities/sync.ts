import type { SyncActivities } from '../contracts/sync.ts';
import { closeRun, openBackfillRun, openRepositoryRun } from '../db/sync-runs.ts';
import { withTeam } from '../db/team-transaction.ts';
import { createGitHubLane } from './github-lane.ts';
import { createResolveRepositories } from './resolve-repositories.ts';
import type { SyncActivityContext, SyncActivityDependencies } from './sync-dependencies.ts';
import { createSyncPage } from './sync-page.ts';

/** Activities of the queue `sync`. */
export function createSyncActivities(dependencies: SyncActivityDependencies): SyncActivities {
  const { db } = dependencies;
  const context: SyncActivityContext = {
    ...dependencies,
    lane: createGitHubLane(db, dependencies.lanes),
  };
  return {
    async openBackfill(input) {
      const teamId = BigInt(input.teamId);
      const syncRunId = await withTeam(db, teamId, (tx) =>
        openBackfillRun(tx, {
          teamId,
          workflowId: input.workflowId,
          workflowRunId: input.workflowRunId,
          since: new Date(input.since),
          repositories: input.repositories,
          requestedBy: input.requestedBy === null ? null : BigInt(input.requestedBy),
        }),
      );
      return { syncRunId: String(syncRunId) };
    },

    resolveRepositories: createResolveRepositories(context),

    async openRepositoryRun(input) {
      const teamId = BigInt(input.teamId);
      const run = await withTeam(db, teamId, (tx) =>
        openRepositoryRun(tx, {
          teamId,
          repositoryId: BigInt(input.repositoryId),
          parentId: BigInt(input.parentSyncRunId),
          workflowId: input.workflowId,
          attempt: input.attempt,
          since: new Date(input.since),
        }),
      );
      return {
        syncRunId: String(run.id),
        kind: run.kind,
        horizon: run.horizon.toISOString(),
      };
    },

    syncPullRequestPage: createSyncPage(context),

    async closeSyncRun(input) {
      const teamId = BigInt(input.teamId);
      await withTeam(db, teamId, (tx) =>
        closeRun(tx, {
          teamId,
          syncRunId: BigInt(input.syncRunId),
          status: input.outcome,
          errorCode: input.errorCode,
          errorMessage: input.errorMessage,
        }),
      );
    },
  } satisfies SyncActivities;
}

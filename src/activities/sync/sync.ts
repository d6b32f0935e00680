import type { SyncActivities } from '../../contracts/sync.ts';
import { beginBackfillRun } from '../../db/sync/backfill-starts.ts';
import {
  closeAbandonedRuns,
  closeRun,
  openBackfillRun,
  openRepositoryRun,
  recordPause,
} from '../../db/sync/sync-runs.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { createReadCheckRuns } from '../pulls/read-check-runs.ts';
import { createReadDeployments } from '../delivery/read-deployments.ts';
import { createReadNestedLists } from '../pulls/read-nested-lists.ts';
import { createReadReleases } from '../delivery/read-releases.ts';
import { createReadReviewComments } from '../pulls/read-review-comments.ts';
import { createResolveRepositories } from './resolve-repositories.ts';
import { createSyncPage } from './sync-page.ts';
import { createSyncStage, type StageContext } from '../stages/sync-stage.ts';

/** Activities of the queue `sync`. */
export function createSyncActivities(context: StageContext): SyncActivities {
  const { db } = context;
  return {
    async openBackfill(input) {
      const teamId = BigInt(input.teamId);
      const { workflowId, workflowRunId } = input;
      const requestedId = input.syncRunId === undefined ? null : BigInt(input.syncRunId);
      const syncRunId = await withTeam(db, teamId, async (tx) => {
        const begun =
          requestedId === null
            ? null
            : await beginBackfillRun(tx, { teamId, syncRunId: requestedId, workflowRunId });
        return (
          begun ??
          openBackfillRun(tx, {
            teamId,
            workflowId,
            workflowRunId,
            since: input.since === null ? null : new Date(input.since),
            repositories: input.repositories,
            requestedBy: input.requestedBy === null ? null : BigInt(input.requestedBy),
          })
        );
      });
      // In a transaction of its own: whoever joins the job writes to the same row, and must not wait for this one.
      await withTeam(db, teamId, (tx) => closeAbandonedRuns(tx, { teamId, workflowId, syncRunId }));
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
          since: input.since === null ? null : new Date(input.since),
        }),
      );
      return {
        syncRunId: String(run.id),
        kind: run.kind,
        since: run.since.toISOString(),
        isResumed: run.isResumed,
      };
    },

    syncPullRequestPage: createSyncPage(context),

    syncRepositoryStage: createSyncStage(context, {
      NESTED_LISTS: createReadNestedLists(context),
      REVIEW_COMMENTS: createReadReviewComments(context),
      CHECK_RUNS: createReadCheckRuns(context),
      DEPLOYMENTS: createReadDeployments(context),
      RELEASES: createReadReleases(context),
    }),

    async recordSyncPause(input) {
      const key = { teamId: BigInt(input.teamId), syncRunId: BigInt(input.syncRunId) };
      await withTeam(db, key.teamId, (tx) => recordPause(tx, key, input.isPaused));
    },

    async closeSyncRun(input) {
      const teamId = BigInt(input.teamId);
      const outcome = await withTeam(db, teamId, (tx) =>
        closeRun(tx, {
          teamId,
          syncRunId: BigInt(input.syncRunId),
          status: input.outcome,
          errorCode: input.errorCode,
          errorMessage: input.errorMessage,
        }),
      );
      return { outcome };
    },
  } satisfies SyncActivities;
}

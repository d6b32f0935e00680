import type { SyncActivities } from '../../contracts/sync.ts';
import { beginBackfillRun } from '../../db/sync/backfill-starts.ts';
import {
  closeAbandonedRuns,
  closeRun,
  openBackfillRun,
  openRepositoryRun,
  recordPause,
} from '../../db/sync/sync-runs.ts';
import { hasSynced, replanned } from '../../db/sync/sync-plan.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { cleanText } from '../../domain/core/clean-text.ts';
import type { SyncStage } from '../../domain/sync/sync-stage.ts';
import { readCheckRuns } from '../pulls/read-check-runs.ts';
import { readDeployments } from '../delivery/read-deployments.ts';
import { continueNestedLists } from '../pulls/read-nested-lists.ts';
import { readReleases } from '../delivery/read-releases.ts';
import { readReviewComments } from '../pulls/read-review-comments.ts';
import type { GitHubContext } from '../requests/request-slot.ts';
import { syncStage, type StageReader } from '../stages/sync-stage.ts';
import { resolveRepositories, toSince } from './resolve-repositories.ts';
import { syncPages } from './sync-pages.ts';

const STAGE_READERS: Readonly<Record<SyncStage, StageReader>> = {
  NESTED_LISTS: continueNestedLists,
  REVIEW_COMMENTS: readReviewComments,
  CHECK_RUNS: readCheckRuns,
  DEPLOYMENTS: readDeployments,
  RELEASES: readReleases,
};

/** Activities of the queue `sync`. */
export function createSyncActivities(context: GitHubContext): SyncActivities {
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
            ...input,
            teamId,
            since: toSince(input.since),
            requestedBy: input.requestedBy === null ? null : BigInt(input.requestedBy),
          })
        );
      });
      // In a transaction of its own: whoever joins the job writes to the same row, and must not wait for this one.
      await withTeam(db, teamId, (tx) => closeAbandonedRuns(tx, { teamId, workflowId, syncRunId }));
      return { syncRunId: String(syncRunId) };
    },

    resolveRepositories: (input) => resolveRepositories(context, input),

    async openRepositoryRun(input) {
      const teamId = BigInt(input.teamId);
      const repositoryId = BigInt(input.repositoryId);
      const parentId = BigInt(input.parentSyncRunId);
      const job = { teamId, syncRunId: parentId };
      const since = toSince(input.since);
      const run = await withTeam(db, teamId, async (tx) => {
        const open = () =>
          openRepositoryRun(tx, { ...input, teamId, repositoryId, parentId, since });
        return (await hasSynced(tx, job, repositoryId)) ? replanned(tx, job, open) : open();
      });
      const { id, kind, isResumed } = run;
      return { syncRunId: String(id), kind, since: run.since.toISOString(), isResumed };
    },

    syncPullRequestPage: (input) => syncPages(context, input),

    syncRepositoryStage: (input) => syncStage(context, input, STAGE_READERS[input.stage]),

    async recordSyncPause(input) {
      const key = { teamId: BigInt(input.teamId), syncRunId: BigInt(input.syncRunId) };
      await withTeam(db, key.teamId, (tx) => recordPause(tx, key, input.isPaused));
    },

    async closeSyncRun(input) {
      const teamId = BigInt(input.teamId);
      const { errorMessage } = input;
      const outcome = await withTeam(db, teamId, (tx) =>
        closeRun(tx, {
          ...input,
          teamId,
          syncRunId: BigInt(input.syncRunId),
          status: input.outcome,
          // A message of whatever failed: one that could not be stored would leave the row open for good.
          errorMessage: errorMessage === null ? null : cleanText(errorMessage).text,
        }),
      );
      return { outcome };
    },
  } satisfies SyncActivities;
}

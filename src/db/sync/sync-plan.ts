import { replan, type SyncState } from '../../domain/sync/sync-progress.ts';
import type { DbTransaction } from '../core/client.ts';
import { SYNC_RUN_STATES, toSyncState, type SyncRunStateRow } from '../core/sync-run-state.ts';
import type { RunKey } from './sync-runs.ts';

/**
 * Adds repositories to what a job is to sync; those that it has already change nothing. What the job has shown of its
 * progress stays shown.
 */
export async function planRepositories(
  tx: DbTransaction,
  job: RunKey,
  repositoryIds: readonly bigint[],
): Promise<void> {
  await replanned(tx, job, async () => {
    await tx.$executeRaw`
      UPDATE sync_run SET updated_at = now(), planned_repositories = ARRAY(
        SELECT unnest(planned_repositories) UNION SELECT unnest(${[...repositoryIds]}::bigint[]) ORDER BY 1)
      WHERE team_id = ${job.teamId} AND id = ${job.syncRunId} AND status = 'RUNNING'
        AND NOT planned_repositories @> ${[...repositoryIds]}::bigint[]`;
  });
}

/** Whether a job has synced a repository before: its next sync changes what is left of the job. */
export async function hasSynced(
  tx: DbTransaction,
  job: RunKey,
  repositoryId: bigint,
): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ found: boolean }[]>`
    SELECT EXISTS (SELECT FROM sync_run WHERE team_id = ${job.teamId} AND parent_id = ${job.syncRunId}
      AND repository_id = ${repositoryId}) AS found`;
  return row?.found === true;
}

/** Does what changes how much a job has to do, such that its progress goes on from what was shown. */
export async function replanned<Result>(
  tx: DbTransaction,
  job: RunKey,
  change: () => Promise<Result>,
): Promise<Result> {
  // Two changes at the same time would each forget what the other has shown.
  await tx.$queryRaw`
    SELECT FROM sync_run WHERE team_id = ${job.teamId} AND id = ${job.syncRunId} FOR UPDATE`;
  const before = await readState(tx, job);
  const result = await change();
  const after = await readState(tx, job);
  if (before !== null && after !== null && !after.hasEnded) {
    const { shownBefore, workBefore } = replan(before, after);
    await tx.$executeRaw`
      UPDATE sync_run SET shown_before = ${shownBefore}, work_before = ${workBefore}
      WHERE team_id = ${job.teamId} AND id = ${job.syncRunId}`;
  }
  return result;
}

/** Null where the job is not there any more. */
async function readState(tx: DbTransaction, job: RunKey): Promise<SyncState | null> {
  const [row] = await tx.$queryRawUnsafe<SyncRunStateRow[]>(
    SYNC_RUN_STATES,
    [String(job.teamId)],
    [String(job.syncRunId)],
  );
  return row === undefined || row.startedAt === null ? null : toSyncState(row);
}

import { DomainError } from '../../domain/core/errors.ts';
import type { Written } from '../core/admin-audit.ts';
import type { DbTransaction } from '../core/client.ts';
import { openBackfillRun, type OpenBackfillRunInput, type RunKey } from './sync-runs.ts';

/** Begins what stands for the run of a job whose workflow has not begun: each request has a row of its own. */
const NOT_BEGUN = 'starting-';

/** A request that has waited longer than this for its workflow has lost its gateway. */
const MAX_START_SECONDS = 60;

/** What an admin asks for; who asks has an id. */
export type RequestedBackfill = Omit<OpenBackfillRunInput, 'workflowRunId' | 'requestedBy'> & {
  readonly requestedBy: bigint;
};

function toAudit(
  { repositories, since }: Pick<RequestedBackfill, 'repositories' | 'since'>,
  syncRunId: bigint,
  joined: boolean,
  insteadOf: bigint | null = null,
) {
  const asked = { repositories, since: since?.toISOString() ?? null };
  const own = insteadOf === null ? {} : { insteadOf: String(insteadOf) };
  return {
    action: 'BACKFILL',
    details: { syncRunId: String(syncRunId), ...asked, joined, ...own },
  };
}

/**
 * The row of a job whose workflow is started next, with the row's id as its input. Rows of earlier requests whose
 * gateway died before it could start the workflow are closed as ABANDONED.
 * @returns id of the row
 */
export async function requestBackfillRun(
  tx: DbTransaction,
  input: RequestedBackfill,
): Promise<Written<bigint>> {
  await tx.$executeRaw`
    UPDATE sync_run SET workflow_run_id = 'ended-' || id, status = 'FAILED', error_code = 'ABANDONED',
      error_message = 'The gateway ended before it could start the workflow: start the backfill again.',
      finished_at = now(), updated_at = now()
    WHERE team_id = ${input.teamId} AND workflow_id = ${input.workflowId} AND starts_with(workflow_run_id, ${NOT_BEGUN})
      AND status = 'RUNNING' AND started_at < now() - make_interval(secs => ${MAX_START_SECONDS})`;
  const workflowRunId = `${NOT_BEGUN}${crypto.randomUUID()}`;
  const id = await openBackfillRun(tx, { ...input, workflowRunId });
  return { result: id, audit: toAudit(input, id, false) };
}

/**
 * Gives a requested job the run of its workflow, once. A job that was closed because its start seemed to be refused runs
 * again: Temporal may take a start and not be able to say so.
 * @returns id of the row; null where it is gone, or belongs to another run
 * @throws DomainError CONFLICT when an admin has cancelled the job before its workflow began
 */
export async function beginBackfillRun(
  tx: DbTransaction,
  { teamId, syncRunId, workflowRunId }: RunKey & { readonly workflowRunId: string },
): Promise<bigint | null> {
  await tx.$executeRaw`
    UPDATE sync_run SET workflow_run_id = ${workflowRunId}, status = 'RUNNING', error_code = NULL,
      error_message = NULL, finished_at = NULL, updated_at = now()
    WHERE team_id = ${teamId} AND id = ${syncRunId} AND status <> 'CANCELLED'
      AND (starts_with(workflow_run_id, ${NOT_BEGUN}) OR workflow_run_id = 'ended-' || id)`;
  const [row] = await tx.$queryRaw<{ run: string; status: string }[]>`
    SELECT workflow_run_id AS run, status FROM sync_run WHERE team_id = ${teamId} AND id = ${syncRunId}`;
  if (row?.run === workflowRunId) {
    return syncRunId;
  }
  if (row?.status === 'CANCELLED') {
    throw new DomainError(
      'CONFLICT',
      'The backfill was cancelled before its workflow began: start it again.',
    );
  }
  return null;
}

/** Closes a requested job whose workflow Temporal did not take, with the reason. One that has begun goes on. */
export async function refuseBackfillRun(
  tx: DbTransaction,
  {
    teamId,
    syncRunId,
    code,
    message,
  }: RunKey & { readonly code: string; readonly message: string },
): Promise<Written<void>> {
  const closed = await tx.$executeRaw`
    UPDATE sync_run SET workflow_run_id = 'ended-' || id, status = 'FAILED', error_code = ${code},
      error_message = ${message}, finished_at = now(), updated_at = now()
    WHERE team_id = ${teamId} AND id = ${syncRunId} AND starts_with(workflow_run_id, ${NOT_BEGUN})
      AND status = 'RUNNING'`;
  const details = { syncRunId: String(syncRunId), code };
  return {
    result: undefined,
    audit: closed === 0 ? 'UNCHANGED' : { action: 'BACKFILL_REFUSED', details },
  };
}

export interface JoinedBackfill extends RequestedBackfill {
  readonly workflowRunId: string;
  /** Null where the workflow has written its row itself. */
  readonly syncRunId: bigint | null;
  /** Row that was written for a job of its own, which is not needed any more. */
  readonly unneededId: bigint | null;
}

/**
 * Notes a request that joined a job which was going on.
 * @returns id of that job; null when its workflow has not written its row yet
 */
export async function joinBackfillRun(
  tx: DbTransaction,
  input: JoinedBackfill,
): Promise<Written<bigint | null>> {
  const { teamId, workflowId, workflowRunId, syncRunId, unneededId, requestedBy } = input;
  await tx.$executeRaw`
    DELETE FROM sync_run
    WHERE team_id = ${teamId} AND id = ${unneededId}::bigint AND starts_with(workflow_run_id, ${NOT_BEGUN})`;
  const [job] = await tx.$queryRaw<{ id: bigint }[]>`
    UPDATE sync_run SET requested_by_id = coalesce(requested_by_id, ${requestedBy})
    WHERE team_id = ${teamId} AND (id = ${syncRunId}::bigint OR (${syncRunId}::bigint IS NULL
      AND workflow_id = ${workflowId} AND workflow_run_id = ${workflowRunId}))
    RETURNING id`;
  return job === undefined
    ? { result: null, audit: 'UNCHANGED' }
    : { result: job.id, audit: toAudit(input, job.id, true, unneededId) };
}

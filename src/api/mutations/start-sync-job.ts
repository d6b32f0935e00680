import type { LaunchedBackfill } from '../../contracts/launcher.ts';
import { backfillTeamWorkflowId } from '../../contracts/workflow-ids.ts';
import type { RowKey } from '../../db/reads/rows-by-key.ts';
import {
  joinBackfillRun,
  refuseBackfillRun,
  requestBackfillRun,
  type RequestedBackfill,
} from '../../db/sync/backfill-starts.ts';
import { DomainError, isDomainError } from '../../domain/core/errors.ts';
import { orInstead } from '../core/errors.ts';
import type { MutationContext } from '../core/request-writes.ts';

/** A job that was started, or the running one that a request joined. */
export type StartedJob = Pick<LaunchedBackfill, 'workflowId' | 'joined'> & {
  readonly run: RowKey;
};

/** What a job is to sync. */
export type JobRequest = Omit<RequestedBackfill, 'workflowId'> & {
  /** Sync the repositories again where the running job has done it already. */
  readonly again?: boolean;
};

/**
 * Starts the job of a team that syncs its repositories, or joins the running one. The row comes first: a start that
 * Temporal refuses closes it. A request that joins is recorded after Temporal has taken it, for only then is it known that
 * no job of its own is needed, which would be shown and never run. When this process ends in between, the history of the
 * running job has the request, and the audit does not say whose it was.
 * @throws DomainError TEMPORAL_UNAVAILABLE and the launcher's others; CONFLICT when the job that runs has no row yet
 */
export async function startSyncJob(
  context: MutationContext,
  { again = false, ...wanted }: JobRequest,
): Promise<StartedJob> {
  const { teamId, since, repositories, requestedBy } = wanted;
  const { launcher } = context.services;
  const workflowId = launcher.workflowIdOf(backfillTeamWorkflowId(String(teamId)));
  const job: RequestedBackfill = { ...wanted, workflowId };
  const request = {
    teamId: String(teamId),
    repositories,
    since: since?.toISOString() ?? null,
    requestedBy: String(requestedBy),
    ...(again && { again }),
  };
  const running = await launcher.joinBackfill(request);
  if (running !== null) {
    return answerJoined(context, job, running, null);
  }
  const id = await context.writes.inTeam(teamId, (tx) => requestBackfillRun(tx, job));
  const launched = await launcher
    .startBackfill({ ...request, syncRunId: String(id) })
    .catch(async (error: unknown) => {
      await closeRefused(context, { teamId, id }, error);
      throw error;
    });
  return launched.syncRunId === String(id)
    ? { run: { teamId, id }, workflowId: launched.workflowId, joined: launched.joined }
    : answerJoined(context, job, launched, id);
}

/** @param unneededId row of a job that was not started because another one had begun meanwhile */
async function answerJoined(
  context: MutationContext,
  job: RequestedBackfill,
  running: LaunchedBackfill,
  unneededId: bigint | null,
): Promise<StartedJob> {
  const { workflowId, workflowRunId } = running;
  const syncRunId = running.syncRunId === null ? null : BigInt(running.syncRunId);
  const joined = { ...job, workflowId, workflowRunId, syncRunId, unneededId };
  const id = await context.writes
    .inTeam(job.teamId, (tx) => joinBackfillRun(tx, joined))
    .catch((error: unknown) => {
      throw isDomainError(error) ? takenOnly(error) : error;
    });
  if (id === null) {
    throw new DomainError(
      'CONFLICT',
      'A sync of the team has just begun: start the backfill again in a moment.',
    );
  }
  return { run: { teamId: job.teamId, id }, workflowId, joined: true };
}

/** The running job has taken the request, whatever kept that from being noted. */
function takenOnly(cause: DomainError): DomainError {
  return new DomainError(
    cause.code,
    'The backfill that runs took the request, but that could not be noted: look at the sync runs of the team in a few seconds.',
    { cause },
  );
}

/** Closes the row of a job that Temporal did not take. Where that fails too, the next start closes it. */
async function closeRefused(
  { writes }: MutationContext,
  { teamId, id }: RowKey,
  error: unknown,
): Promise<void> {
  const reason = isDomainError(error)
    ? { code: error.code, message: error.message }
    : { code: 'UNEXPECTED', message: 'Temporal refused the start: see the log of the gateway.' };
  await orInstead(
    writes.inTeam(teamId, (tx) => refuseBackfillRun(tx, { teamId, syncRunId: id, ...reason })),
    undefined,
  );
}

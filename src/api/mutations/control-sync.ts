import type { SyncAction } from '../../contracts/launcher.ts';
import type { RowKey } from '../../db/reads/rows-by-key.ts';
import { loadRowOrNull } from '../core/load-row.ts';
import { DomainError } from '../../domain/core/errors.ts';
import type { ApiContext } from '../core/context.ts';
import { notFound } from '../core/errors.ts';
import { readRowId } from '../core/global-id.ts';
import { requireAdminOf } from '../core/team-admin.ts';

const VERBS = { PAUSE: 'pause', RESUME: 'resume', CANCEL: 'cancel' } as const;

/**
 * Pauses, resumes or cancels a job with its walks, or one walk. The page that runs ends first; the row shows it when
 * the workflow has taken it. A run whose workflow is gone is ended here when it is cancelled.
 * @throws DomainError NOT_FOUND, FORBIDDEN, INVALID_INPUT, TEMPORAL_UNAVAILABLE
 */
export async function controlSync(
  context: ApiContext,
  id: string,
  action: SyncAction,
): Promise<RowKey> {
  const key = readRowId(id, 'SyncRun');
  const { userId } = requireAdminOf(context, key.teamId, 'sync run', `${VERBS[action]} a sync`);
  const run = await loadRowOrNull(context, 'SyncRun', key);
  if (run === null) {
    throw notFound('sync run');
  }
  if (run.status !== 'RUNNING') {
    throw new DomainError(
      'INVALID_INPUT',
      `This run has ended already (${run.status}): there is nothing to ${VERBS[action]}.`,
    );
  }
  const { workflowId } = run;
  const isTaken = await context.services.launcher.controlSync(
    { syncRunId: String(key.id), workflowId, workflowRunId: run.workflowRunId },
    action,
  );
  if (!isTaken && action !== 'CANCEL') {
    throw new DomainError(
      'INVALID_INPUT',
      'The workflow of this run is gone: cancel the run, then start again.',
    );
  }
  await context.services.recordSyncControl({
    teamId: key.teamId,
    syncRunId: key.id,
    actorId: userId,
    action: `${action}_SYNC`,
    workflowId,
    endsRun: !isTaken,
  });
  await context.reads.refresh();
  return key;
}

import type { Written } from '../core/admin-audit.ts';
import type { DbTransaction } from '../core/client.ts';
import { closeRun, type RunKey } from './sync-runs.ts';

export interface SyncControlRecord extends RunKey {
  readonly action: 'PAUSE_SYNC' | 'RESUME_SYNC' | 'CANCEL_SYNC';
  readonly workflowId: string;
  /** True when the run has no workflow any more that would end its row. */
  readonly endsRun: boolean;
}

/** What an admin asked of a run, for the audit; ends the rows of one whose workflow is gone. */
export async function recordSyncControl(
  tx: DbTransaction,
  { teamId, syncRunId, action, workflowId, endsRun }: SyncControlRecord,
): Promise<Written<void>> {
  const details = { syncRunId: String(syncRunId), workflowId };
  const written = { result: undefined, audit: { action, details } };
  if (!endsRun) {
    return written;
  }
  const end = {
    status: 'CANCELLED',
    errorCode: 'CANCELLED',
    errorMessage: 'Cancelled on request; its workflow was gone already.',
  } as const;
  const parts = await tx.$queryRaw<{ id: bigint }[]>`
    SELECT id FROM sync_run WHERE team_id = ${teamId} AND parent_id = ${syncRunId} AND status = 'RUNNING' ORDER BY id`;
  for (const { id } of [...parts, { id: syncRunId }]) {
    await closeRun(tx, { teamId, syncRunId: id, ...end });
  }
  return written;
}

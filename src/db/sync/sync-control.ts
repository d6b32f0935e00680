import type { Written } from '../core/admin-audit.ts';
import type { DbTransaction } from '../core/client.ts';
import { closeRun, type RunKey } from './sync-runs.ts';

/** Ends the rows of a cancelled run whose workflow is gone; that it was to be cancelled is in the audit already. */
export async function endLostRun(
  tx: DbTransaction,
  { teamId, syncRunId }: RunKey,
): Promise<Written<void>> {
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
  return { result: undefined, audit: 'UNCHANGED' };
}

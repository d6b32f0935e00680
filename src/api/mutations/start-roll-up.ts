import { toRollUpStart } from '../../contracts/rollups.ts';
import type { ApiContext } from '../core/context.ts';

/**
 * Starts the rollup of a team's dirty weeks, or joins the running one.
 * @returns id of the workflow; null when Temporal did not answer: what was written stays, and the next rollup takes it
 */
export async function startRollUp(context: ApiContext, teamId: bigint): Promise<string | null> {
  try {
    const start = toRollUpStart({ teamId: String(teamId) });
    return (await context.services.launcher.startWorkflow(start)).workflowId;
  } catch {
    return null;
  }
}

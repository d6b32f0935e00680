import { getExternalWorkflowHandle } from '@temporalio/workflow';
import type {
  ConnectionActivities,
  TestConnectionInput,
  TestConnectionResult,
} from '../../contracts/connections.ts';
import { verifyLimitSignal } from '../../contracts/sync.ts';
import { backfillTeamWorkflowId } from '../../contracts/workflow-ids.ts';
import { activitiesOn, DATABASE_RETRY } from '../core/activity-proxies.ts';
import { workflowIdHere } from '../core/installation.ts';

// A test makes a dozen requests of at most 30 s each; a mutation waits 10 s for it.
const activities = activitiesOn<ConnectionActivities>('sync', '5m', {
  retry: { ...DATABASE_RETRY, maximumAttempts: 10 },
});

/**
 * Tests one connection: whose the credential is and what it may do. The findings are written to the connection's row,
 * so that a mutation that waits for them does not need Temporal to read them. A refusal by GitHub is a result, not a
 * failure. A backfill of the team that waits for a limit is told where none stands any more, and asks again at once;
 * whatever else waits for that identity finds out by itself, within the five minutes of `waitUntil`.
 */
export async function testConnection(input: TestConnectionInput): Promise<TestConnectionResult> {
  const result = await activities.testConnection(input);
  if (result.isFree === true) {
    const backfill = getExternalWorkflowHandle(
      workflowIdHere(backfillTeamWorkflowId(input.teamId)),
    );
    // Mostly none runs.
    await backfill.signal(verifyLimitSignal).catch(() => undefined);
  }
  return result;
}

import proto from '@temporalio/proto';
import type { SyncWorld } from '../test/support/worlds/sync-world.ts';

/** Activities that run at the moment, by Temporal's own word. */
export async function countRunningActivities(world: SyncWorld): Promise<number> {
  let running = 0;
  for await (const { workflowId } of world.client.workflow.list({
    query: `ExecutionStatus = 'Running'`,
  })) {
    const { raw } = await world.client.workflow.getHandle(workflowId).describe();
    running += (raw.pendingActivities ?? []).filter(
      ({ state }) =>
        state === proto.temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_STARTED,
    ).length;
  }
  return running;
}

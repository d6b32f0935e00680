import type { SyncWorld } from '../test/support/worlds/sync-world.ts';

/** How the activities of all workflows went, by Temporal's histories. */
export interface ActivityEnds {
  /** Activities whose failure reached their workflow. */
  readonly failed: number;
  /** Attempts of the one that was tried most often. */
  readonly mostAttempts: number;
}

export async function readActivityEnds(world: SyncWorld): Promise<ActivityEnds> {
  let failed = 0;
  let mostAttempts = 0;
  for await (const { workflowId, runId } of world.client.workflow.list()) {
    const { events } = await world.client.workflow.getHandle(workflowId, runId).fetchHistory();
    for (const event of events ?? []) {
      const isFailure =
        event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
      failed += isFailure ? 1 : 0;
      mostAttempts = Math.max(mostAttempts, event.activityTaskStartedEventAttributes?.attempt ?? 0);
    }
  }
  return { failed, mostAttempts };
}

import { ScheduleNotFoundError, type Client } from '@temporalio/client';
import {
  identityOfId,
  toInstallationId,
  type InstallationIdentity,
} from '../../contracts/installation.ts';
import type { PlannedSchedule } from './planned-schedule.ts';

/** Ids of schedules without an identity: releases before installations had one made theirs so. */
export async function listFormerSchedules(client: Client): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const { scheduleId } of client.schedule.list()) {
    if (identityOfId(scheduleId) === null) {
      ids.add(scheduleId);
    }
  }
  return ids;
}

/**
 * Removes the schedule that an earlier release made for what is planned, which has a schedule of its own name now. One that
 * an operator had paused leaves the new one paused. Nobody polls the queues of that release, so until then it starts
 * nothing that runs.
 * @returns id of the removed schedule; null when there was none, or it is not Throughline's
 */
export async function replaceFormerSchedule(
  client: Client,
  installation: InstallationIdentity,
  { start }: PlannedSchedule,
): Promise<string | null> {
  const former = client.schedule.getHandle(start.workflowId);
  try {
    const { action, state } = await former.describe();
    if (action.workflowType !== start.workflowType) {
      return null;
    }
    if (state.paused) {
      const id = toInstallationId(installation, start.workflowId);
      await client.schedule.getHandle(id).pause(state.note);
    }
    await former.delete();
    return former.scheduleId;
  } catch (error) {
    // Another worker was faster.
    if (error instanceof ScheduleNotFoundError) {
      return null;
    }
    throw error;
  }
}

import { ScheduleNotFoundError, type Client } from '@temporalio/client';
import { toInstallationId, type InstallationIdentity } from '../../contracts/installation.ts';
import type { TeamSchedule } from '../../contracts/launcher.ts';
import { toMembersStart } from '../../contracts/members.ts';
import { toReconcileStart } from '../../contracts/reconcile.ts';
import { toSyncTeamStart, type SyncActivityOptions } from '../../contracts/sync.ts';
import type { Db } from '../../db/core/client.ts';
import { isTeamConnected } from '../../db/connections/github-connections.ts';
import { withTeam } from '../../db/core/team-transaction.ts';
import { eachTeam } from '../../db/core/teams.ts';
import { createSchedule, planSchedule, type PlannedSchedule } from './planned-schedule.ts';

/** The schedules of a team that is connected to GitHub. */
export function planTeam(
  teamId: string,
  activityOptions: SyncActivityOptions,
): readonly PlannedSchedule[] {
  return [
    planSchedule('every hour', toSyncTeamStart({ teamId, activityOptions })),
    planSchedule('every day', toMembersStart(teamId)),
    planSchedule('every week', toReconcileStart(teamId)),
  ];
}

/** The teams that have a connection to GitHub. */
export async function* eachConnectedTeam(db: Db): AsyncGenerator<string> {
  for await (const teamId of eachTeam(db)) {
    if (await withTeam(db, teamId, (tx) => isTeamConnected(tx, teamId))) {
      yield String(teamId);
    }
  }
}

/**
 * Creates the schedules of a team. Existing ones are left to the workers, which change them when they start: a change
 * first asks the schedule's own workflow, and connecting a team should not wait for that.
 */
export async function createTeamSchedules(
  client: Client,
  installation: InstallationIdentity,
  teamId: string,
  activityOptions: SyncActivityOptions,
): Promise<void> {
  await Promise.all(
    planTeam(teamId, activityOptions).map((planned) =>
      createSchedule(client, installation, planned),
    ),
  );
}

/** Deletes the schedules of a team; workflows that they have started go on. */
export async function removeTeamSchedules(
  client: Client,
  installation: InstallationIdentity,
  teamId: string,
  activityOptions: SyncActivityOptions,
): Promise<void> {
  for (const { start } of planTeam(teamId, activityOptions)) {
    try {
      await client.schedule.getHandle(toInstallationId(installation, start.workflowId)).delete();
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) {
        throw error;
      }
    }
  }
}

/** Describes those of the schedules that exist, in the given order of their names. */
export async function describeSchedules(
  client: Client,
  installation: InstallationIdentity,
  names: readonly string[],
): Promise<TeamSchedule[]> {
  const found = await Promise.all(
    names.map((name) => describeSchedule(client, toInstallationId(installation, name))),
  );
  return found.filter((schedule) => schedule !== null);
}

async function describeSchedule(client: Client, id: string): Promise<TeamSchedule | null> {
  try {
    const { state, info } = await client.schedule.getHandle(id).describe();
    return {
      id,
      note: state.note ?? '',
      isPaused: state.paused,
      nextRunAt: state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null),
      lastRunAt: info.recentActions.at(-1)?.takenAt.toISOString() ?? null,
    };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) {
      return null;
    }
    throw error;
  }
}

import type { TeamSchedule } from '../../contracts/launcher.ts';
import { syncAiUsageWorkflowId } from '../../contracts/workflow-ids.ts';
import { readAiUsageSources } from '../../db/reads/ai-usage-sources.ts';
import type { ApiContext } from '../core/context.ts';
import { notFound, orInstead } from '../core/errors.ts';
import { requireTeamAdmin } from '../core/team-admin.ts';

export interface ScheduleRequest {
  readonly teamId: string;
  readonly scheduleId: string;
}

/** What Temporal starts for a team by the clock. @throws DomainError TEMPORAL_UNAVAILABLE */
export async function listTeamSchedules(
  context: ApiContext,
  teamId: bigint,
): Promise<readonly TeamSchedule[]> {
  const [sources = []] = await readAiUsageSources(context.reads.session, [{ teamId }]);
  const usage = sources
    .filter(({ source }) => source === 'COPILOT')
    .map(({ organization }) => syncAiUsageWorkflowId(String(teamId), organization));
  return context.services.launcher.listSchedules(String(teamId), usage);
}

/**
 * Pauses a schedule of the team, or lets it go on; what it has started goes on.
 * @throws DomainError NOT_FOUND, FORBIDDEN, TEMPORAL_UNAVAILABLE
 */
export async function pauseTeamSchedule(
  context: ApiContext,
  { teamId: id, scheduleId }: ScheduleRequest,
  isPaused: boolean,
): Promise<TeamSchedule> {
  const action = isPaused ? 'pause a schedule' : 'resume a schedule';
  const { teamId, userId } = requireTeamAdmin(context, id, action);
  const schedule = (await listTeamSchedules(context, teamId)).find((one) => one.id === scheduleId);
  if (schedule === undefined) {
    throw notFound('schedule');
  }
  const note = `${isPaused ? 'Paused' : 'Resumed'} by user ${userId}. Made by throughline schedules apply.`;
  await context.services.launcher.pauseSchedule(scheduleId, isPaused, note);
  await context.services.recordScheduleControl({
    teamId,
    actorId: userId,
    action: isPaused ? 'PAUSE_SCHEDULE' : 'RESUME_SCHEDULE',
    details: { scheduleId },
  });
  await context.reads.refresh();
  // The change stands also when Temporal cannot say so.
  const schedules = await orInstead(listTeamSchedules(context, teamId), []);
  const after = schedules.find((one) => one.id === scheduleId);
  return after ?? { ...schedule, isPaused, note, nextRunAt: null };
}

import type { RowKey } from '../../db/reads/rows-by-key.ts';
import { loadRowOrNull } from '../core/load-row.ts';
import { isTimeZoneKnown } from '../../db/teams/team-settings.ts';
import { DomainError } from '../../domain/core/errors.ts';
import { MAX_RETENTION_DAYS, MIN_RETENTION_DAYS } from '../../domain/retention/retention.ts';
import { dateInZone, type WeekStart } from '../../domain/rollups/week.ts';
import type { ApiContext } from '../core/context.ts';
import { notFound } from '../core/errors.ts';
import { CHANGE_WEEKS, startRebuild } from './rebuild-rollups.ts';
import { requireTeamAdmin } from '../core/team-admin.ts';

export interface TeamSettingsRequest {
  readonly teamId: string;
  readonly timeZone?: string | null | undefined;
  readonly weekStart?: WeekStart | null | undefined;
  readonly aiUsageRetentionDays?: number | null | undefined;
  readonly weeklyMetricsRetentionDays?: number | null | undefined;
}

export interface UpdatedTeamSettings {
  readonly teamId: bigint;
  /** The rebuild at whose end weeks are cut the new way; null when they already are. */
  readonly rebuild: RowKey | null;
}

/**
 * Changes a team's settings. How long data is kept holds at once; another time zone or first day of the week starts a
 * rebuild and holds when that is done, so that no answer mixes two cuts.
 * @throws DomainError NOT_FOUND, FORBIDDEN, INVALID_INPUT, TEMPORAL_UNAVAILABLE; then nothing is changed. OVERLOADED when
 * the rebuild was started and its row has to wait; then how long data is kept is not changed
 */
export async function updateTeamSettings(
  context: ApiContext,
  request: TeamSettingsRequest,
): Promise<UpdatedTeamSettings> {
  const { teamId, userId } = requireTeamAdmin(context, request.teamId, CHANGE_WEEKS);
  const { aiUsageRetentionDays = null, weeklyMetricsRetentionDays = null } = request;
  checkDays('aiUsageRetentionDays', aiUsageRetentionDays);
  checkDays('weeklyMetricsRetentionDays', weeklyMetricsRetentionDays);
  const team = await loadRowOrNull(context, 'Team', { teamId });
  if (team === null) {
    throw notFound('team');
  }
  const timeZone = request.timeZone ?? null;
  if (timeZone !== null && !(await isZone(context, timeZone))) {
    throw new DomainError(
      'INVALID_INPUT',
      `There is no time zone ${timeZone}: name one of the IANA list, such as Europe/Berlin.`,
    );
  }
  const newZone = timeZone === team.timeZone ? null : timeZone;
  const newWeekStart = request.weekStart === team.weekStart ? null : (request.weekStart ?? null);
  let rebuild: RowKey | null = null;
  if (newZone !== null || newWeekStart !== null) {
    const started = await startRebuild(context, {
      teamId: String(teamId),
      reason: 'SETTINGS',
      isDryRun: false,
      from: null,
      to: null,
      timeZone: newZone,
      weekStart: newWeekStart,
      requestedBy: String(userId),
    });
    if (started.joined) {
      throw new DomainError(
        'INVALID_INPUT',
        'A rebuild of the team is going on: change the time zone or the first day of the week when it has ended.',
      );
    }
    ({ rebuild } = started);
  }
  if (aiUsageRetentionDays !== null || weeklyMetricsRetentionDays !== null) {
    await context.services.changeRetentionSettings({
      teamId,
      actorId: userId,
      aiUsageRetentionDays,
      weeklyMetricsRetentionDays,
    });
    await context.reads.refresh();
  }
  return { teamId, rebuild };
}

function checkDays(name: string, days: number | null): void {
  if (days !== null && (days < MIN_RETENTION_DAYS || days > MAX_RETENTION_DAYS)) {
    throw new DomainError(
      'INVALID_INPUT',
      `${name} must lie between ${MIN_RETENTION_DAYS} and ${MAX_RETENTION_DAYS}, it is ${days}.`,
    );
  }
}

/** Days are cut by PostgreSQL, and here when ranges of weeks are worked out: both must know the zone. */
async function isZone(context: ApiContext, name: string): Promise<boolean> {
  try {
    dateInZone(context.services.now(), name);
  } catch {
    return false;
  }
  return isTimeZoneKnown(context.reads.session, name);
}

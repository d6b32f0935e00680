import type { RowKey } from '../../../db/reads/rows-by-key.ts';
import { changeTeamSettings, isTimeZoneKnown } from '../../../db/teams/team-settings.ts';
import { MAX_RETENTION_DAYS, MIN_RETENTION_DAYS } from '../../../domain/retention/retention.ts';
import { readTrackedBranches } from '../../../domain/pulls/tracked-branches.ts';
import { dateInZone } from '../../../domain/rollups/week.ts';
import { builder } from '../../core/builder.ts';
import type { ApiContext } from '../../core/context.ts';
import { DomainError } from '../../../domain/core/errors.ts';
import { invalidInput, notFound } from '../../core/errors.ts';
import { readTeamId } from '../../core/global-id.ts';
import { loadRowOrNull, teamOfRow } from '../../core/load-row.ts';
import { WeekStart } from '../../core/week-start.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';
import { changeTrackedBranches, TRACKED_BRANCHES } from '../../mutations/tracked-branches.ts';
import { CHANGE_WEEKS, startRebuild, StartedWithoutRow } from '../../mutations/start-rebuild.ts';

interface UpdatedTeamSettings {
  readonly teamId: bigint;
  /** The rebuild at whose end the new time zone and week start hold; null when they already do. */
  readonly rebuild: RowKey | null;
}

const Payload = builder.objectRef<UpdatedTeamSettings>('UpdateTeamSettingsPayload').implement({
  description: 'The team, and the rebuild that its new weeks wait for.',
  fields: (t) => ({
    team: t.prismaField({
      type: 'Team',
      description:
        'The team. Its time zone and first day of the week change when the rebuild is done.',
      resolve: teamOfRow,
    }),
    rebuild: t.prismaField({
      type: 'RollupRebuild',
      nullable: true,
      description: 'The rebuild that was started; null when the weeks stay as they are.',
      resolve: (_query, { rebuild }, _args, context) =>
        rebuild === null ? null : loadRowOrNull(context, 'RollupRebuild', rebuild),
    }),
  }),
});

defineMutation({
  name: 'updateTeamSettings',
  // The time zone and the week start change with a rebuild, so that no answer mixes weeks of two kinds.
  description:
    'Changes the settings of a team. How long data is kept, who counts and which branches count hold at once; another time zone or first day of the week starts a rebuild and holds when that is done.',
  input: {
    description: 'What to change; what is absent stays.',
    fields: (t) => ({
      teamId: t.id({ required: true, description: 'The team whose settings they are.' }),
      timeZone: t.string({ description: 'IANA time zone in which days and weeks begin.' }),
      weekStart: t.field({ type: WeekStart, description: 'The day that weeks begin on.' }),
      trackedBranches: t.stringList({ description: TRACKED_BRANCHES }),
      aiUsageRetentionDays: t.int({
        description: `Days that AI usage is kept, ${MIN_RETENTION_DAYS} to ${MAX_RETENTION_DAYS}.`,
      }),
      weeklyMetricsRetentionDays: t.int({
        description: `Days that weekly metrics are kept, ${MIN_RETENTION_DAYS} to ${MAX_RETENTION_DAYS}.`,
      }),
      includeExternal: t.boolean({
        description:
          'Whether metrics count people who do not belong to the team, where a query does not say.',
      }),
    }),
  },
  payload: Payload,
  errors: ['TEMPORAL_UNAVAILABLE'],
  role: 'ADMIN',
  may: CHANGE_WEEKS,
  team: ({ teamId }) => readTeamId(teamId),
  run: async ({ input, context, teamId, userId }) => {
    const { aiUsageRetentionDays = null, weeklyMetricsRetentionDays = null } = input;
    const { includeExternal = null } = input;
    const settings = { aiUsageRetentionDays, weeklyMetricsRetentionDays, includeExternal };
    checkDays('aiUsageRetentionDays', aiUsageRetentionDays);
    checkDays('weeklyMetricsRetentionDays', weeklyMetricsRetentionDays);
    const branches =
      input.trackedBranches == null ? null : readTrackedBranches(input.trackedBranches);
    const team = await loadRowOrNull(context, 'Team', { teamId });
    if (team === null) {
      throw notFound('team');
    }
    const timeZone = input.timeZone ?? null;
    if (timeZone !== null && !(await isZone(context, timeZone))) {
      throw invalidInput(
        `There is no time zone ${timeZone}: name one of the IANA list, such as Europe/Berlin.`,
        'timeZone',
      );
    }
    const newZone = timeZone === team.timeZone ? null : timeZone;
    const newWeekStart = input.weekStart === team.weekStart ? null : (input.weekStart ?? null);
    const changeRest = async (): Promise<void> => {
      if (Object.values(settings).some((value) => value !== null)) {
        await context.writes.inTeam(teamId, (tx) =>
          changeTeamSettings(tx, { teamId, ...settings }),
        );
      }
    };
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
      }).catch(async (error: unknown) => {
        // What was asked for is under way: the rest of it is not left out.
        if (error instanceof StartedWithoutRow) {
          await changeRest().catch(() => {
            throw new DomainError(
              error.code,
              `${error.message} The other settings were not changed.`,
            );
          });
        }
        throw error;
      });
      if (started.joined) {
        throw invalidInput(
          'A rebuild of the team is going on: change the time zone or the first day of the week when it has ended.',
        );
      }
      ({ rebuild } = started);
    }
    await changeRest();
    if (branches !== null) {
      await changeTrackedBranches(context, { teamId, repositoryId: null, branches });
    }
    return { teamId, rebuild };
  },
});

function checkDays(name: string, days: number | null): void {
  if (days !== null && (days < MIN_RETENTION_DAYS || days > MAX_RETENTION_DAYS)) {
    throw invalidInput(
      `${name} must lie between ${MIN_RETENTION_DAYS} and ${MAX_RETENTION_DAYS}, it is ${days}.`,
      name,
    );
  }
}

/** PostgreSQL computes days, and so does this process for ranges of weeks: both must know the zone. */
async function isZone(context: ApiContext, name: string): Promise<boolean> {
  try {
    dateInZone(context.services.now(), name);
  } catch {
    return false;
  }
  return isTimeZoneKnown(context.reads.session, name);
}

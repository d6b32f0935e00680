import type { TeamSchedule } from '../../../contracts/launcher.ts';
import { builder } from '../../core/builder.ts';
import { notFound, orInstead } from '../../core/errors.ts';
import { readTeamId } from '../../core/global-id.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';
import { listTeamSchedules } from '../../mutations/team-schedules.ts';

const CONTROLS = {
  pause: {
    typeName: 'PauseSchedulePayload',
    description:
      'Pauses a schedule of a team: it starts nothing until it is resumed. What runs goes on.',
    done: 'Paused',
    audit: 'PAUSE_SCHEDULE',
  },
  resume: {
    typeName: 'ResumeSchedulePayload',
    description: 'Resumes a paused schedule of a team.',
    done: 'Resumed',
    audit: 'RESUME_SCHEDULE',
  },
} as const;

for (const act of ['pause', 'resume'] as const) {
  const { typeName, description, done, audit } = CONTROLS[act];
  const isPaused = act === 'pause';
  defineMutation({
    name: `${act}Schedule`,
    description,
    input: {
      description: `Which schedule to ${act}.`,
      fields: (t) => ({
        teamId: t.id({ required: true, description: 'The team whose schedule it is.' }),
        scheduleId: t.string({ required: true, description: 'Id of the schedule.' }),
      }),
    },
    payload: builder.objectRef<TeamSchedule>(typeName).implement({
      description: 'The schedule as it is now.',
      fields: (t) => ({
        schedule: t.field({
          type: 'Schedule',
          description: 'The schedule.',
          resolve: (schedule) => schedule,
        }),
      }),
    }),
    errors: ['TEMPORAL_UNAVAILABLE'],
    role: 'ADMIN',
    may: `${act} a schedule`,
    team: ({ teamId }) => readTeamId(teamId),
    run: async ({ input: { scheduleId }, context, teamId, userId }) => {
      const isWanted = ({ id }: TeamSchedule): boolean => id === scheduleId;
      const schedule = (await listTeamSchedules(context, teamId)).find(isWanted);
      if (schedule === undefined) {
        throw notFound('schedule');
      }
      const note = `${done} by user ${userId}. Made by throughline schedules apply.`;
      await context.writes.asking(teamId, { action: audit, details: { scheduleId } }, () =>
        context.services.launcher.pauseSchedule(scheduleId, isPaused, note),
      );
      // The change stands also when Temporal cannot list its schedules any more.
      const schedules = await orInstead(listTeamSchedules(context, teamId), []);
      return schedules.find(isWanted) ?? { ...schedule, isPaused, note, nextRunAt: null };
    },
  });
}

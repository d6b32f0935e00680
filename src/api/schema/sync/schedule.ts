import type { TeamSchedule } from '../../../contracts/launcher.ts';
import { builder } from '../../core/builder.ts';
import { listTeamSchedules, pauseTeamSchedule } from '../../mutations/team-schedules.ts';
import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  TemporalUnavailableError,
  withTypedErrors,
} from '../../core/typed-errors.ts';

function toDate(instant: string | null): Date | null {
  return instant === null ? null : new Date(instant);
}

const Schedule = builder.objectRef<TeamSchedule>('Schedule').implement({
  description: 'A Temporal schedule of a team.',
  fields: (t) => ({
    id: t.exposeString('id', { description: 'Id of the schedule in Temporal.' }),
    note: t.exposeString('note', { description: 'What the schedule does, or who paused it.' }),
    isPaused: t.exposeBoolean('isPaused', { description: 'Whether the schedule is paused.' }),
    nextRunAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it runs next; null while it is paused.',
      resolve: ({ nextRunAt }) => toDate(nextRunAt),
    }),
    lastRunAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it last ran; null before the first run.',
      resolve: ({ lastRunAt }) => toDate(lastRunAt),
    }),
  }),
});

builder.prismaObjectField('Team', 'schedules', (t) =>
  t.field({
    type: [Schedule],
    description:
      'Temporal schedules of the team. Empty until a worker has run after the team was connected.',
    resolve: (team, _args, context) => listTeamSchedules(context, team.id),
  }),
);

for (const verb of ['Pause', 'Resume'] as const) {
  const Input = builder.inputType(`${verb}ScheduleInput`, {
    description: `Which schedule to ${verb.toLowerCase()}.`,
    fields: (t) => ({
      teamId: t.id({ required: true, description: 'The team whose schedule it is.' }),
      scheduleId: t.string({ required: true, description: 'Id of the schedule.' }),
    }),
  });
  const Payload = builder.objectRef<TeamSchedule>(`${verb}SchedulePayload`).implement({
    description: 'The schedule as it is now.',
    fields: (t) => ({
      schedule: t.field({
        type: Schedule,
        description: 'The schedule.',
        resolve: (schedule) => schedule,
      }),
    }),
  });
  builder.mutationField(`${verb.toLowerCase()}Schedule`, (t) =>
    t.field({
      type: Payload,
      authScopes: { viewer: true },
      description:
        verb === 'Pause'
          ? 'Has a schedule of a team start nothing until it is resumed; what runs goes on. For admins.'
          : 'Lets a paused schedule of a team go on. For admins.',
      args: {
        input: t.arg({ type: Input, required: true, description: 'Which schedule.' }),
      },
      errors: {
        types: [InvalidInputError, ForbiddenError, NotFoundError, TemporalUnavailableError],
        directResult: true,
        union: {
          name: `${verb}ScheduleResult`,
          description: 'The schedule, or why nothing was changed.',
        },
      },
      resolve: (_root, { input }, context) =>
        withTypedErrors(() => pauseTeamSchedule(context, input, verb === 'Pause')),
    }),
  );
}

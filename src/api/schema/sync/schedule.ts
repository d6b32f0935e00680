import { builder } from '../../core/builder.ts';
import { listTeamSchedules } from '../../mutations/team-schedules.ts';

function toDate(instant: string | null): Date | null {
  return instant === null ? null : new Date(instant);
}

builder.objectType('Schedule', {
  description: 'A schedule by which Temporal starts work for a team.',
  fields: (t) => ({
    id: t.exposeString('id', { description: 'Id of the schedule in Temporal.' }),
    note: t.exposeString('note', { description: 'What it does, or who paused it.' }),
    isPaused: t.exposeBoolean('isPaused', { description: 'Whether it starts nothing now.' }),
    nextRunAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it starts next; null while it is paused.',
      resolve: ({ nextRunAt }) => toDate(nextRunAt),
    }),
    lastRunAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it started last; null before the first time.',
      resolve: ({ lastRunAt }) => toDate(lastRunAt),
    }),
  }),
});

builder.prismaObjectField('Team', 'schedules', (t) =>
  t.field({
    type: ['Schedule'],
    description:
      'Schedules of the team, as Temporal knows them. Empty before a worker has run since the team was connected.',
    resolve: async (team, _args, context) => [...(await listTeamSchedules(context, team.id))],
  }),
);

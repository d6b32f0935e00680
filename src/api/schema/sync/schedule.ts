import { MAX_AI_USAGE_SOURCES } from '../../../db/usage/ai-usage-sources.ts';
import { builder } from '../../core/builder.ts';
import { costs } from '../../core/field-cost.ts';
import { listTeamSchedules } from '../../mutations/team-schedules.ts';

function toDate(instant: string | null): Date | null {
  return instant === null ? null : new Date(instant);
}

builder.objectType('Schedule', {
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
    // Temporal is asked for them. Beside those of the team, each source of AI usage has one.
    ...costs({ size: 10 + MAX_AI_USAGE_SOURCES, points: 20 }),
    type: ['Schedule'],
    nullable: true,
    description:
      'Temporal schedules of the team. Empty until a worker has run after the team was connected; null, with an error, when Temporal does not answer.',
    resolve: (team, _args, context) => listTeamSchedules(context, team.id),
  }),
);

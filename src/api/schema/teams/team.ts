import { DomainError } from '../../../domain/core/errors.ts';
import { MAX_RETENTION_DAYS, MIN_RETENTION_DAYS } from '../../../domain/retention/retention.ts';
import { builder } from '../../core/builder.ts';
import { defineConnection, checkPageSize, pageArguments, toPage } from '../../core/connection.ts';
import { requireViewer, visibleTeamId } from '../../core/context.ts';
import { decodeCursor } from '../../core/cursor.ts';
import { readTeamId } from '../../core/global-id.ts';
import { loadRowOrNull } from '../../core/load-row.ts';
import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  TemporalUnavailableError,
  withTypedErrors,
} from '../../core/typed-errors.ts';
import {
  updateTeamSettings,
  type UpdatedTeamSettings,
} from '../../mutations/update-team-settings.ts';

const SLUG_ORDER = [{ column: 'slug', type: 'text' }] as const;

/** As the database holds them; anything else is no team's slug. */
function isSlug(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,62}$/.test(text);
}

const WeekStart = builder.enumType('WeekStart', {
  description: 'The day that weeks begin on.',
  values: {
    MONDAY: { description: 'Weeks begin on Monday (ISO 8601).' },
    SUNDAY: { description: 'Weeks begin on Sunday.' },
  },
});

const Team = builder.prismaNode('Team', {
  description: 'A team whose work is measured together.',
  nullable: true,
  id: { resolve: (team) => team.id, description: 'Opaque id.' },
  findUnique: (id, context) => ({ id: visibleTeamId(context, BigInt(id)) }),
  fields: (t) => ({
    slug: t.exposeString('slug', { description: 'Unique short name for URLs.' }),
    name: t.exposeString('name', { description: 'Display name.' }),
    timeZone: t.exposeString('timeZone', {
      description: 'IANA time zone that days and weeks are computed in.',
    }),
    weekStart: t.field({
      type: WeekStart,
      description: 'The day that weeks begin on.',
      resolve: (team) => (team.weekStart === 'SUNDAY' ? 'SUNDAY' : 'MONDAY'),
    }),
    aiUsageRetentionDays: t.exposeInt('aiUsageRetentionDays', {
      description: 'Number of days that AI usage is retained.',
    }),
    weeklyMetricsRetentionDays: t.exposeInt('weeklyMetricsRetentionDays', {
      description: 'Number of days that weekly metrics are retained.',
    }),
    trackingStartedAt: t.expose('trackingStartedAt', {
      type: 'DateTime',
      description: 'When measuring the team began.',
    }),
  }),
});

const TeamConnection = defineConnection(Team, 'Team', 'teams');

builder.queryFields((t) => ({
  team: t.field({
    type: Team,
    nullable: true,
    authScopes: { viewer: true },
    description: 'One of your teams, by its id or its slug.',
    args: {
      id: t.arg.id({ description: 'Id of the team.' }),
      slug: t.arg.string({ description: 'Slug of the team.' }),
    },
    resolve: async (_root, { id, slug }, context) => {
      const hasId = id !== null && id !== undefined;
      const hasSlug = slug !== null && slug !== undefined;
      if (hasId === hasSlug) {
        throw new DomainError('INVALID_INPUT', 'Name the team by its id or by its slug.');
      }
      if (hasId) {
        return loadRowOrNull(context, 'Team', { teamId: visibleTeamId(context, readTeamId(id)) });
      }
      const teamIds = [...requireViewer(context).teamIds];
      return hasSlug && isSlug(slug)
        ? context.reads.db.team.findFirst({ where: { slug, id: { in: teamIds } } })
        : null;
    },
  }),
  teams: t.field({
    type: TeamConnection,
    authScopes: { viewer: true },
    description: 'The teams that you belong to, by slug.',
    args: pageArguments,
    resolve: async (_root, args, context) => {
      checkPageSize(args.first);
      const mine = { id: { in: [...requireViewer(context).teamIds] } };
      const [after] = args.after == null ? [] : decodeCursor(args.after, SLUG_ORDER);
      const rows = await context.reads.db.team.findMany({
        where: { ...mine, ...(after !== undefined && { slug: { gt: after } }) },
        orderBy: { slug: 'asc' },
        take: args.first + 1,
      });
      return toPage(rows, args, ['slug'], () => context.reads.db.team.count({ where: mine }));
    },
  }),
}));

const UpdateTeamSettingsInput = builder.inputType('UpdateTeamSettingsInput', {
  description: 'What to change; what is absent stays.',
  fields: (t) => ({
    teamId: t.id({ required: true, description: 'The team whose settings they are.' }),
    timeZone: t.string({ description: 'IANA time zone in which days and weeks are cut.' }),
    weekStart: t.field({ type: WeekStart, description: 'The day that weeks begin on.' }),
    aiUsageRetentionDays: t.int({
      description: `Days that AI usage is kept, ${MIN_RETENTION_DAYS} to ${MAX_RETENTION_DAYS}.`,
    }),
    weeklyMetricsRetentionDays: t.int({
      description: `Days that weekly metrics are kept, ${MIN_RETENTION_DAYS} to ${MAX_RETENTION_DAYS}.`,
    }),
  }),
});

const UpdateTeamSettingsPayload = builder
  .objectRef<UpdatedTeamSettings>('UpdateTeamSettingsPayload')
  .implement({
    description: 'The team, and the rebuild that its new weeks wait for.',
    fields: (t) => ({
      team: t.prismaField({
        type: Team,
        description:
          'The team. Its time zone and first day of the week change when the rebuild is done.',
        resolve: (query, { teamId }, _args, context) =>
          context.reads.db.team.findUniqueOrThrow({ ...query, where: { id: teamId } }),
      }),
      rebuild: t.prismaField({
        type: 'RollupRebuild',
        nullable: true,
        description: 'The rebuild that was started; null when weeks are cut as before.',
        resolve: (query, { rebuild }, _args, context) =>
          rebuild === null
            ? null
            : context.reads.db.rollupRebuild.findUnique({
                ...query,
                where: { teamId_id: rebuild },
              }),
      }),
    }),
  });

builder.mutationField('updateTeamSettings', (t) =>
  t.field({
    type: UpdateTeamSettingsPayload,
    authScopes: { viewer: true },
    description:
      'Changes the settings of a team. How long data is kept holds at once; another time zone or first day of the week when the rebuild is done that it starts. For admins.',
    args: {
      input: t.arg({
        type: UpdateTeamSettingsInput,
        required: true,
        description: 'What to change.',
      }),
    },
    errors: {
      types: [InvalidInputError, ForbiddenError, NotFoundError, TemporalUnavailableError],
      directResult: true,
      union: {
        name: 'UpdateTeamSettingsResult',
        description: 'What was changed, or why nothing was.',
      },
    },
    resolve: (_root, { input }, context) =>
      withTypedErrors(() => updateTeamSettings(context, input)),
  }),
);

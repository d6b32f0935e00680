import { readTeamsBySlug } from '../../../db/reads/rows-by-key.ts';
import { MAX_TRACKED_BRANCHES } from '../../../domain/pulls/tracked-branches.ts';
import { isSlug } from '../../../domain/teams/names.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import {
  checkPageSize,
  defineConnection,
  PAGE_COST,
  pageArguments,
  toPage,
} from '../../core/connection.ts';
import { requireViewer, visibleTeamId } from '../../core/context.ts';
import { decodeCursor } from '../../core/cursor.ts';
import { costs } from '../../core/field-cost.ts';
import { invalidInput } from '../../core/errors.ts';
import { readTeamId } from '../../core/global-id.ts';
import { loadRowOrNull } from '../../core/load-row.ts';
import { WeekStart } from '../../core/week-start.ts';

const SLUG_ORDER = [{ column: 'slug', type: 'text' }] as const;

const Team = builder.prismaNode('Team', {
  description: 'A team whose work is measured together.',
  nullable: true,
  id: { resolve: (team) => team.id, description: 'Opaque id.' },
  findUnique: (id, context) => ({ id: visibleTeamId(context, BigInt(id)) }),
  fields: (t) => ({
    ...exposeColumns(t, 'Team', {
      slug: 'Unique short name for URLs.',
      name: 'Display name.',
      timeZone: 'IANA time zone that days and weeks are computed in.',
      trackedBranches: {
        ...costs({ size: MAX_TRACKED_BRANCHES }),
        description:
          'Names of branches, or patterns with an asterisk: what was merged into others does not count in weekly metrics. All count when it is empty. A repository may have its own.',
      },
      aiUsageRetentionDays: 'Number of days that AI usage is retained.',
      weeklyMetricsRetentionDays: 'Number of days that weekly metrics are retained.',
      includeExternal:
        'Whether metrics count people who do not belong to the team, where a query does not say.',
      trackingStartedAt: 'When measuring the team began.',
    }),
    weekStart: t.field({
      type: WeekStart,
      description: 'The day that weeks begin on.',
      resolve: (team) => (team.weekStart === 'SUNDAY' ? 'SUNDAY' : 'MONDAY'),
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
        throw invalidInput('Name the team by its id or by its slug.');
      }
      if (hasId) {
        return loadRowOrNull(context, 'Team', { teamId: visibleTeamId(context, readTeamId(id)) });
      }
      const found =
        hasSlug && isSlug(slug) ? await context.reads.load(readTeamsBySlug, { slug }) : null;
      return found !== null && visibleTeamId(context, found.id) === found.id ? found : null;
    },
  }),
  teams: t.field({
    ...PAGE_COST,
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

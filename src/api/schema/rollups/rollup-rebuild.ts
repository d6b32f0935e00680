import { TEAM_ROLLUP_REBUILDS } from '../../../db/reads/lists.ts';
import { readTeams } from '../../../db/reads/rows-by-key.ts';
import { toCalendarDate } from '../../../domain/rollups/week.ts';
import { builder } from '../../core/builder.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';
import { visibleTeamId } from '../../core/context.ts';
import { formatRowKey, readRowKey } from '../../core/global-id.ts';

const REASONS = {
  REQUESTED: { description: 'An admin asked for it.' },
  SETTINGS: { description: 'The time zone or the first day of the week changes.' },
  DEFINITION: { description: 'The definitions of the metrics have changed.' },
} as const;

const STATUSES = {
  RUNNING: { description: 'Going on; everything is still read as before.' },
  COMPLETED: { description: 'Done: its weeks are read now. A dry run has counted.' },
  FAILED: { description: 'Given up; everything is read as before. See error.' },
  CANCELLED: { description: 'Ended on request; everything is read as before.' },
} as const;

const RollupRebuildReason = builder.enumType('RollupRebuildReason', {
  description: 'Why weekly metrics are computed anew.',
  values: REASONS,
});

const RollupRebuildStatus = builder.enumType('RollupRebuildStatus', {
  description: 'How a rebuild stands. All but RUNNING are final.',
  values: STATUSES,
});

interface Progress {
  readonly weeksDone: number;
  readonly weeksTotal: number;
  readonly memberWeeksInserted: bigint;
  readonly memberWeeksUpdated: bigint;
  readonly memberWeeksRemoved: bigint;
  readonly memberWeeksUnchanged: bigint;
}

const RollupRebuildProgress = builder.objectRef<Progress>('RollupRebuildProgress').implement({
  description:
    "How far a rebuild is, and how its cells (one member's week each) differ from those that were read when it came to them.",
  fields: (t) => ({
    weeksDone: t.exposeInt('weeksDone', { description: 'Weeks computed.' }),
    weeksTotal: t.exposeInt('weeksTotal', { description: 'Weeks of the range.' }),
    memberWeeksInserted: t.expose('memberWeeksInserted', {
      type: 'BigInt',
      description: 'Cells that were not there.',
    }),
    memberWeeksUpdated: t.expose('memberWeeksUpdated', {
      type: 'BigInt',
      description: 'Cells with other numbers.',
    }),
    memberWeeksRemoved: t.expose('memberWeeksRemoved', {
      type: 'BigInt',
      description: 'Cells without any activity behind them.',
    }),
    memberWeeksUnchanged: t.expose('memberWeeksUnchanged', {
      type: 'BigInt',
      description: 'Cells that come out the same.',
    }),
  }),
});

const RollupRebuildError = builder
  .objectRef<{ readonly code: string; readonly message: string }>('RollupRebuildError')
  .implement({
    description: 'Why a rebuild was not completed.',
    fields: (t) => ({
      code: t.exposeString('code', { description: 'Stable code.' }),
      message: t.exposeString('message', { description: 'One sentence that says what to do.' }),
    }),
  });

const RollupRebuild = builder.prismaNode('RollupRebuild', {
  description:
    'Weekly metrics computed anew. Readers change over to them at its end, all at once. Ask for its node again to follow it.',
  nullable: true,
  id: { resolve: formatRowKey, description: 'Opaque id.' },
  findUnique: (id, context) => {
    const key = readRowKey(id);
    return { teamId_id: { teamId: visibleTeamId(context, key.teamId), id: key.id } };
  },
  fields: (t) => ({
    reason: t.field({
      type: RollupRebuildReason,
      description: 'Why it was started.',
      resolve: ({ reason }) => reason as keyof typeof REASONS,
    }),
    status: t.field({
      type: RollupRebuildStatus,
      description: 'How it stands.',
      resolve: ({ status }) => status as keyof typeof STATUSES,
    }),
    dryRun: t.exposeBoolean('isDryRun', {
      description: 'Whether it only counts what would change.',
    }),
    fromWeek: t.field({
      type: 'Date',
      nullable: true,
      description: 'First day of its first week; null when it is of all weeks that are kept.',
      resolve: ({ fromWeek }) => (fromWeek === null ? null : toCalendarDate(fromWeek)),
    }),
    toWeek: t.field({
      type: 'Date',
      nullable: true,
      description: 'First day after its last week; null when it goes on to the last activity.',
      resolve: ({ toWeek }) => (toWeek === null ? null : toCalendarDate(toWeek)),
    }),
    progress: t.field({
      type: RollupRebuildProgress,
      description: 'How far it is.',
      resolve: (rebuild) => rebuild,
    }),
    error: t.field({
      type: RollupRebuildError,
      nullable: true,
      description: 'Why it was not completed; null when it was, or still runs.',
      resolve: ({ errorCode, errorMessage }) =>
        errorCode === null ? null : { code: errorCode, message: errorMessage ?? errorCode },
    }),
    workflowId: t.exposeString('workflowId', { description: 'Id of its workflow in Temporal.' }),
    temporalUrl: t.string({
      nullable: true,
      description: 'Address of the workflow in the Temporal UI; null when no UI is configured.',
      resolve: ({ workflowId }, _args, context) =>
        context.services.launcher.workflowUrl({ workflowId }),
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it began.' }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ended; null while it runs.',
    }),
    team: t.relation('team', {
      description: 'The team whose weeks they are.',
      resolve: async (_query, { teamId }, _args, context) => {
        const team = await context.reads.load(readTeams, { teamId });
        if (team === null) {
          throw new Error('a rebuild names a team that is not there');
        }
        return team;
      },
    }),
  }),
});

const RollupRebuildConnection = defineConnection(RollupRebuild, 'RollupRebuild', 'rebuilds');

builder.prismaObjectField('Team', 'rollupRebuilds', (t) =>
  t.field({
    type: RollupRebuildConnection,
    description: "Rebuilds of the team's weekly metrics, newest first.",
    args: pageArguments,
    resolve: (team, args, context) => loadPage(context, TEAM_ROLLUP_REBUILDS, [team.id], args),
  }),
);

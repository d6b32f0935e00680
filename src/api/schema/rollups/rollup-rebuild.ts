import { TEAM_ROLLUP_REBUILDS } from '../../../db/reads/lists.ts';
import type { Row } from '../../../db/core/tables.ts';
import { toCalendarDate } from '../../../domain/rollups/week.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import { addPages, defineConnection } from '../../core/connection.ts';
import { defineEnum } from '../../core/enums.ts';
import { teamOfRow } from '../../core/load-row.ts';
import { TEAM_NODE } from '../../core/node.ts';
import { temporalUrl } from '../../core/temporal-url.ts';

const RollupRebuildReason = defineEnum('RollupRebuildReason', 'Why weekly metrics are rebuilt.', {
  REQUESTED: 'Requested by an admin.',
  SETTINGS: 'The time zone or the first day of the week was changed.',
  DEFINITION: 'The definitions of the metrics have changed.',
});

const RollupRebuildStatus = defineEnum(
  'RollupRebuildStatus',
  'Status of a rebuild. All statuses but RUNNING are final.',
  {
    RUNNING: 'Running. The previous weekly metrics are still in use.',
    COMPLETED: 'Done. The rebuilt weekly metrics are in use; after a dry run nothing has changed.',
    FAILED: 'Failed; see error. The previous weekly metrics are still in use.',
    CANCELLED: 'Cancelled. The previous weekly metrics are still in use.',
  },
);

const RollupRebuildProgress = builder
  .objectRef<Row<'RollupRebuild'>>('RollupRebuildProgress')
  .implement({
    description:
      'Progress of a rebuild, and how its member weeks (one week of one member each) differ from the previous ones.',
    fields: (t) =>
      exposeColumns(t, 'RollupRebuild', {
        pullRequestsDone:
          'Number of pull requests that the new definitions of the metrics are applied to; the next rebuild goes on behind them.',
        pullRequestsTotal:
          'Number of pull requests to apply the new definitions to, before weeks are computed; 0 when the definitions are the same.',
        weeksDone: 'Number of weeks computed so far.',
        weeksTotal: 'Number of weeks to compute.',
        memberWeeksInserted: 'Member weeks that are new.',
        memberWeeksUpdated: 'Member weeks whose numbers changed.',
        memberWeeksRemoved: 'Member weeks that no longer have any activity.',
        memberWeeksUnchanged: 'Member weeks that did not change.',
      }),
  });

const RollupRebuildError = builder
  .objectRef<{ readonly code: string; readonly message: string }>('RollupRebuildError')
  .implement({
    description: 'Why a rebuild did not complete.',
    fields: (t) => ({
      code: t.exposeString('code', { description: 'Stable error code.' }),
      message: t.exposeString('message', { description: 'One sentence that says what to do.' }),
    }),
  });

const RollupRebuild = builder.prismaNode('RollupRebuild', {
  ...TEAM_NODE,
  description:
    'A rebuild of weekly metrics. All rebuilt weeks come into use at once when it completes. With new definitions of the metrics, single pull requests show theirs as soon as they are applied. Query the node again to follow its progress.',
  fields: (t) => ({
    ...exposeColumns(t, 'RollupRebuild', {
      reason: { type: RollupRebuildReason, description: 'Why the rebuild was started.' },
      status: { type: RollupRebuildStatus, description: 'Current status.' },
      workflowId: 'Id of the workflow in Temporal.',
      startedAt: 'When it started.',
      finishedAt: 'When it finished; null while it is running.',
    }),
    dryRun: t.exposeBoolean('isDryRun', {
      description: 'Whether it only counts what would change, without changing anything.',
    }),
    fromWeek: t.field({
      type: 'Date',
      nullable: true,
      description: 'First day of the first week; null when all retained weeks are rebuilt.',
      resolve: ({ fromWeek }) => (fromWeek === null ? null : toCalendarDate(fromWeek)),
    }),
    toWeek: t.field({
      type: 'Date',
      nullable: true,
      description:
        'First day after the last week; null when all weeks up to the latest activity are rebuilt.',
      resolve: ({ toWeek }) => (toWeek === null ? null : toCalendarDate(toWeek)),
    }),
    progress: t.field({
      type: RollupRebuildProgress,
      description: 'Progress of the rebuild.',
      resolve: (rebuild) => rebuild,
    }),
    error: t.field({
      type: RollupRebuildError,
      nullable: true,
      description: 'Why it did not complete; null when it did, or is still running.',
      resolve: ({ errorCode, errorMessage }) =>
        errorCode === null ? null : { code: errorCode, message: errorMessage ?? errorCode },
    }),
    temporalUrl: t.string(temporalUrl('URL of the workflow')),
    team: t.relation('team', {
      description: 'The team whose weekly metrics are rebuilt.',
      resolve: teamOfRow,
    }),
  }),
});

addPages('Team', 'rollupRebuilds', {
  connection: defineConnection(RollupRebuild, 'RollupRebuild', 'rebuilds'),
  list: TEAM_ROLLUP_REBUILDS,
  description: "Rebuilds of the team's weekly metrics, newest first.",
});

import { describeMissingWorkers } from '../../../contracts/queue-service.ts';
import { SYNC_RUN_PARTS, TEAM_SYNC_RUNS } from '../../../db/reads/lists.ts';
import { toSyncState, toSyncWaits, type SyncRunStateRow } from '../../../db/core/sync-run-state.ts';
import { readSyncRunProgress } from '../../../db/reads/sync-run-progress.ts';
import { estimateSecondsLeft, measureSync } from '../../../domain/sync/sync-progress.ts';
import {
  describeSyncWait,
  type DescribedSyncWait,
  type SyncWait as Wait,
} from '../../../domain/sync/sync-wait.ts';
import { builder } from '../../core/builder.ts';
import { exposeColumns } from '../../core/columns.ts';
import {
  addPages,
  defineConnection,
  loadPage,
  PAGE_COST,
  pageArguments,
} from '../../core/connection.ts';
import { visibleTeamId, type ApiServices } from '../../core/context.ts';
import { defineEnum } from '../../core/enums.ts';
import { costs } from '../../core/field-cost.ts';
import { readRowId } from '../../core/global-id.ts';
import { followSyncRun } from '../../core/follow-sync-run.ts';
import { loadRow, loadRowOrNull, relatedRowOrNull, teamOfRow } from '../../core/load-row.ts';
import { TEAM_NODE } from '../../core/node.ts';
import { temporalUrl } from '../../core/temporal-url.ts';

const SyncRunStage = defineEnum('SyncRunStage', 'Stages of a sync, in this order.', {
  REPOSITORIES: 'Of a job: its repositories are looked up.',
  PULL_REQUESTS: 'Pull requests with their reviews, commits and files.',
  NESTED_LISTS: 'Nested lists that do not fit on one page.',
  REVIEW_COMMENTS: 'Comments on lines of code.',
  CHECK_RUNS: 'Check runs that had not completed.',
  DEPLOYMENTS: 'Deployments and their commits.',
  RELEASES: 'Releases.',
  ROLLUPS: 'Of a job: the weeks that its last repositories touched are rolled up.',
});

const SyncRunKind = defineEnum('SyncRunKind', 'Kind of a sync run.', {
  BACKFILL: 'Syncs the history back to a given time.',
  INCREMENTAL: 'Syncs what changed since the last sync.',
});

const SyncRunStatus = defineEnum(
  'SyncRunStatus',
  'Status of a sync run. All statuses but RUNNING are final.',
  {
    RUNNING: 'Running, or waiting for a rate limit of GitHub.',
    COMPLETED: 'Everything was synced.',
    PARTIAL: 'Some of it could not be synced; see error. The rest was synced.',
    FAILED: 'Nothing could be synced; see error.',
    CANCELLED: 'Cancelled by an admin.',
  },
);

const SyncWaitKind = defineEnum('SyncWaitKind', 'Kinds of reasons for which a sync waits.', {
  GITHUB:
    'GitHub must not be asked now: its rate limit, or other requests of the same account that go first.',
  PAUSED: 'An admin has paused it.',
  NO_WORKER:
    'No worker polls a task queue that it needs. Not told where Temporal does not say so within a second.',
});

const SyncWait = builder.objectRef<DescribedSyncWait>('SyncWait').implement({
  description: 'Why a sync does not move on.',
  fields: (t) => ({
    kind: t.expose('kind', { type: SyncWaitKind, description: 'Kind of the reason.' }),
    reason: t.exposeString('reason', { description: 'The reason in words.' }),
    since: t.expose('since', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when it waits; null when that is not known.',
    }),
    until: t.expose('until', {
      type: 'DateTime',
      nullable: true,
      description: 'When the wait ends; null when nobody knows.',
    }),
  }),
});

/** Reasons at a time, one of each kind at the most. */
const MAX_WAITS = 3;

/** What a run waits for: by its row, and because nobody works on it. */
async function readWaits(
  row: SyncRunStateRow,
  { launcher, now }: Pick<ApiServices, 'launcher' | 'now'>,
): Promise<Wait[]> {
  if (row.hasEnded) {
    return [];
  }
  const reason = describeMissingWorkers(await launcher.readQueues());
  return [
    ...toSyncWaits(row, now()),
    ...(reason === null ? [] : [{ kind: 'NO_WORKER' as const, reason }]),
  ];
}

const SyncRunProgress = builder.objectRef<SyncRunStateRow>('SyncRunProgress').implement({
  description: 'Progress of a sync run; for a job, over all its repositories.',
  fields: (t) => ({
    pages: t.exposeInt('pages', { description: 'Number of pages stored.' }),
    requests: t.exposeInt('requests', { description: 'Number of requests sent to GitHub.' }),
    points: t.exposeInt('points', { description: "Points of GitHub's rate limit spent." }),
    pullRequestsSeen: t.exposeInt('pullRequestsSeen', {
      description: 'Number of pull requests fetched.',
    }),
    pullRequestsStored: t.exposeInt('pullRequestsStored', {
      description: 'Number of pull requests that were new or had changed.',
    }),
    nestedRows: t.exposeInt('nestedRows', {
      description:
        'Number of reviews, commits, files and checks that were fetched on pages of their own.',
    }),
    pullRequestsTotal: t.exposeInt('pullRequestsTotal', {
      nullable: true,
      description:
        'Number of pull requests that the repositories have on GitHub; null until it is known for all of them.',
    }),
    oldestReachedAt: t.expose('oldestReachedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'How far back the sync has got; null before the first page.',
    }),
    repositories: t.exposeInt('repositories', {
      description: 'Number of repositories to sync, also those whose sync has not begun.',
    }),
    repositoriesEnded: t.exposeInt('repositoriesEnded', {
      description: 'Number of those whose sync has ended, however it ended.',
    }),
    waits: t.field({
      type: [SyncWait],
      ...costs({ size: MAX_WAITS }),
      description: 'Why it does not move on, one of each kind at the most; empty when it does.',
      resolve: async (row, _args, { services }) =>
        (await readWaits(row, services)).map(describeSyncWait),
    }),
    fractionDone: t.float({
      description:
        'Share of the sync that is done, 0 to 1, with what follows the pull requests. Never less than before, and 1 only when the sync has ended.',
      resolve: (row) => measureSync(toSyncState(row)).fractionDone,
    }),
    estimatedSecondsLeft: t.int({
      nullable: true,
      description:
        'Estimated seconds left at the current speed, waits included; null when unknown: before enough is done, while it is paused or no worker is there, and in stages whose size nobody knows before one repository of the job has been through them.',
      resolve: async (row, _args, { services }) =>
        estimateSecondsLeft({
          state: toSyncState(row),
          startedAt: row.startedAt,
          waits: await readWaits(row, services),
          now: services.now(),
        }),
    }),
  }),
});

const SyncRunError = builder
  .objectRef<{ readonly code: string; readonly message: string }>('SyncRunError')
  .implement({
    description: 'Why a sync run did not complete.',
    fields: (t) => ({
      code: t.exposeString('code', { description: 'Stable error code.' }),
      message: t.exposeString('message', { description: 'One sentence that says what to do.' }),
    }),
  });

const SyncRun = builder.prismaNode('SyncRun', {
  ...TEAM_NODE,
  description: 'A job that syncs a team, or the sync of one repository within it.',
  fields: (t) => ({
    ...exposeColumns(t, 'SyncRun', {
      kind: { type: SyncRunKind, description: 'Kind of the sync run.' },
      status: { type: SyncRunStatus, description: 'Current status.' },
      workflowId: 'Id of the workflow in Temporal.',
      pausedAt: 'When an admin paused it; null when it is not paused.',
      startedAt: 'When it started.',
      finishedAt: 'When it finished; null while it is running.',
      since: 'Pull requests that changed since this time are synced.',
    }),
    stage: t.field({
      type: SyncRunStage,
      description:
        'Current stage, or the last one; for a job, that of the repository that is the furthest behind.',
      resolve: async ({ teamId, id }, _args, context) =>
        measureSync(toSyncState(await context.reads.load(readSyncRunProgress, { teamId, id })))
          .stage,
    }),
    temporalUrl: t.string(temporalUrl('URL of the workflow')),
    progress: t.field({
      type: SyncRunProgress,
      description: 'Progress of the sync.',
      resolve: ({ teamId, id }, _args, context) =>
        context.reads.load(readSyncRunProgress, { teamId, id }),
    }),
    error: t.field({
      type: SyncRunError,
      nullable: true,
      description: 'Why it did not complete; null when it did, or is still running.',
      resolve: ({ errorCode, errorMessage }) =>
        errorCode === null ? null : { code: errorCode, message: errorMessage ?? errorCode },
    }),
    repository: t.relation('repository', {
      nullable: true,
      description: 'The repository that is synced; null for a job.',
      resolve: relatedRowOrNull('Repository', 'repositoryId'),
    }),
    team: t.relation('team', {
      description: 'The team that is synced.',
      resolve: teamOfRow,
    }),
  }),
});

const SyncRunConnection = defineConnection(SyncRun, 'SyncRun', 'sync runs');

builder.prismaObjectField('SyncRun', 'repositories', (t) =>
  t.field({
    ...PAGE_COST,
    type: SyncRunConnection,
    description:
      'The repository syncs of a job, one per repository, in the order in which they started.',
    args: {
      ...pageArguments,
      status: t.arg({ type: SyncRunStatus, description: 'Only those with this status.' }),
    },
    resolve: ({ teamId, id }, { status, ...page }, context) =>
      loadPage(
        context,
        SYNC_RUN_PARTS,
        [teamId, id],
        page,
        status == null ? [] : [{ text: 't.status = ?::text', value: status }],
      ),
  }),
);

addPages('Team', 'syncRuns', {
  connection: SyncRunConnection,
  list: TEAM_SYNC_RUNS,
  description: 'Sync jobs of the team, newest first.',
});

builder.queryField('syncRun', (t) =>
  t.field({
    type: SyncRun,
    nullable: true,
    authScopes: { viewer: true },
    description: 'One sync run by its id; null when it does not exist or is not visible to you.',
    args: { id: t.arg.id({ required: true, description: 'Id of the sync run.' }) },
    resolve: (_root, args, context) => {
      const { teamId, id } = readRowId(args.id, 'SyncRun');
      return loadRowOrNull(context, 'SyncRun', { teamId: visibleTeamId(context, teamId), id });
    },
  }),
);

builder.subscriptionField('syncRunProgress', (t) =>
  t.field({
    type: SyncRun,
    authScopes: { viewer: true },
    description:
      'Follows a sync run: sends its current state at once, then each change of it or of its repository syncs until it has finished. Each event has the whole state, so a client whose stream is cut can reconnect to any gateway.',
    args: { id: t.arg.id({ required: true, description: 'Id of the sync run.' }) },
    subscribe: (_root, args, context, info) =>
      followSyncRun(context, readRowId(args.id, 'SyncRun'), info),
    resolve: (event, _args, context) => loadRow(context, 'SyncRun', event.key),
  }),
);

import { TEAM_SYNC_RUNS } from '../../../db/reads/lists.ts';
import { readRepositories, readSyncRuns, readTeams } from '../../../db/reads/rows-by-key.ts';
import {
  readSyncRunParts,
  readSyncRunProgress,
  type SyncRunProgressRow,
} from '../../../db/reads/sync-run-progress.ts';
import { builder } from '../../core/builder.ts';
import { defineConnection, loadPage, pageArguments } from '../../core/connection.ts';
import { visibleTeamId } from '../../core/context.ts';
import { formatRowKey, readRowId, readRowKey } from '../../core/global-id.ts';
import { followSyncRun } from '../../core/follow-sync-run.ts';
import { estimateSecondsLeft } from '../../core/sync-run-estimate.ts';

const KINDS = {
  BACKFILL: { description: 'Walks back to a horizon.' },
  INCREMENTAL: { description: 'Walks back to what the last walk has seen.' },
} as const;

const STATUSES = {
  RUNNING: { description: 'Going on, or waiting for a limit of GitHub.' },
  COMPLETED: { description: 'Everything was walked.' },
  PARTIAL: {
    description: 'Some of it could not be walked or read, with the reason; the rest was.',
  },
  FAILED: { description: 'Nothing could be walked; see error.' },
  CANCELLED: { description: 'Ended on request.' },
} as const;

const STAGES = {
  PULL_REQUESTS: { description: 'Pull requests, with what is nested in them.' },
  NESTED_LISTS: { description: 'What is longer than one page of a pull request holds.' },
  REVIEW_COMMENTS: { description: 'Comments on lines of code.' },
  CHECK_RUNS: { description: 'Check runs that were not complete.' },
  DEPLOYMENTS: { description: 'Deployments, and the commits that they bring.' },
  RELEASES: { description: 'Releases.' },
} as const;

const SyncRunStage = builder.enumType('SyncRunStage', {
  description: 'What a run works on, in this order.',
  values: STAGES,
});

const SyncRunKind = builder.enumType('SyncRunKind', {
  description: 'What a run walks.',
  values: KINDS,
});

const SyncRunStatus = builder.enumType('SyncRunStatus', {
  description: 'How a run stands. All but RUNNING are final.',
  values: STATUSES,
});

interface Progress extends SyncRunProgressRow {
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

const SyncRunProgress = builder.objectRef<Progress>('SyncRunProgress').implement({
  description: 'How far a run is; of a job, over all its repositories.',
  fields: (t) => ({
    pages: t.exposeInt('pages', { description: 'Pages stored.' }),
    requests: t.exposeInt('requests', { description: 'Requests sent to GitHub.' }),
    points: t.exposeInt('points', { description: "Points of GitHub's limit spent." }),
    pullRequestsSeen: t.exposeInt('pullRequestsSeen', { description: 'Pull requests fetched.' }),
    pullRequestsStored: t.exposeInt('pullRequestsStored', {
      description: 'Pull requests that were new or had changed.',
    }),
    nestedRows: t.exposeInt('nestedRows', {
      description: 'Reviews, commits, files and checks that came on pages of their own.',
    }),
    pullRequestsTotal: t.exposeInt('pullRequestsTotal', {
      nullable: true,
      description: 'Pull requests that the repositories have on GitHub; null until all have told.',
    }),
    oldestReachedAt: t.expose('oldestReachedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'How far back the walk has come; null before the first page.',
    }),
    waitingUntil: t.expose('waitingUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'When the wait for a limit of GitHub ends; null when nothing waits.',
    }),
    waitingReason: t.exposeString('waitingReason', {
      nullable: true,
      description: 'What is waited for; null when nothing waits.',
    }),
    fractionDone: t.exposeFloat('fractionDone', {
      description: 'Share of the work that is done, 0 to 1; of a job, the mean of its walks.',
    }),
    estimatedSecondsLeft: t.int({
      nullable: true,
      description: 'Seconds left at the pace so far, waits included; null when it cannot be told.',
      resolve: (progress, _args, context) =>
        estimateSecondsLeft({ ...progress, now: context.services.now() }),
    }),
  }),
});

const SyncRunError = builder
  .objectRef<{ readonly code: string; readonly message: string }>('SyncRunError')
  .implement({
    description: 'Why a run did not do all of its work.',
    fields: (t) => ({
      code: t.exposeString('code', { description: 'Stable code.' }),
      message: t.exposeString('message', { description: 'One sentence that says what to do.' }),
    }),
  });

const SyncRun = builder.prismaNode('SyncRun', {
  description: 'A job that syncs a team, or the walk of one repository within it.',
  nullable: true,
  id: { resolve: formatRowKey, description: 'Opaque id.' },
  findUnique: (id, context) => {
    const key = readRowKey(id);
    return { teamId_id: { teamId: visibleTeamId(context, key.teamId), id: key.id } };
  },
  fields: (t) => ({
    kind: t.field({
      type: SyncRunKind,
      description: 'What it walks.',
      resolve: (run) => run.kind as keyof typeof KINDS,
    }),
    status: t.field({
      type: SyncRunStatus,
      description: 'How it stands.',
      resolve: (run) => run.status as keyof typeof STATUSES,
    }),
    workflowId: t.exposeString('workflowId', { description: 'Id of its workflow in Temporal.' }),
    temporalUrl: t.string({
      nullable: true,
      description: 'Address of the workflow in the Temporal UI; null when no UI is configured.',
      resolve: ({ workflowId }, _args, context) =>
        context.services.launcher.workflowUrl({ workflowId }),
    }),
    stage: t.field({
      type: SyncRunStage,
      description: 'What a walk works on, or did last.',
      resolve: (run) => run.stage as keyof typeof STAGES,
    }),
    pausedAt: t.expose('pausedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When an admin paused it; null while it goes on.',
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it began.' }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ended; null while it runs.',
    }),
    since: t.expose('since', {
      type: 'DateTime',
      description: 'How far back it goes: pull requests that changed since then.',
    }),
    progress: t.field({
      type: SyncRunProgress,
      description: 'How far it is.',
      resolve: async ({ teamId, id, startedAt, finishedAt }, _args, context) => {
        const progress = await context.reads.load(readSyncRunProgress, { teamId, id });
        return { ...progress, startedAt, finishedAt };
      },
    }),
    error: t.field({
      type: SyncRunError,
      nullable: true,
      description: 'Why it did not do all of its work; null when it did, or still does.',
      resolve: ({ errorCode, errorMessage }) =>
        errorCode === null ? null : { code: errorCode, message: errorMessage ?? errorCode },
    }),
    repository: t.relation('repository', {
      nullable: true,
      description: 'The repository that it walks; null for a job.',
      resolve: (_query, { teamId, repositoryId: id }, _args, context) =>
        id === null ? null : context.reads.load(readRepositories, { teamId, id }),
    }),
    team: t.relation('team', {
      description: 'The team that is synced.',
      resolve: async (_query, { teamId }, _args, context) => {
        const team = await context.reads.load(readTeams, { teamId });
        if (team === null) {
          throw new Error('a sync run names a team that is not there');
        }
        return team;
      },
    }),
  }),
});

builder.prismaObjectField('SyncRun', 'repositories', (t) =>
  t.field({
    type: [SyncRun],
    description: 'The walks of a job, one a repository, in the order in which they began.',
    resolve: ({ teamId, id }, _args, context) =>
      context.reads.load(readSyncRunParts, { teamId, id }),
  }),
);

const SyncRunConnection = defineConnection(SyncRun, 'SyncRun', 'sync runs');

builder.prismaObjectField('Team', 'syncRuns', (t) =>
  t.field({
    type: SyncRunConnection,
    description: 'Jobs of the team, newest first.',
    args: pageArguments,
    resolve: (team, args, context) => loadPage(context, TEAM_SYNC_RUNS, [team.id], args),
  }),
);

builder.queryField('syncRun', (t) =>
  t.field({
    type: SyncRun,
    nullable: true,
    authScopes: { viewer: true },
    description: 'One run by its id; null when there is none, or when it is not yours.',
    args: { id: t.arg.id({ required: true, description: 'Id of the run.' }) },
    resolve: (_root, args, context) => {
      const { teamId, id } = readRowId(args.id, 'SyncRun');
      return context.reads.load(readSyncRuns, { teamId: visibleTeamId(context, teamId), id });
    },
  }),
);

builder.subscriptionField('syncRunProgress', (t) =>
  t.field({
    type: SyncRun,
    authScopes: { viewer: true },
    description:
      'Follows a run: its state at once, then each change of it or of its walks, until it has ended. Read from the database, so it can be taken up again on any gateway.',
    args: { id: t.arg.id({ required: true, description: 'Id of the run.' }) },
    subscribe: (_root, args, context) => followSyncRun(context, readRowId(args.id, 'SyncRun')),
    resolve: async (event, _args, context) => {
      const run = await context.reads.load(readSyncRuns, event.key);
      if (run === null) {
        throw new Error('a sync run vanished between two reads of one transaction');
      }
      return run;
    },
  }),
);

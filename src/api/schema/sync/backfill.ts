import { builder } from '../../core/builder.ts';
import {
  DEFAULT_DAYS_BACK,
  MAX_DAYS_BACK,
  startBackfill,
  type StartedBackfill,
} from '../../mutations/start-backfill.ts';
import {
  ForbiddenError,
  GithubNotConnectedError,
  InvalidInputError,
  NotFoundError,
  TemporalUnavailableError,
  withTypedErrors,
} from '../../core/typed-errors.ts';

const StartBackfillInput = builder.inputType('StartBackfillInput', {
  description: 'What to fetch from GitHub.',
  fields: (t) => ({
    teamId: t.id({ required: true, description: 'The team to fetch for.' }),
    repositories: t.stringList({
      description: 'Repositories as owner/name; all that the team has when absent or empty.',
    }),
    daysBack: t.int({
      required: true,
      defaultValue: DEFAULT_DAYS_BACK,
      description: `How many days back, 1 to ${MAX_DAYS_BACK}; unless since says it.`,
    }),
    since: t.field({
      type: 'DateTime',
      description: 'How far back: pull requests that changed since then.',
    }),
  }),
});

const StartBackfillPayload = builder.objectRef<StartedBackfill>('StartBackfillPayload').implement({
  description: 'The backfill that was started or joined.',
  fields: (t) => ({
    syncRun: t.prismaField({
      type: 'SyncRun',
      description: 'The job, with its progress.',
      resolve: (query, { run }, _args, context) =>
        context.reads.db.syncRun.findUniqueOrThrow({ ...query, where: { teamId_id: run } }),
    }),
    joined: t.exposeBoolean('joined', {
      description: 'Whether a backfill was already going on, which this one joined.',
    }),
    workflowId: t.exposeString('workflowId', { description: 'Id of the workflow in Temporal.' }),
    temporalUrl: t.string({
      nullable: true,
      description: 'Address of the workflow in the Temporal UI; null when no UI is configured.',
      resolve: ({ workflowId }, _args, context) =>
        context.services.launcher.workflowUrl({ workflowId }),
    }),
  }),
});

builder.mutationField('startBackfill', (t) =>
  t.field({
    type: StartBackfillPayload,
    authScopes: { viewer: true },
    description:
      'Fetches the history of repositories from GitHub. A second start while one is going on joins it, and widens it where it asks for more. For admins.',
    args: {
      input: t.arg({ type: StartBackfillInput, required: true, description: 'What to fetch.' }),
    },
    errors: {
      types: [
        InvalidInputError,
        ForbiddenError,
        NotFoundError,
        GithubNotConnectedError,
        TemporalUnavailableError,
      ],
      directResult: true,
      union: {
        name: 'StartBackfillResult',
        description: 'What was started, or why nothing was.',
      },
    },
    resolve: (_root, { input }, context) => withTypedErrors(() => startBackfill(context, input)),
  }),
);

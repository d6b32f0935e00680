import type { ExpiredRows } from '../../../db/retention/retention.ts';
import { MAX_RETENTION_DAYS, MIN_RETENTION_DAYS } from '../../../domain/retention/retention.ts';
import { applyRetention, type AppliedRetention } from '../../mutations/apply-retention.ts';
import { builder } from '../../core/builder.ts';
import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  TemporalUnavailableError,
  withTypedErrors,
} from '../../core/typed-errors.ts';

const RetentionTable = builder.enumType('RetentionTable', {
  description: 'What is removed when it is old. Pull requests are kept for ever.',
  values: {
    AI_USAGE: { description: 'Days of AI usage, with totals, seats and reports.' },
    WEEKLY_METRICS: { description: 'Weekly metrics.' },
  },
});

const ExpiredData = builder.objectRef<ExpiredRows>('ExpiredData').implement({
  description: 'Rows of one table that are older than they are kept.',
  fields: (t) => ({
    table: t.exposeString('table', { description: 'Name of the table in the database.' }),
    kind: t.field({
      type: RetentionTable,
      description: 'The setting that it goes by.',
      resolve: ({ kind }) => kind,
    }),
    days: t.exposeInt('days', { description: 'Days that rows are kept.' }),
    retainedFrom: t.field({
      type: 'Date',
      description: 'The first day that stays.',
      resolve: ({ cutoff }) => cutoff,
    }),
    rows: t.exposeInt('rows', { description: 'Rows that go.' }),
    oldest: t.field({
      type: 'Date',
      nullable: true,
      description: 'Day of the oldest of them; null without any.',
      resolve: ({ oldest }) => oldest,
    }),
    newest: t.field({
      type: 'Date',
      nullable: true,
      description: 'Day of the newest of them; null without any.',
      resolve: ({ newest }) => newest,
    }),
    examples: t.stringList({
      description: 'Keys of the five oldest of them, as column=value.',
      resolve: ({ examples }) =>
        examples.map((example) =>
          Object.entries(example)
            .map(([column, value]) => `${column}=${value}`)
            .join(' '),
        ),
    }),
  }),
});

const ApplyRetentionInput = builder.inputType('ApplyRetentionInput', {
  description: 'What to remove.',
  fields: (t) => ({
    teamId: t.id({ required: true, description: 'The team whose data it is.' }),
    table: t.field({ type: RetentionTable, description: 'One of them alone; all when absent.' }),
    days: t.int({
      description: `Days to keep instead of the team's settings, ${MIN_RETENTION_DAYS} to ${MAX_RETENTION_DAYS}.`,
    }),
    dryRun: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Only count; nothing is removed unless this is false.',
    }),
  }),
});

const Payload = builder.objectRef<AppliedRetention>('ApplyRetentionPayload').implement({
  description: 'What is older than it is kept, and the job that removes it.',
  fields: (t) => ({
    expired: t.field({
      type: [ExpiredData],
      description: 'Each table, when it was asked.',
      resolve: ({ plan }) => [...plan.tables],
    }),
    joined: t.boolean({
      nullable: true,
      description:
        'Whether a removal was already going on, which this one joined; null in a dry run.',
      resolve: ({ workflow }) => workflow?.joined ?? null,
    }),
    workflowId: t.string({
      nullable: true,
      description: 'Id of the workflow in Temporal; null in a dry run.',
      resolve: ({ workflow }) => workflow?.workflowId ?? null,
    }),
    temporalUrl: t.string({
      nullable: true,
      description: 'Address of the workflow in the Temporal UI; null when no UI is configured.',
      resolve: ({ workflow }, _args, context) =>
        workflow === null ? null : context.services.launcher.workflowUrl(workflow),
    }),
  }),
});

builder.mutationField('applyRetention', (t) =>
  t.field({
    type: Payload,
    authScopes: { viewer: true },
    description:
      'Removes AI usage and weekly metrics that are older than the team keeps them, or with dryRun says what would go. For admins.',
    args: {
      input: t.arg({ type: ApplyRetentionInput, required: true, description: 'What to remove.' }),
    },
    errors: {
      types: [InvalidInputError, ForbiddenError, NotFoundError, TemporalUnavailableError],
      directResult: true,
      union: {
        name: 'ApplyRetentionResult',
        description: 'What goes, or why nothing does.',
      },
    },
    resolve: (_root, { input }, context) => withTypedErrors(() => applyRetention(context, input)),
  }),
);

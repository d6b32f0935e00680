import { toRetentionStart } from '../../../contracts/retention.ts';
import {
  planTeamRetention,
  type ExpiredRows,
  type TeamRetentionPlan,
} from '../../../db/retention/retention.ts';
import {
  MAX_RETENTION_DAYS,
  MIN_RETENTION_DAYS,
  retentionCutoff,
} from '../../../domain/retention/retention.ts';
import { builder } from '../../core/builder.ts';
import { notFound } from '../../core/errors.ts';
import { costs } from '../../core/field-cost.ts';
import { readTeamId } from '../../core/global-id.ts';
import { defineMutation } from '../../mutations/define-mutation.ts';

interface AppliedRetention {
  readonly plan: TeamRetentionPlan;
  /** Null in a dry run. */
  readonly workflow: { readonly workflowId: string; readonly joined: boolean } | null;
}

const RetentionKind = builder.enumType('RetentionKind', {
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
      type: RetentionKind,
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
      ...costs({ size: 5 }),
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

const Payload = builder.objectRef<AppliedRetention>('ApplyRetentionPayload').implement({
  description: 'What is older than it is kept, and the job that removes it.',
  fields: (t) => ({
    expired: t.field({
      ...costs({ size: 10 }),
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

// Partitions belong to all teams and are left to the schedule.
defineMutation({
  name: 'applyRetention',
  description:
    'Removes AI usage and weekly metrics that are older than the team keeps them, or with dryRun counts what would be removed. A removal that is going on is joined.',
  input: {
    description: 'What to remove.',
    fields: (t) => ({
      teamId: t.id({ required: true, description: 'The team whose data it is.' }),
      kind: t.field({ type: RetentionKind, description: 'One of them alone; all when absent.' }),
      days: t.int({
        description: `Days to keep instead of the team's settings, ${MIN_RETENTION_DAYS} to ${MAX_RETENTION_DAYS}.`,
      }),
      dryRun: t.boolean({
        required: true,
        defaultValue: true,
        description: 'Only count; nothing is removed unless this is false.',
      }),
    }),
  },
  payload: Payload,
  errors: ['TEMPORAL_UNAVAILABLE'],
  role: 'ADMIN',
  may: 'remove its old data',
  team: ({ teamId }) => readTeamId(teamId),
  run: async ({ input, context, teamId, userId }) => {
    const { services, reads } = context;
    const now = services.now();
    const days = input.days ?? null;
    const kind = input.kind ?? null;
    if (days !== null) {
      // Refused before anything is counted.
      retentionCutoff(now, days);
    }
    const plan = await planTeamRetention(
      (text, values) => reads.session.query(text, values),
      teamId,
      {
        now,
        days,
        kind,
      },
    );
    if (plan === null) {
      throw notFound('team');
    }
    if (input.dryRun) {
      return { plan, workflow: null };
    }
    // Not recorded first: who asks is in the workflow's input, and each removal is recorded with it.
    const workflow = await services.launcher.startWorkflow(
      toRetentionStart({ teamId: String(teamId), days, kind, requestedBy: String(userId) }),
    );
    return { plan, workflow };
  },
});

import {
  readMemberWeeks,
  readTeamWeeks,
  readWeekRangeStates,
  type WeekRangeKey,
  type WeekRangeState,
  type WeekSums,
} from '../../../db/reads/weekly-metrics.ts';
import { DEFINITION_VERSION } from '../../../domain/rollups/definition-version.ts';
import type { CalendarDate } from '../../../domain/rollups/week.ts';
import type { WeeklySums } from '../../../domain/rollups/weekly-sums.ts';
import { METRICS } from '../../../metrics/index.ts';
import { evaluateMetric, type Metric } from '../../../metrics/metric.ts';
import { builder } from '../../core/builder.ts';
import { defineEnum } from '../../core/enums.ts';
import { flag } from '../../core/flag.ts';
import { loadRow } from '../../core/load-row.ts';
import { listWeeks, toWeekRange, WEEKS_COST } from '../../core/week-range.ts';

const MetricUnit = defineEnum('MetricUnit', 'Unit of a metric.', {
  SECONDS: 'Whole seconds.',
});

const MissingReason = defineEnum('MissingReason', 'Why a value is missing or incomplete.', {
  NO_DATA: 'There was nothing to measure.',
  WINDOW_NOT_SYNCED:
    'Not every repository is synced as far back as this week, so the value may be incomplete.',
});

/** One week of a team or member with what is needed to say how good its numbers are. */
interface Week {
  readonly weekStart: CalendarDate;
  /** Undefined for a week without activity. */
  readonly sums: WeekSums | undefined;
  readonly state: () => Promise<WeekRangeState>;
}

async function isPartial(week: Week): Promise<boolean> {
  const { syncedFrom } = await week.state();
  return syncedFrom === null || week.weekStart < syncedFrom;
}

interface Mean {
  readonly week: Week;
  readonly metric: MeanMetric;
}

/** A metric whose sum is divided by a count. */
type MeanMetric = Metric & { readonly per: keyof WeeklySums };

function isMean(metric: Metric): metric is MeanMetric {
  return metric.per !== undefined;
}

function sumOf(week: Week, name: keyof WeeklySums): bigint {
  return week.sums?.[name] ?? 0n;
}

const WeeklyMean = builder.objectRef<Mean>('WeeklyMean').implement({
  description:
    'A mean over one week, with the sum and the count it is computed from. To combine weeks, add their sums and counts.',
  fields: (t) => ({
    value: t.float({
      nullable: true,
      description:
        'The mean, rounded to a whole number of its unit (half away from zero); null when there is nothing to measure.',
      resolve: ({ week, metric }) =>
        week.sums === undefined ? null : evaluateMetric(metric, week.sums).value,
    }),
    unit: t.field({
      type: MetricUnit,
      description: 'Unit of value and sum.',
      resolve: () => 'SECONDS' as const,
    }),
    sum: t.field({
      type: 'BigInt',
      description: 'Sum of all measured values.',
      resolve: ({ week, metric }) => sumOf(week, metric.total),
    }),
    n: t.int({
      description: 'Number of pull requests measured.',
      resolve: ({ week, metric }) => Number(sumOf(week, metric.per)),
    }),
    reason: t.field({
      type: MissingReason,
      nullable: true,
      description: 'Why the value is missing or incomplete; null when it is complete.',
      resolve: async ({ week, metric }) => {
        if (await isPartial(week)) {
          return 'WINDOW_NOT_SYNCED' as const;
        }
        return sumOf(week, metric.per) === 0n ? ('NO_DATA' as const) : null;
      },
    }),
    definitionVersion: t.string({
      description: 'Version of the metric definitions that the value was computed with.',
      resolve: ({ week }) => week.sums?.definitionVersion ?? DEFINITION_VERSION,
    }),
    asOf: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was computed; null for a week without activity.',
      resolve: ({ week }) => week.sums?.computedAt ?? null,
    }),
  }),
});

const WeeklyMetrics = builder.objectRef<Week>('WeeklyMetrics').implement({
  description:
    'Metrics of one week. Weeks without activity are included, with zero counts and no means.',
  fields: (t) => {
    const extra = (name: keyof WeeklySums, description: string) =>
      t.field({ type: 'BigInt', description, resolve: (week) => sumOf(week, name) });
    // One field a metric of the list: a new metric is in the API without a line here.
    const metricFields = Object.fromEntries(
      METRICS.map((metric: Metric) => {
        const { description, total } = metric;
        if (isMean(metric)) {
          const resolve = (week: Week): Mean => ({ week, metric });
          return [metric.key, t.field({ type: WeeklyMean, description, resolve })];
        }
        const { of } = metric;
        if (of !== undefined) {
          // Sums of lines pass 32 bits, and are unknown where nothing was measured.
          const resolve = (week: Week) => (sumOf(week, of) === 0n ? null : sumOf(week, total));
          return [metric.key, t.field({ type: 'BigInt', nullable: true, description, resolve })];
        }
        return [metric.key, t.int({ description, resolve: (week) => Number(sumOf(week, total)) })];
      }),
    );
    return {
      weekStart: t.expose('weekStart', { type: 'Date', description: 'First day of the week.' }),
      isStale: t.boolean({
        description:
          'Whether data of this week has changed since the metrics were computed. They are recomputed soon.',
        resolve: async (week) => (await week.state()).staleWeeks.includes(week.weekStart),
      }),
      isPartial: t.boolean({
        description: 'Whether any repository is not synced as far back as this week.',
        resolve: isPartial,
      }),
      ...metricFields,
      sizedCount: t.int({
        description: 'Number of merged pull requests whose size is known.',
        resolve: (week) => Number(sumOf(week, 'sizedCount')),
      }),
      aiSuggestionsShown: extra(
        'aiSuggestionsShown',
        'Number of suggestions that AI tools showed.',
      ),
      aiSuggestionsAccepted: extra(
        'aiSuggestionsAccepted',
        'Number of suggestions of AI tools that were accepted.',
      ),
      aiActiveDays: t.int({
        description: 'Number of days on which AI tools were used, summed over members.',
        resolve: (week) => Number(sumOf(week, 'aiActiveDays')),
      }),
    };
  },
});

function fillGaps(range: WeekRangeKey, rows: readonly WeekSums[], state: Week['state']): Week[] {
  const byWeek = new Map(rows.map((row) => [row.weekStart, row]));
  return listWeeks(range).map((weekStart) => ({ weekStart, sums: byWeek.get(weekStart), state }));
}

const rangeArguments = builder.args((t) => ({
  from: t.field({
    type: 'Date',
    description:
      'A date in the first week, in the time zone of the team. Twelve weeks ago when absent.',
  }),
  to: t.field({
    type: 'Date',
    description:
      'The first date after the range. When absent, the range includes the current week.',
  }),
}));

builder.prismaObjectField('Team', 'weeklyMetrics', (t) =>
  t.field({
    ...WEEKS_COST,
    type: [WeeklyMetrics],
    description: 'Metrics of the team week by week, oldest first, without gaps.',
    args: {
      ...rangeArguments,
      includeExternal: t.arg.boolean(
        flag('Whether to count people who do not belong to the team.'),
      ),
      includeBots: t.arg.boolean(flag('Whether to count bots other than AI agents.')),
      includeAiAgents: t.arg.boolean(flag('Whether to count AI agents.', true)),
    },
    resolve: async (team, { from, to, ...population }, context) => {
      const range = toWeekRange({ from, to }, team, context.services.now());
      const key = { teamId: team.id, ...range };
      const rows = await context.reads.load(readTeamWeeks, key, population);
      return fillGaps(key, rows, () => context.reads.load(readWeekRangeStates, key));
    },
  }),
);

builder.prismaObjectField('Member', 'weeklyMetrics', (t) =>
  t.field({
    ...WEEKS_COST,
    type: [WeeklyMetrics],
    description: 'Metrics of the member week by week, oldest first, without gaps.',
    args: rangeArguments,
    resolve: async ({ teamId, id: memberId }, args, context) => {
      const team = await loadRow(context, 'Team', { teamId });
      const key = { teamId, ...toWeekRange(args, team, context.services.now()) };
      const rows = await context.reads.load(readMemberWeeks, { ...key, memberId });
      return fillGaps(key, rows, () => context.reads.load(readWeekRangeStates, key));
    },
  }),
);

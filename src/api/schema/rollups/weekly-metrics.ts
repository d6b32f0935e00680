import {
  readMemberWeeks,
  readReviewedPullRequests,
  readTeamWeeks,
  readWeekRangeStates,
  type ReviewedWeek,
  type WeekRangeKey,
  type WeekRangeState,
} from '../../../db/reads/weekly-metrics.ts';
import { DEFINITION_VERSION } from '../../../domain/rollups/definition-version.ts';
import type { CalendarDate } from '../../../domain/rollups/week.ts';
import type { WeeklySums } from '../../../domain/rollups/weekly-sums.ts';
import { METRICS } from '../../../metrics/index.ts';
import { countMeasured, evaluateMetric, type Metric } from '../../../metrics/metric.ts';
import { builder } from '../../core/builder.ts';
import { defineEnum } from '../../core/enums.ts';
import { flag, INCLUDE_EXTERNAL } from '../../core/flag.ts';
import { loadRow } from '../../core/load-row.ts';
import { listWeeks, toWeekRange, WEEKS_COST } from '../../core/week-range.ts';
import {
  EXCLUDED_FROM_MEAN_COST,
  EXCLUDED_FROM_WEEK_COST,
  excludedFromMean,
  ExcludedFromMean,
  excludedFromWeek,
  ExcludedWork,
  type WeekWork,
} from '../../core/excluded-work.ts';

const MetricUnit = defineEnum('MetricUnit', 'Unit of a metric.', {
  SECONDS: 'Whole seconds.',
});

const MissingReason = defineEnum('MissingReason', 'Why a value is missing or incomplete.', {
  NO_DATA: 'There was nothing to measure.',
  EXCLUDED: 'All that there was to measure is left out: excluded says how much, and why.',
  WINDOW_NOT_SYNCED:
    'Not every repository is synced as far back as this week, so the value may be incomplete.',
});

/** One week of a team or member with what is needed to say how good its numbers are. */
interface Week extends WeekWork {
  readonly weekStart: CalendarDate;
  /** The team's count of distinct pull requests that were reviewed; a member's is among its sums. */
  readonly reviewed?: () => Promise<readonly ReviewedWeek[]>;
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

/** How many pull requests the mean is taken of. */
function countIn({ week, metric }: Mean): bigint {
  return week.sums === undefined ? 0n : (countMeasured(metric, week.sums) ?? 0n);
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
      resolve: (mean) => Number(countIn(mean)),
    }),
    reason: t.field({
      type: MissingReason,
      nullable: true,
      description: 'Why the value is missing or incomplete; null when it is complete.',
      resolve: async (mean) => {
        if (await isPartial(mean.week)) {
          return 'WINDOW_NOT_SYNCED' as const;
        }
        if (countIn(mean) > 0n) {
          return null;
        }
        return excludedFromMean(mean.week, mean.metric).length > 0
          ? ('EXCLUDED' as const)
          : ('NO_DATA' as const);
      },
    }),
    excluded: t.field({
      ...EXCLUDED_FROM_MEAN_COST,
      type: [ExcludedFromMean],
      description:
        'What the mean leaves out, by reason; empty where that is nothing. With n it adds up to all merged pull requests of the week, for timeToFirstReview to those with a review.',
      resolve: ({ week, metric }) => excludedFromMean(week, metric),
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
        if (metric.isDistinct === true) {
          return [metric.key, t.int({ description, resolve: countReviewed })];
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
      excluded: t.field({
        ...EXCLUDED_FROM_WEEK_COST,
        type: [ExcludedWork],
        description:
          'Work of the week that the counts leave out, by reason; empty where that is nothing. That of one member leaves nobody out.',
        resolve: excludedFromWeek,
      }),
      pullRequestsMergedElsewhere: t.int({
        description:
          'Number of pull requests merged in the week, by those who count, that no other number counts, because of the branch that they went into (PullRequest.baseKind). In excluded under OTHER_BRANCH, with those of others.',
        resolve: (week) => Number(sumOf(week, 'pullRequestsMergedElsewhere')),
      }),
      sizedCount: t.int({
        description: 'Number of merged pull requests whose size is known.',
        resolve: (week) => Number(sumOf(week, 'sizedCount')),
      }),
      anomalyCount: t.int({
        description:
          'Number of merged pull requests that were reviewed, merged or closed before they were created, by the times that GitHub gives. They are counted, and excluded from means.',
        resolve: (week) => Number(sumOf(week, 'anomalyCount')),
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
        description:
          'Number of days on which AI tools were used, summed over members; AiUsage.activeMembers says what use is.',
        resolve: (week) => Number(sumOf(week, 'aiActiveDays')),
      }),
    };
  },
});

/** Distinct pull requests of a team's week are counted only where somebody asks for them. */
async function countReviewed({ weekStart, sums, reviewed }: Week): Promise<number> {
  if (sums === undefined || reviewed === undefined) {
    return Number(sums?.reviewedPullRequests ?? 0n);
  }
  const weeks = await reviewed();
  return Number(weeks.find((week) => week.weekStart === weekStart)?.count ?? 0n);
}

type WeekRow = Pick<Week, 'weekStart' | keyof WeekWork>;

function fillGaps(
  range: WeekRangeKey,
  rows: readonly WeekRow[],
  more: Pick<Week, 'state' | 'reviewed'>,
): Week[] {
  const byWeek = new Map(rows.map((row) => [row.weekStart, row]));
  return listWeeks(range).map((weekStart) => ({
    sums: undefined,
    excluded: [],
    membersElsewhere: 0,
    ...byWeek.get(weekStart),
    ...more,
    weekStart,
  }));
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

const MERGED_BY_MACHINES =
  'Whether to count pull requests of AI agents also where a bot or an AI agent merged them; none of them counts without includeAiAgents.';

builder.prismaObjectField('Team', 'weeklyMetrics', (t) =>
  t.field({
    ...WEEKS_COST,
    type: [WeeklyMetrics],
    description:
      'Metrics of the team week by week, oldest first, without gaps. By default everybody counts but bots, and of the pull requests of AI agents those that no bot or AI agent merged.',
    args: {
      ...rangeArguments,
      includeExternal: t.arg.boolean(INCLUDE_EXTERNAL),
      includeBots: t.arg.boolean(flag('Whether to count bots other than AI agents.')),
      includeAiAgents: t.arg.boolean(flag('Whether to count AI agents.', true)),
      includeMergedByMachines: t.arg.boolean(flag(MERGED_BY_MACHINES)),
    },
    resolve: async (team, { from, to, includeExternal, ...others }, context) => {
      const range = toWeekRange({ from, to }, team, context.services.now());
      const key = { teamId: team.id, ...range };
      const population = { ...others, includeExternal: includeExternal ?? team.includeExternal };
      const rows = await context.reads.load(readTeamWeeks, key, population);
      return fillGaps(key, rows, {
        state: () => context.reads.load(readWeekRangeStates, key),
        reviewed: () => context.reads.load(readReviewedPullRequests, key, population),
      });
    },
  }),
);

builder.prismaObjectField('Member', 'weeklyMetrics', (t) =>
  t.field({
    ...WEEKS_COST,
    type: [WeeklyMetrics],
    description: 'Metrics of the member week by week, oldest first, without gaps, whoever merged.',
    args: rangeArguments,
    resolve: async ({ teamId, id: memberId }, args, context) => {
      const team = await loadRow(context, 'Team', { teamId });
      const key = { teamId, ...toWeekRange(args, team, context.services.now()) };
      const found = await context.reads.load(readMemberWeeks, { ...key, memberId });
      const rows = found.map((sums) => ({
        weekStart: sums.weekStart,
        sums,
        excluded: [],
        membersElsewhere: sums.pullRequestsMergedElsewhere > 0n ? 1 : 0,
      }));
      return fillGaps(key, rows, { state: () => context.reads.load(readWeekRangeStates, key) });
    },
  }),
);

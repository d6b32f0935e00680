import type { Exclusion, TeamWeek } from '../../db/reads/weekly-metrics.ts';
import type { WeeklySums } from '../../domain/rollups/weekly-sums.ts';
import { METRICS } from '../../metrics/index.ts';
import { countLeftOut, countMeasured, type Metric } from '../../metrics/metric.ts';
import { builder } from './builder.ts';
import { defineEnum } from './enums.ts';
import { costs } from './field-cost.ts';

/** Why work is left out: because of who did it, or of what it is. */
type LeftOutReason = Exclusion | 'ANOMALY' | 'OTHER_BRANCH';

const ExclusionReason = defineEnum<LeftOutReason>(
  'ExclusionReason',
  'Why work is left out of a number. What is left out for two reasons is counted under the last one.',
  {
    EXTERNAL: 'By people who do not belong to the team: the argument includeExternal takes it in.',
    BOT: 'By bots other than AI agents: the argument includeBots takes it in.',
    AI_AGENT: 'By AI agents: the argument includeAiAgents takes it in.',
    MERGED_BY_MACHINE:
      'Pull requests of AI agents that a bot or an AI agent merged, and so no human; GitHub’s merge queue does it for a human. The argument includeMergedByMachines takes them in.',
    ANOMALY:
      'Merged pull requests that were reviewed, merged or closed before they were created, whoever merged them: means leave them out, counts do not.',
    OTHER_BRANCH:
      'Pull requests merged into a branch that does not count (PullRequest.baseKind), whoever merged them. trackedBranches decides.',
  },
);

/** A mean leaves out at the most something for each reason. */
export const EXCLUDED_FROM_MEAN_COST = costs({ size: 6 });

/** A week leaves no anomaly out. */
export const EXCLUDED_FROM_WEEK_COST = costs({ size: 5 });

/** What a week counts and leaves out. */
export type WeekWork = Pick<TeamWeek, 'sums' | 'excluded' | 'membersElsewhere'>;

interface ExcludedCount {
  readonly reason: LeftOutReason;
  readonly n: number;
}

interface ExcludedMetrics {
  readonly reason: LeftOutReason;
  readonly members: number;
  readonly count: (metric: Metric) => bigint;
}

/** All sums of a week, of those who count and of the others. */
function allSums({ sums, excluded }: WeekWork): readonly WeeklySums[] {
  return sums === undefined ? excluded : [sums, ...excluded];
}

function leftOutBy(week: WeekWork, metric: Metric, reason: 'ANOMALY' | 'OTHER_BRANCH'): bigint {
  return allSums(week).reduce((total, sums) => total + countLeftOut(metric, sums)[reason], 0n);
}

/**
 * What a mean leaves out, by reason. With those that are measured they add up to all pull requests of the week that the mean
 * could be of.
 */
export function excludedFromMean(week: WeekWork, metric: Metric): ExcludedCount[] {
  const counts = [
    ...week.excluded.map((sums) => [sums.reason, countMeasured(metric, sums) ?? 0n] as const),
    ...(['ANOMALY', 'OTHER_BRANCH'] as const).map(
      (reason) => [reason, leftOutBy(week, metric, reason)] as const,
    ),
  ];
  return counts.flatMap(([reason, n]) => (n === 0n ? [] : [{ reason, n: Number(n) }]));
}

/** What the counts of a week leave out, by reason. */
export function excludedFromWeek(week: WeekWork): ExcludedMetrics[] {
  const groups = week.excluded.map((sums) => ({
    reason: sums.reason,
    members: sums.members,
    count: ({ total }: Metric) => sums[total],
  }));
  if (week.membersElsewhere === 0) {
    return groups;
  }
  const count = (metric: Metric): bigint => leftOutBy(week, metric, 'OTHER_BRANCH');
  return [...groups, { reason: 'OTHER_BRANCH', members: week.membersElsewhere, count }];
}

export const ExcludedFromMean = builder.objectRef<ExcludedCount>('ExcludedFromMean').implement({
  description: 'What is left out of a mean for one reason.',
  fields: (t) => ({
    reason: t.expose('reason', { type: ExclusionReason, description: 'Why it is left out.' }),
    n: t.exposeInt('n', { description: 'Number of pull requests that are left out.' }),
  }),
});

export const ExcludedWork = builder.objectRef<ExcludedMetrics>('ExcludedWork').implement({
  description: 'What is left out of a week for one reason.',
  fields: (t) => ({
    reason: t.expose('reason', { type: ExclusionReason, description: 'Why it is left out.' }),
    members: t.exposeInt('members', {
      description: 'Number of members whose work in the week is left out.',
    }),
    // One field a metric that is a plain count. The reviewers of one pull request may be left out for several reasons.
    ...Object.fromEntries(
      METRICS.filter(isPlainCount).map((metric) => [
        metric.key,
        t.int({
          description: metric.description,
          resolve: ({ count }) => Number(count(metric)),
        }),
      ]),
    ),
  }),
});

function isPlainCount(metric: Metric): boolean {
  return metric.per === undefined && metric.of === undefined && metric.isDistinct !== true;
}

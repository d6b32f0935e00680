import type { ExcludedSums, Exclusion } from '../../db/reads/weekly-metrics.ts';
import { METRICS } from '../../metrics/index.ts';
import type { Metric } from '../../metrics/metric.ts';
import { builder } from './builder.ts';
import { defineEnum } from './enums.ts';
import { costs } from './field-cost.ts';

const ExclusionReason = defineEnum<Exclusion>(
  'ExclusionReason',
  'Why work of members is left out of a number. An argument of weeklyMetrics takes each in.',
  {
    EXTERNAL: 'By people who do not belong to the team: see includeExternal.',
    BOT: 'By bots other than AI agents: see includeBots.',
    AI_AGENT: 'By AI agents: see includeAiAgents.',
  },
);

/** A list of what was left out has an entry a reason at the most. */
export const EXCLUDED_COST = costs({ size: 3 });

/** What a mean leaves out for one reason. */
export interface ExcludedCount {
  readonly reason: Exclusion;
  readonly n: number;
}

export const ExcludedFromMean = builder.objectRef<ExcludedCount>('ExcludedFromMean').implement({
  description: 'What is left out of a mean for one reason.',
  fields: (t) => ({
    reason: t.expose('reason', { type: ExclusionReason, description: 'Why it is left out.' }),
    n: t.exposeInt('n', { description: 'Number of pull requests that are left out.' }),
  }),
});

export const ExcludedWork = builder.objectRef<ExcludedSums>('ExcludedWork').implement({
  description: 'What is left out of a week for one reason.',
  fields: (t) => ({
    reason: t.expose('reason', { type: ExclusionReason, description: 'Why it is left out.' }),
    members: t.exposeInt('members', {
      description: 'Number of members that were active in the week and are left out.',
    }),
    // One field a metric that is a plain count. The reviewers of one pull request may be left out for several reasons.
    ...Object.fromEntries(
      METRICS.filter(isPlainCount).map(({ key, description, total }) => [
        key,
        t.int({ description, resolve: (sums) => Number(sums[total]) }),
      ]),
    ),
  }),
});

function isPlainCount(metric: Metric): boolean {
  return metric.per === undefined && metric.of === undefined && metric.isDistinct !== true;
}

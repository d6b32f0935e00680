import { defineMetric } from './metric.ts';

export const reviewTime = defineMetric({
  key: 'reviewTime',
  title: 'Review time',
  description:
    'Mean time from the first review to the last approval before the merge (without approval: to the merge), of pull requests merged in the week, but for those created after their review or merge.',
  unit: 'SECONDS',
  better: 'LOWER',
  total: 'reviewSeconds',
  per: 'pullRequestsMerged',
  except: 'anomalyCount',
  elsewhere: 'pullRequestsMergedElsewhere',
});

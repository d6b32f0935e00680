import { defineMetric } from './metric.ts';

export const mergeWait = defineMetric({
  key: 'mergeWait',
  title: 'Merge wait',
  description:
    'Mean time from the last approval to the merge (without approval: none), of pull requests merged in the week, but for those created after their review or merge.',
  unit: 'SECONDS',
  better: 'LOWER',
  total: 'mergeWaitSeconds',
  per: 'pullRequestsMerged',
  except: 'anomalyCount',
  elsewhere: 'pullRequestsMergedElsewhere',
});

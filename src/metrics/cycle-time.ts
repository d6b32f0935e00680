import { defineMetric } from './metric.ts';

export const cycleTime = defineMetric({
  key: 'cycleTime',
  title: 'Cycle time',
  description:
    'Mean time from the first commit (as codingTime defines it, not after ready for review) to the merge, of pull requests merged in the week, but for those created after their review or merge.',
  unit: 'SECONDS',
  better: 'LOWER',
  total: 'cycleTimeSeconds',
  per: 'pullRequestsMerged',
  except: 'anomalyCount',
  elsewhere: 'pullRequestsMergedElsewhere',
});

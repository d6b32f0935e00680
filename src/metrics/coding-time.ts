import { defineMetric } from './metric.ts';

export const codingTime = defineMetric({
  key: 'codingTime',
  title: 'Coding time',
  description:
    'Mean time from the first commit to ready for review, of pull requests merged in the week, but for those created after their review or merge.',
  unit: 'SECONDS',
  better: 'LOWER',
  total: 'codingSeconds',
  per: 'pullRequestsMerged',
  except: 'anomalyCount',
});

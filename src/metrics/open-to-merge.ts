import { defineMetric } from './metric.ts';

export const openToMerge = defineMetric({
  key: 'openToMerge',
  title: 'Open to merge',
  description:
    'Mean time from creation to merge, of pull requests merged in the week, but for those created after their review or merge.',
  unit: 'SECONDS',
  better: 'LOWER',
  total: 'openToMergeSeconds',
  per: 'pullRequestsMerged',
  except: 'anomalyCount',
  elsewhere: 'pullRequestsMergedElsewhere',
});

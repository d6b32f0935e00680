import { defineMetric } from './metric.ts';

export const codingTime = defineMetric({
  key: 'codingTime',
  title: 'Coding time',
  description:
    'Mean time from the first commit to ready for review, of pull requests merged in the week but those created after their review or merge; a pause between commits before creation counts up to 10 days (none in backports), all up to 90 days.',
  unit: 'SECONDS',
  better: 'LOWER',
  total: 'codingSeconds',
  per: 'pullRequestsMerged',
  except: 'anomalyCount',
  elsewhere: 'pullRequestsMergedElsewhere',
});

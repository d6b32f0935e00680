import { defineMetric } from './metric.ts';

export const pullRequestsMerged = defineMetric({
  key: 'pullRequestsMerged',
  title: 'Pull requests merged',
  description:
    'Pull requests merged in the week into branches that count, as for all metrics of merged ones: any that is not the head of another pull request of the repository, or only the tracked ones.',
  unit: 'PULL_REQUESTS',
  better: 'HIGHER',
  total: 'pullRequestsMerged',
  elsewhere: 'pullRequestsMergedElsewhere',
});

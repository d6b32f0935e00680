import { defineMetric } from './metric.ts';

export const pullRequestsMerged = defineMetric({
  key: 'pullRequestsMerged',
  title: 'Pull requests merged',
  description: 'Pull requests merged in the week.',
  unit: 'PULL_REQUESTS',
  better: 'HIGHER',
  total: 'pullRequestsMerged',
});

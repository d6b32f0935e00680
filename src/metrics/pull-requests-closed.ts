import { defineMetric } from './metric.ts';

export const pullRequestsClosed = defineMetric({
  key: 'pullRequestsClosed',
  title: 'Pull requests closed unmerged',
  description: 'Pull requests closed without a merge in the week.',
  unit: 'PULL_REQUESTS',
  better: 'NEITHER',
  total: 'pullRequestsClosed',
});

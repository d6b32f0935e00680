import { defineMetric } from './metric.ts';

export const pullRequestsOpened = defineMetric({
  key: 'pullRequestsOpened',
  title: 'Pull requests opened',
  description: 'Pull requests created in the week.',
  unit: 'PULL_REQUESTS',
  better: 'NEITHER',
  total: 'pullRequestsOpened',
});

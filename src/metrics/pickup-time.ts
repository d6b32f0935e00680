import { defineMetric } from './metric.ts';

export const pickupTime = defineMetric({
  key: 'pickupTime',
  title: 'Pickup time',
  description:
    'Mean time from ready for review to the first review by anyone who is not the author, a bot or an AI agent (without one: to the merge), of pull requests merged in the week.',
  unit: 'SECONDS',
  better: 'LOWER',
  total: 'pickupSeconds',
  per: 'pullRequestsMerged',
});

import { defineMetric } from './metric.ts';

export const reverts = defineMetric({
  key: 'reverts',
  title: 'Reverts',
  description: 'Pull requests merged in the week whose title says that they revert something.',
  unit: 'PULL_REQUESTS',
  better: 'LOWER',
  total: 'revertCount',
});

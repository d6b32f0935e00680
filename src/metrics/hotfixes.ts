import { defineMetric } from './metric.ts';

export const hotfixes = defineMetric({
  key: 'hotfixes',
  title: 'Hotfixes',
  description: 'Pull requests merged in the week whose title says hotfix.',
  unit: 'PULL_REQUESTS',
  better: 'LOWER',
  total: 'hotfixCount',
});

import { defineMetric } from './metric.ts';

export const additions = defineMetric({
  key: 'additions',
  title: 'Lines added',
  description: 'Lines added by pull requests merged in the week, where the source says how many.',
  unit: 'LINES',
  better: 'NEITHER',
  total: 'additions',
  of: 'sizedCount',
});

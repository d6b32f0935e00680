import { defineMetric } from './metric.ts';

export const deletions = defineMetric({
  key: 'deletions',
  title: 'Lines deleted',
  description: 'Lines deleted by pull requests merged in the week, where the source says how many.',
  unit: 'LINES',
  better: 'NEITHER',
  total: 'deletions',
  of: 'sizedCount',
});

import { defineMetric } from './metric.ts';

export const commits = defineMetric({
  key: 'commits',
  title: 'Commits',
  description:
    'Commits of pull requests by the author date, each counted once; those that merge the base branch into a pull request are among them.',
  unit: 'COMMITS',
  better: 'NEITHER',
  total: 'commits',
});

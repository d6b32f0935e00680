import { defineMetric } from './metric.ts';

export const reverts = defineMetric({
  key: 'reverts',
  title: 'Reverts',
  description:
    'Pull requests merged in the week that say in form that they revert something, by the head of the title (Revert "…", revert: …) or a line of the body (Reverts owner/name#12), and do not only speak of it.',
  unit: 'PULL_REQUESTS',
  better: 'LOWER',
  total: 'revertCount',
  elsewhere: 'elsewhereRevertCount',
});

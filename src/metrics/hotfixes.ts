import { defineMetric } from './metric.ts';

export const hotfixes = defineMetric({
  key: 'hotfixes',
  title: 'Hotfixes',
  description:
    'Pull requests merged in the week that are hotfixes by the head of the title (hotfix: …), the branch (hotfix/…) or a label; the revert of a hotfix is none by its title.',
  unit: 'PULL_REQUESTS',
  better: 'LOWER',
  total: 'hotfixCount',
  elsewhere: 'elsewhereHotfixCount',
});

import { defineMetric } from './metric.ts';

export const reverts = defineMetric({
  key: 'reverts',
  title: 'Reverts',
  description:
    'Pull requests merged in the week that say in form that they revert something: by the head of the title (Revert "…", revert: …, [Revert], Reapply "…", Back out …) or a line of the body (Reverts owner/name#12). One that only speaks of reverting does not count; the revert of a revert does.',
  unit: 'PULL_REQUESTS',
  better: 'LOWER',
  total: 'revertCount',
});

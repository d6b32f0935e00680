import { defineMetric } from './metric.ts';

export const codingTime = defineMetric({
  key: 'codingTime',
  title: 'Coding time',
  description:
    'Mean time from the first commit to ready for review, of pull requests merged in the week, but for those created after their review or merge. The first commit is the earliest date of an unbroken run: back from the creation over pauses of up to 10 days and at most 90 days, by author and commit dates; commits that say that they were cherry-picked count by their commit date. What is older came by a cherry-pick, a force push or another base.',
  unit: 'SECONDS',
  better: 'LOWER',
  total: 'codingSeconds',
  per: 'pullRequestsMerged',
  except: 'anomalyCount',
});

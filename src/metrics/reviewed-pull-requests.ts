import { defineMetric } from './metric.ts';

export const reviewedPullRequests = defineMetric({
  key: 'reviewedPullRequests',
  title: 'Pull requests reviewed',
  description:
    "Other people's pull requests that were reviewed in the week, each counted once, however many reviews and reviewers it had.",
  unit: 'PULL_REQUESTS',
  better: 'HIGHER',
  total: 'reviewedPullRequests',
  isDistinct: true,
});

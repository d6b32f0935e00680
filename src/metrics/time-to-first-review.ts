import { defineMetric } from './metric.ts';

export const timeToFirstReview = defineMetric({
  key: 'timeToFirstReview',
  title: 'Time to first review',
  description:
    'Mean time from creation to the first review by anyone who is not the author, a bot or an AI agent, of pull requests merged in the week that had one, but for those created after their review or merge.',
  unit: 'SECONDS',
  better: 'LOWER',
  total: 'firstReviewSeconds',
  per: 'firstReviewCount',
  anomalies: 'anomalyReviewedCount',
  elsewhere: 'elsewhereReviewedCount',
});

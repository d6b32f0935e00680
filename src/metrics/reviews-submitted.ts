import { defineMetric } from './metric.ts';

export const reviewsSubmitted = defineMetric({
  key: 'reviewsSubmitted',
  title: 'Reviews submitted',
  description:
    "Reviews submitted in the week on other people's pull requests. To GitHub each reply in a review thread is a review of its own: reviewedPullRequests counts the pull requests.",
  unit: 'REVIEWS',
  better: 'HIGHER',
  total: 'reviewsSubmitted',
});

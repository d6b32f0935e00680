import { defineMetric } from './metric.ts';

export const pickupTime = defineMetric({
  key: 'pickupTime',
  title: 'Pickup time',
  description:
    'Mean time from ready for review to the first review by anyone who is not the author, a bot or an AI agent (without one: to the merge), of pull requests merged in the week, but for those created after their review or merge.',
  unit: 'SECONDS',
  better: 'LOWER',
  total: 'pickupSeconds',
  per: 'pullRequestsMerged',
  except: 'anomalyCount',
  elsewhere: 'pullRequestsMergedElsewhere',
});

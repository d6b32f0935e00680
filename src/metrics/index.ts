import { additions } from './additions.ts';
import { codingTime } from './coding-time.ts';
import { commits } from './commits.ts';
import { cycleTime } from './cycle-time.ts';
import { deletions } from './deletions.ts';
import { hotfixes } from './hotfixes.ts';
import { mergeWait } from './merge-wait.ts';
import { openToMerge } from './open-to-merge.ts';
import { pickupTime } from './pickup-time.ts';
import { pullRequestsClosed } from './pull-requests-closed.ts';
import { pullRequestsMerged } from './pull-requests-merged.ts';
import { pullRequestsOpened } from './pull-requests-opened.ts';
import { reverts } from './reverts.ts';
import { reviewTime } from './review-time.ts';
import { reviewedPullRequests } from './reviewed-pull-requests.ts';
import { reviewsSubmitted } from './reviews-submitted.ts';
import { timeToFirstReview } from './time-to-first-review.ts';
import type { Metric } from './metric.ts';

/** Every weekly metric, in the order in which they are listed. */
export const METRICS = [
  cycleTime,
  codingTime,
  pickupTime,
  reviewTime,
  mergeWait,
  openToMerge,
  timeToFirstReview,
  additions,
  deletions,
  pullRequestsOpened,
  pullRequestsMerged,
  pullRequestsClosed,
  reviewsSubmitted,
  reviewedPullRequests,
  commits,
  reverts,
  hotfixes,
] as const satisfies readonly Metric[];

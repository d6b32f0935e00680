import { listOf } from './lists.ts';

/** Comments of a pull request, oldest first. */
export const PULL_REQUEST_COMMENTS = listOf('Comment', {
  of: ['pullRequestId'],
  // Ids of the two kinds of comments may be equal.
  ascending: ['createdAt', 'kind', 'githubId'],
});

/** Events of a pull request, oldest first. */
export const PULL_REQUEST_EVENTS = listOf('PullRequestEvent', {
  of: ['pullRequestId'],
  ascending: ['occurredAt', 'eventId'],
});

/** Checks of a pull request's head commit, by name. */
export const PULL_REQUEST_CHECKS = listOf('CheckRun', {
  of: ['pullRequestId'],
  ascending: ['name', 'checkId'],
});

import { listOf } from './lists.ts';

/** Comments of a pull request, oldest first. */
export const PULL_REQUEST_COMMENTS = listOf('Comment', {
  parent: ['teamId', 'pullRequestId'],
  // Ids of the two kinds of comments may be equal.
  order: ['createdAt', 'kind', 'githubId'],
  direction: 'ASC',
});

/** Events of a pull request, oldest first. */
export const PULL_REQUEST_EVENTS = listOf('PullRequestEvent', {
  parent: ['teamId', 'pullRequestId'],
  order: ['occurredAt', 'eventId'],
  direction: 'ASC',
});

/** Checks of a pull request's head commit, by name. */
export const PULL_REQUEST_CHECKS = listOf('CheckRun', {
  parent: ['teamId', 'pullRequestId'],
  order: ['name', 'checkId'],
  direction: 'ASC',
});

import { listOf } from './lists.ts';

/** Deployments of a repository, newest first. */
export const REPOSITORY_DEPLOYMENTS = listOf('Deployment', {
  of: ['repositoryId'],
  descending: ['createdAt', 'githubId'],
});

/** Deployments of all repositories of a team, newest first. */
export const TEAM_DEPLOYMENTS = listOf('Deployment', { descending: ['createdAt', 'githubId'] });

/** Releases of a repository, newest first. */
export const REPOSITORY_RELEASES = listOf('Release', {
  of: ['repositoryId'],
  descending: ['createdAt', 'githubId'],
});

/** Incidents of a team, newest first. */
export const TEAM_INCIDENTS = listOf('Incident', { descending: ['openedAt', 'id'] });

/**
 * A deployment contains a pull request when the commit that brought it into its branch is among the deployment's
 * commits. This is the merge commit, or the head commit where it was pushed by hand. Forks share commits, so the
 * repository has to match too.
 */
const CONTAINS = `pull_request p
  JOIN deployment_commit c ON c.team_id = p.team_id
    AND c.sha = CASE WHEN p.merge_commit_sha IS NULL THEN p.head_sha ELSE p.merge_commit_sha END
  JOIN deployment d ON d.team_id = c.team_id AND d.github_id = c.deployment_id AND d.repository_id = p.repository_id
  WHERE p.state = 'MERGED' AND d.compare_state = 'COMPARED'`;

/** Pull requests that a deployment contains, highest number first. */
export const DEPLOYMENT_PULL_REQUESTS = listOf('PullRequest', {
  from: {
    text: `(SELECT d.github_id AS deployment_id, p.* FROM ${CONTAINS})`,
    parentColumn: 'deployment_id',
  },
  descending: ['number'],
});

/** Deployments that contain a pull request, to all environments and again after a rollback, oldest first. */
export const PULL_REQUEST_DEPLOYMENTS = listOf('Deployment', {
  from: {
    text: `(SELECT p.id AS pull_request_id, d.* FROM ${CONTAINS})`,
    parentColumn: 'pull_request_id',
  },
  ascending: ['createdAt', 'githubId'],
});

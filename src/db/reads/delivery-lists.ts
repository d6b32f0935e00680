import type { Deployment, Incident, PullRequest, Release } from '../generated/prisma/client.ts';
import {
  DEPLOYMENT_COLUMNS,
  INCIDENT_COLUMNS,
  PULL_REQUEST_COLUMNS,
  RELEASE_COLUMNS,
} from './columns.ts';
import { defineList } from './lists.ts';

/** Deployments of a repository, newest first. */
export const REPOSITORY_DEPLOYMENTS = defineList<Deployment>({
  table: 'deployment',
  columns: DEPLOYMENT_COLUMNS,
  parent: ['team_id', 'repository_id'],
  order: [
    { column: 'created_at', type: 'timestamptz' },
    { column: 'github_id', type: 'bigint' },
  ],
  direction: 'DESC',
  cursorFields: ['createdAt', 'githubId'],
});

/** Releases of a repository, newest first. */
export const REPOSITORY_RELEASES = defineList<Release>({
  table: 'release',
  columns: RELEASE_COLUMNS,
  parent: ['team_id', 'repository_id'],
  order: [
    { column: 'created_at', type: 'timestamptz' },
    { column: 'github_id', type: 'bigint' },
  ],
  direction: 'DESC',
  cursorFields: ['createdAt', 'githubId'],
});

/** Incidents of a team, newest first. */
export const TEAM_INCIDENTS = defineList<Incident>({
  table: 'incident',
  columns: INCIDENT_COLUMNS,
  parent: ['team_id'],
  order: [
    { column: 'opened_at', type: 'timestamptz' },
    { column: 'id', type: 'bigint' },
  ],
  direction: 'DESC',
  cursorFields: ['openedAt', 'id'],
});

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
export const DEPLOYMENT_PULL_REQUESTS = defineList<PullRequest>({
  table: `(SELECT d.github_id AS deployment_id, p.* FROM ${CONTAINS})`,
  columns: PULL_REQUEST_COLUMNS,
  parent: ['team_id', 'deployment_id'],
  order: [{ column: 'number', type: 'integer' }],
  direction: 'DESC',
  cursorFields: ['number'],
});

/** Deployments that contain a pull request, to all environments and again after a rollback, oldest first. */
export const PULL_REQUEST_DEPLOYMENTS = defineList<Deployment>({
  table: `(SELECT p.id AS pull_request_id, d.* FROM ${CONTAINS})`,
  columns: DEPLOYMENT_COLUMNS,
  parent: ['team_id', 'pull_request_id'],
  order: [
    { column: 'created_at', type: 'timestamptz' },
    { column: 'github_id', type: 'bigint' },
  ],
  direction: 'ASC',
  cursorFields: ['createdAt', 'githubId'],
});

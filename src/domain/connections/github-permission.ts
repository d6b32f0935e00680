/** What a credential must be allowed, with what breaks without it. The first words are GitHub's own names. */
export const GITHUB_PERMISSIONS = {
  PULL_REQUESTS: {
    needs: '"Pull requests: read" (fine-grained token or App) or the scope repo (classic token)',
    without: 'No pull requests, reviews and comments are read: nothing can be measured.',
  },
  CONTENTS: {
    needs: '"Contents: read" (fine-grained token or App) or the scope repo (classic token)',
    without: 'Commits, files, releases and the ranges of deployments are not read.',
  },
  CHECKS: {
    needs:
      '"Checks: read" and "Commit statuses: read" (fine-grained token or App) or the scope repo (classic token)',
    without: 'Check runs and the state of builds are not read.',
  },
  DEPLOYMENTS: {
    needs: '"Deployments: read" (fine-grained token or App) or the scope repo (classic token)',
    without: 'Deployments are not read: lead time and deployment frequency have no value.',
  },
  MEMBERS: {
    needs:
      '"Members: read" of the organisation (fine-grained token or App) or the scope read:org (classic token)',
    without: 'People of the organisation who have no pull request are not known.',
  },
  WEBHOOKS: {
    needs:
      '"Webhooks: read and write" (fine-grained token), the scope admin:repo_hook (classic token), or the events of pull requests in the settings of the App',
    without:
      'Failed deliveries are not asked for again: changes then come with the next hourly sync.',
  },
  COPILOT_METRICS: {
    needs:
      '"Organization Copilot metrics: read" (fine-grained token or App) or the scope read:org (classic token)',
    without: 'The usage of Copilot is not read.',
  },
} as const;

export type GithubPermission = keyof typeof GITHUB_PERMISSIONS;

/**
 * UNKNOWN where nothing could be asked for (the connection has no repository yet, and sees none of the team's others), or
 * the server does not know the question.
 */
export type PermissionState = 'GRANTED' | 'MISSING' | 'UNKNOWN';

/** What a test of a connection found. */
export interface PermissionReport {
  /** Login of the user or of the account on which the App is installed. */
  readonly belongsTo: string;
  readonly grants: Readonly<Record<GithubPermission, PermissionState>>;
}

export const GITHUB_PERMISSION_NAMES = Object.keys(GITHUB_PERMISSIONS) as GithubPermission[];

import type { SyncStage } from '../sync/sync-stage.ts';

/** How a stored delivery stands. */
export type WebhookState = 'RECEIVED' | 'PROCESSED' | 'IGNORED' | 'FAILED';

/** An account that came to a repository or an organisation, or left it. */
export interface WebhookAccount {
  readonly id: string;
  readonly login: string;
  /** As the REST API calls it, such as `User`. */
  readonly type: string;
  /** Login of the organisation; null where the event is about a repository's collaborators. */
  readonly organization: string | null;
}

/** What processing needs of a payload: ids, numbers and names, no text. Ids are decimal strings, as JSON keeps them. */
export interface WebhookSubject {
  /** GitHub's id of the repository; null where the event concerns none. */
  readonly repository: string | null;
  /** Pull requests that the event names. */
  readonly pullRequests: readonly number[];
  /** Branches and commits that it is about: open pull requests with such a head are meant. */
  readonly branches: readonly string[];
  readonly commits: readonly string[];
  /** Repositories that came to an installation or left it. */
  readonly repositories: readonly string[];
  /** When the installation was changed, ISO 8601: a later change decides, whatever comes last. */
  readonly changedAt: string | null;
  /** Who came or left; absent from most. */
  readonly account?: WebhookAccount;
}

/** What is done about an event. */
export type WebhookTopic =
  /** Pull requests are read again by their number. */
  | 'PULL_REQUESTS'
  /** Deployments or releases are read by a short sync. */
  | 'DELIVERIES'
  /** The repository is looked up by its id: it has another name, another owner, or is gone. */
  | 'REPOSITORY'
  /** The connection may no longer ask, or may ask again. */
  | 'INSTALLATION'
  /** The repositories that an installation may read are looked up. */
  | 'INSTALLATION_REPOSITORIES'
  /** An account belongs to a repository or an organisation from now on, or no more. */
  | 'MEMBERS';

const TOPICS: Readonly<Record<string, WebhookTopic>> = {
  pull_request: 'PULL_REQUESTS',
  pull_request_review: 'PULL_REQUESTS',
  pull_request_review_comment: 'PULL_REQUESTS',
  pull_request_review_thread: 'PULL_REQUESTS',
  issue_comment: 'PULL_REQUESTS',
  push: 'PULL_REQUESTS',
  check_suite: 'PULL_REQUESTS',
  check_run: 'PULL_REQUESTS',
  status: 'PULL_REQUESTS',
  deployment: 'DELIVERIES',
  deployment_status: 'DELIVERIES',
  release: 'DELIVERIES',
  repository: 'REPOSITORY',
  public: 'REPOSITORY',
  installation: 'INSTALLATION',
  installation_repositories: 'INSTALLATION_REPOSITORIES',
  member: 'MEMBERS',
  membership: 'MEMBERS',
  organization: 'MEMBERS',
};

/** What is done about an event of GitHub; null for those that change nothing here. */
export function topicOf(event: string): WebhookTopic | null {
  return Object.hasOwn(TOPICS, event) ? (TOPICS[event] ?? null) : null;
}

const STAGES: Readonly<Record<string, SyncStage>> = {
  deployment: 'DEPLOYMENTS',
  deployment_status: 'DEPLOYMENTS',
  release: 'RELEASES',
  pull_request_review_comment: 'REVIEW_COMMENTS',
};

/** The stage beside the pull requests that an event makes due; null for most. */
export function stageOf(event: string): SyncStage | null {
  return Object.hasOwn(STAGES, event) ? (STAGES[event] ?? null) : null;
}

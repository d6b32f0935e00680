import type { Instant } from '../../core/github-data.ts';
import type { RateStatus, Resource } from '../rules/rate-limits.ts';
import type { GitHubWorld } from '../world.ts';

/** What the REST routes see of one request. */
export interface RestScope {
  readonly world: GitHubWorld;
  /** The moment that is served. */
  readonly at: Instant;
  /** Root of the API, without a slash at the end. */
  readonly apiUrl: string;
  readonly rate: (resource: Resource) => RateStatus;
  /** Called for each page of pull requests of a repository (`owner/name`). */
  readonly onPullRequestPage: (repository: string) => void;
}

export interface RestAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** GitHub's form of an error. */
export function restError(status: number, message: string, more: object = {}): RestAnswer {
  const documentation_url = 'https://docs.github.com/rest';
  return { status, body: { message, ...more, documentation_url, status: String(status) } };
}

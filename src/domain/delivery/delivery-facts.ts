import type { ActorFact } from '../members/actor.ts';

/** Facts of a repository that have stages of their own, because they do not change when a pull request was updated. */

export type DeploymentState =
  | 'PENDING'
  | 'QUEUED'
  | 'WAITING'
  | 'IN_PROGRESS'
  | 'SUCCESS'
  | 'INACTIVE'
  | 'FAILURE'
  | 'ERROR'
  | 'DESTROYED'
  | 'ABANDONED'
  | 'UNKNOWN';

/** A deployment with the latest of its states. */
export interface DeploymentFact {
  readonly githubId: bigint;
  readonly environment: string;
  /** Branch or tag; null when a commit was deployed. */
  readonly ref: string | null;
  readonly sha: string;
  readonly state: DeploymentState;
  /** GitHub's word for the state where it is not known, else null. */
  readonly stateRaw: string | null;
  readonly creator: ActorFact | null;
  readonly description: string | null;
  readonly createdAt: Date;
  /** Of the latest status; the creation when there is none. */
  readonly stateAt: Date;
  /** Of the first success; null until there is one. */
  readonly succeededAt: Date | null;
}

export interface ReleaseFact {
  readonly githubId: bigint;
  readonly tag: string;
  readonly name: string | null;
  readonly url: string;
  readonly sha: string | null;
  readonly isDraft: boolean;
  readonly isPrerelease: boolean;
  readonly author: ActorFact | null;
  readonly createdAt: Date;
  readonly publishedAt: Date | null;
}

/** A commit with its parents, as the history of a branch lists it. */
export interface HistoryCommit {
  readonly sha: string;
  /** Null when it has more than are asked for: an octopus. */
  readonly parents: readonly string[] | null;
  readonly committedAt: Date;
}

/** What crosses the Temporal border for syncs. Ids are decimal strings, instants ISO 8601 in UTC: JSON keeps both. */

export type SyncKind = 'BACKFILL' | 'INCREMENTAL';

/** How soon a dead worker is noticed, and how many repositories are walked at a time. Set where the workflow is started. */
export interface SyncPace {
  /** Seconds without a heartbeat after which another worker takes the page up. */
  readonly heartbeatSeconds: number;
  /** Children at a time, 1 to 50. */
  readonly parallelRepositories: number;
}

export interface BackfillTeamInput {
  readonly teamId: string;
  /** `owner/name` of each repository to sync; empty = all that the team has. */
  readonly repositories: readonly string[];
  /** How far back: pull requests that were updated since this instant. */
  readonly since: string;
  /** The user who asked, for the record. */
  readonly requestedBy: string | null;
  readonly pace: SyncPace;
}

/** Asks a running backfill for more. Answered once it is accepted; a narrower wish changes nothing. */
export interface WidenBackfillInput {
  readonly repositories: readonly string[];
  readonly since: string;
}

export interface WidenBackfillResult {
  readonly widened: boolean;
}

export interface SyncRepositoryInput {
  readonly teamId: string;
  readonly repositoryId: string;
  /** `owner/name` when the walk was started, for summaries only. */
  readonly repositoryName: string;
  /** Row of this walk in sync_run: cursor, horizon and counts live there. */
  readonly syncRunId: string;
  readonly pace: SyncPace;
  /** Pages of earlier runs of this chain, for the summary only. */
  readonly pagesBefore: number;
}

export type SyncOutcome = 'COMPLETED' | 'PARTIAL' | 'FAILED' | 'CANCELLED';

export interface SyncRepositoryResult {
  readonly outcome: SyncOutcome;
  readonly pages: number;
}

export interface BackfillTeamResult {
  readonly syncRunId: string;
  readonly outcome: SyncOutcome;
  readonly repositories: number;
}

export interface OpenBackfillInput {
  readonly teamId: string;
  readonly workflowId: string;
  readonly workflowRunId: string;
  readonly since: string;
  readonly repositories: readonly string[];
  readonly requestedBy: string | null;
}

export interface OpenBackfillResult {
  readonly syncRunId: string;
}

export interface ResolveRepositoriesInput {
  readonly teamId: string;
  readonly syncRunId: string;
  readonly repositories: readonly string[];
  /** How far back this wish goes: the job's row is widened to it. */
  readonly since: string;
}

export interface ResolvedRepository {
  readonly repositoryId: string;
  readonly name: string;
}

export interface ResolveRepositoriesResult {
  readonly repositories: readonly ResolvedRepository[];
  /** Set when GitHub's limit stands: ask again at that time; what was found until then is kept. */
  readonly wait: { readonly until: string; readonly reason: string } | null;
  /** Names that GitHub does not show to this team, each with a sentence that says what to do. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

export interface OpenRepositoryRunInput {
  readonly teamId: string;
  readonly repositoryId: string;
  readonly parentSyncRunId: string;
  readonly workflowId: string;
  /** Distinguishes two walks of one repository within one backfill. */
  readonly attempt: number;
  readonly since: string;
}

export interface OpenRepositoryRunResult {
  readonly syncRunId: string;
  /** INCREMENTAL when the repository is complete as far back as asked, and only what changed since is walked. */
  readonly kind: SyncKind;
  /** How far back the walk goes. */
  readonly horizon: string;
}

export interface SyncPageInput {
  readonly teamId: string;
  readonly repositoryId: string;
  readonly syncRunId: string;
}

/** After one page: go on, wait until GitHub's limit lifts, or the walk is over. */
export type SyncPageResult =
  | { readonly next: 'PAGE'; readonly pages: number }
  | { readonly next: 'WAIT'; readonly until: string; readonly reason: string }
  | { readonly next: 'DONE'; readonly pages: number; readonly outcome: SyncOutcome };

export interface CloseSyncRunInput {
  readonly teamId: string;
  readonly syncRunId: string;
  readonly outcome: SyncOutcome;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

/** Activities of the queue `sync`. Every one may run twice: the second time changes nothing. */
export interface SyncActivities {
  openBackfill(input: OpenBackfillInput): Promise<OpenBackfillResult>;
  resolveRepositories(input: ResolveRepositoriesInput): Promise<ResolveRepositoriesResult>;
  openRepositoryRun(input: OpenRepositoryRunInput): Promise<OpenRepositoryRunResult>;
  syncPullRequestPage(input: SyncPageInput): Promise<SyncPageResult>;
  closeSyncRun(input: CloseSyncRunInput): Promise<void>;
}

export const widenBackfillUpdate = 'widenBackfill';

/** Type of the failure with which the update is refused once the job closes. */
export const BACKFILL_CLOSING = 'BACKFILL_CLOSING';

/** Names of workflow types, as they are registered and started. */
export const SYNC_WORKFLOWS = {
  backfillTeam: 'backfillTeam',
  syncRepository: 'syncRepository',
} as const;

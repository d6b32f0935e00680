import type { SyncStage } from '../domain/sync/sync-stage.ts';
import type { WorkflowStart } from './launcher.ts';
import { syncTeamWorkflowId } from './workflow-ids.ts';

/** What crosses the Temporal border for syncs. Ids are decimal strings, instants ISO 8601 in UTC: JSON keeps both. */

export type SyncKind = 'BACKFILL' | 'INCREMENTAL';

/** How soon a dead worker is noticed, and how many repositories are walked at a time. Set where the workflow is started. */
export interface SyncActivityOptions {
  /** Seconds without a heartbeat after which another worker takes the page up. */
  readonly heartbeatSeconds: number;
  /** Children at a time, 1 to 50. */
  readonly parallelRepositories: number;
}

export interface BackfillTeamInput {
  readonly teamId: string;
  /** `owner/name` of each repository to sync; empty = all that the team has. */
  readonly repositories: readonly string[];
  /** How far back: pull requests that were updated since this instant. Null: what is new since the last walk. */
  readonly since: string | null;
  /** The user who asked, for the record. */
  readonly requestedBy: string | null;
  readonly activityOptions: SyncActivityOptions;
  /** What earlier runs of this chain have left; absent in the first. */
  readonly carryOver?: BackfillCarryOver;
}

/** Where a backfill goes on when it continues as new. No walk runs then. */
export interface BackfillCarryOver {
  readonly syncRunId: string;
  /** All that was asked for: what is covered is not walked again. */
  readonly accepted: readonly WidenBackfillInput[];
  /** What was asked for and not begun. */
  readonly pending: readonly WidenBackfillInput[];
  /** The rest of the wish that is on. */
  readonly since: string | null;
  readonly repositories: readonly ResolvedRepository[];
  /** Walks by their end. */
  readonly outcomes: Readonly<Partial<Record<SyncOutcome, number>>>;
  /** Why names were refused; the first few. */
  readonly refusals: readonly string[];
  /** Why the first walk failed that did. */
  readonly failure: Pick<CloseSyncRunInput, 'errorCode' | 'errorMessage'> | null;
  readonly synced: number;
  readonly isPaused: boolean;
}

/** Asks a running backfill for more. Answered once it is accepted; a narrower wish changes nothing. */
export interface WidenBackfillInput {
  readonly repositories: readonly string[];
  readonly since: string | null;
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
  readonly activityOptions: SyncActivityOptions;
  /** Pages of earlier runs of this chain, for the summary only. */
  readonly pagesBefore: number;
  /** Set once all pages are stored: how the walk ended, and the stages that are left. */
  readonly carryOver?: StagesLeft;
  readonly isPaused?: boolean;
}

export interface StagesLeft {
  readonly outcome: SyncOutcome;
  readonly stages: readonly SyncStage[];
  /** Why the first stage failed that did. */
  readonly failure?: Pick<CloseSyncRunInput, 'errorCode' | 'errorMessage'>;
}

/** What a sync works on now, as its workflow knows it; the same is in its row. */
export interface SyncProgress {
  readonly isPaused: boolean;
  /** Until when it waits, and for what. */
  readonly wait: SyncWait | null;
  /** Of a walk. */
  readonly pages?: number;
  readonly stage?: 'PULL_REQUESTS' | SyncStage;
  /** Of a job: repositories whose walk has ended, and names of those that are walked now. */
  readonly synced?: number;
  readonly running?: readonly string[];
}

export interface SyncWait {
  readonly until: string;
  readonly reason: string;
}

/** Starts the job that brings a team up to date with what is new, as a schedule does. */
export interface SyncTeamInput {
  readonly teamId: string;
  readonly activityOptions: SyncActivityOptions;
}

export interface SyncTeamResult {
  /** True when a job was going on already, which walks the same. */
  readonly joined: boolean;
  readonly outcome: SyncOutcome | null;
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
  readonly since: string | null;
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
  /** How far back this wish goes: the job's row is widened to it. Null: to what is new. */
  readonly since: string | null;
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
  /** Names for the next time; what else was asked for is answered. */
  readonly left: readonly string[];
}

export interface OpenRepositoryRunInput {
  readonly teamId: string;
  readonly repositoryId: string;
  readonly parentSyncRunId: string;
  readonly workflowId: string;
  /** Distinguishes two walks of one repository within one backfill. */
  readonly attempt: number;
  /** Null: from where the last walk began, or the default where there was none. */
  readonly since: string | null;
}

export interface OpenRepositoryRunResult {
  readonly syncRunId: string;
  /** INCREMENTAL when the repository is complete as far back as asked, and only what changed since is walked. */
  readonly kind: SyncKind;
  /** How far back the walk goes. */
  readonly since: string;
  /** It begins where an earlier one broke off, so what changed since is walked after it. */
  readonly isResumed: boolean;
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
  | {
      readonly next: 'DONE';
      readonly pages: number;
      readonly outcome: SyncOutcome;
      /** What is left to read; the row is then closed by the workflow. */
      readonly stages: readonly SyncStage[];
    };

export interface SyncStageInput extends SyncPageInput {
  readonly stage: SyncStage;
}

/** After up to ten requests of a stage: go on, wait until GitHub's limit lifts, or the stage is over. */
export type SyncStageResult =
  | { readonly next: 'MORE' }
  | { readonly next: 'WAIT'; readonly until: string; readonly reason: string }
  | { readonly next: 'DONE' };

export interface CloseSyncRunInput {
  readonly teamId: string;
  readonly syncRunId: string;
  readonly outcome: SyncOutcome;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

/** How the row ended: a stage that parked something makes it partial, and a row that had ended keeps its end. */
export interface CloseSyncRunResult {
  /** Null where there is no row any more. */
  readonly outcome: SyncOutcome | null;
}

/** Shows in the row of a run that an admin has paused it, or let it go on. */
export interface RecordSyncPauseInput {
  readonly teamId: string;
  readonly syncRunId: string;
  readonly isPaused: boolean;
}

/** Activities of the queue `sync`. Every one may run twice: the second time changes nothing. */
export interface SyncActivities {
  openBackfill(input: OpenBackfillInput): Promise<OpenBackfillResult>;
  resolveRepositories(input: ResolveRepositoriesInput): Promise<ResolveRepositoriesResult>;
  openRepositoryRun(input: OpenRepositoryRunInput): Promise<OpenRepositoryRunResult>;
  syncPullRequestPage(input: SyncPageInput): Promise<SyncPageResult>;
  syncRepositoryStage(input: SyncStageInput): Promise<SyncStageResult>;
  recordSyncPause(input: RecordSyncPauseInput): Promise<void>;
  closeSyncRun(input: CloseSyncRunInput): Promise<CloseSyncRunResult>;
}

export const widenBackfillUpdate = 'widenBackfill';

/** A walk pauses after the page that runs; a job with all its walks. */
export const pauseSyncSignal = 'pauseSync';
export const resumeSyncSignal = 'resumeSync';

/** Answers `SyncProgress`. */
export const progressQuery = 'progress';

/** Type of the failure with which the update is refused once the job closes. */
export const BACKFILL_CLOSING = 'BACKFILL_CLOSING';

/** Memo of a walk's workflow: the id of its row, because later walks of the repository have the same workflow id. */
export const SYNC_RUN_MEMO = 'syncRunId';

/** Names of workflow types, as they are registered and started. */
export const SYNC_WORKFLOWS = {
  backfillTeam: 'backfillTeam',
  syncRepository: 'syncRepository',
  syncTeam: 'syncTeam',
} as const;

/** The start of a team's sync of what is new: a second one joins the first. */
export function toSyncTeamStart(input: SyncTeamInput): WorkflowStart {
  return {
    workflowType: SYNC_WORKFLOWS.syncTeam,
    workflowId: syncTeamWorkflowId(input.teamId),
    taskQueue: 'sync',
    input,
    summary: 'What is new in all repositories of the team',
    teamId: input.teamId,
  };
}

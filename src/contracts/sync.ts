import type { SyncStage } from '../domain/sync/sync-stage.ts';
import type { RepositoryInput, SyncRunInput, TeamInput } from './keys.ts';
import type { BackfillRequest, WorkflowStart } from './launcher.ts';
import type { Wait, WaitStep } from './wait.ts';
import { syncTeamWorkflowId } from './workflow-ids.ts';

/** Contracts of syncs. Ids are decimal strings, instants ISO 8601 in UTC: JSON keeps both. */

export type SyncKind = 'BACKFILL' | 'INCREMENTAL';

/** How soon a dead worker is noticed, and how many repositories are synced at a time; chosen by whoever starts it. */
export interface SyncActivityOptions {
  /** Seconds without a heartbeat after which another worker retries the page. */
  readonly heartbeatSeconds: number;
  /** Repository syncs at a time, 1 to 50. */
  readonly parallelRepositories: number;
}

export interface BackfillTeamInput extends BackfillRequest {
  readonly activityOptions: SyncActivityOptions;
  /** The state of the run before this one in the chain; absent in the first run. */
  readonly carryOver?: BackfillCarryOver;
}

/** The state of a backfill that continues as new. No repository sync runs at that time. */
export interface BackfillCarryOver {
  readonly syncRunId: string;
  /** All requests: what they cover is not synced again. */
  readonly accepted: readonly WidenBackfillInput[];
  /** Requests that have not begun. */
  readonly pending: readonly WidenBackfillInput[];
  /** Repositories that were not read to their end and have not begun again; names in lower case. */
  readonly missed?: readonly string[];
  /** What is left of the current request. */
  readonly since: string | null;
  readonly repositories: readonly ResolvedRepository[];
  /** Repository syncs by their outcome. */
  readonly outcomes: Readonly<Partial<Record<SyncOutcome, number>>>;
  /** Why names were refused; only the first few. */
  readonly refusals: readonly string[];
  /** Why the first failed sync failed. */
  readonly failure: SyncFailure | null;
  /** Why the last rollup failed. */
  readonly rollUpFailure?: SyncFailure | null;
  readonly synced: number;
  readonly isPaused: boolean;
}

/** Asks a running backfill for more. It is answered once it is accepted; one that it covers is refused as such. */
export interface WidenBackfillInput extends Pick<
  BackfillRequest,
  'repositories' | 'since' | 'again'
> {
  /** Chosen by the sender, and given back: Temporal answers an update of a known id with what came of the first one. */
  readonly requestId?: string;
}

export interface WidenBackfillResult {
  readonly widened: boolean;
  readonly requestId?: string;
}

export interface SyncRepositoryInput extends SyncPageInput {
  /** `owner/name` when the sync was started, for summaries only. */
  readonly repositoryName: string;
  readonly activityOptions: SyncActivityOptions;
  /** Pages of earlier runs of the chain, for the summary only. */
  readonly pagesBefore: number;
  /** Set once all pages are stored: the outcome of the pages, and the stages that are left. */
  readonly carryOver?: StagesLeft;
  readonly isPaused?: boolean;
}

export interface StagesLeft {
  readonly outcome: SyncOutcome;
  readonly stages: readonly SyncStage[];
  /** Why the first failed stage failed. */
  readonly failure?: SyncFailure;
}

/** What a sync is doing now, as its workflow knows it; its row says the same. */
export interface SyncProgress {
  readonly isPaused: boolean;
  /** Until when the sync waits, and why. */
  readonly wait: Wait | null;
  /** Only of a repository sync. */
  readonly pages?: number;
  readonly stage?: 'PULL_REQUESTS' | SyncStage;
  /** Only of a backfill: how many repositories are synced, and the names of those whose sync runs. */
  readonly synced?: number;
  readonly running?: readonly string[];
}

/** The input of the scheduled sync of what is new in a team. */
export interface SyncTeamInput extends TeamInput {
  readonly activityOptions: SyncActivityOptions;
}

export interface SyncTeamResult {
  /** True when a backfill that reads the same was already running. */
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

export interface OpenBackfillInput extends BackfillRequest {
  readonly workflowId: string;
  readonly workflowRunId: string;
}

export interface OpenBackfillResult {
  readonly syncRunId: string;
}

/** The backfill's row is widened to the `since` of the request. */
export type ResolveRepositoriesInput = SyncRunInput & WidenBackfillInput;

export interface ResolvedRepository {
  readonly repositoryId: string;
  /** `owner/name`, for summaries only. */
  readonly name: string;
}

export interface ResolveRepositoriesResult {
  readonly repositories: readonly ResolvedRepository[];
  /** Set when GitHub's limit is reached: the names that are left are looked up at that time. */
  readonly wait: Wait | null;
  /** Names that GitHub does not show to this team, each with a sentence that says what to do. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
  /** Names for the next call; the others are answered. */
  readonly left: readonly string[];
}

export interface OpenRepositoryRunInput extends RepositoryInput {
  readonly parentSyncRunId: string;
  readonly workflowId: string;
  /** Distinguishes two syncs of one repository within one backfill. */
  readonly attempt: number;
  /** Null stands for when the last sync began, or for the default where there was none. */
  readonly since: string | null;
}

export interface OpenRepositoryRunResult {
  readonly syncRunId: string;
  /** INCREMENTAL when the repository is complete as far back as requested, and only what has changed since is read. */
  readonly kind: SyncKind;
  /** How far back the sync goes. */
  readonly since: string;
  /** True when it begins where an earlier sync broke off: what has changed since then is read by a further sync. */
  readonly isResumed: boolean;
}

/** The row in sync_run holds the cursor, `since` and the counts. */
export type SyncPageInput = RepositoryInput & SyncRunInput;

/** The result of up to ten pages: there are more, GitHub's limit is reached, or the pages are done. */
export type SyncPageResult =
  | { readonly next: 'PAGE'; readonly pages: number }
  | WaitStep
  | {
      readonly next: 'DONE';
      readonly pages: number;
      readonly outcome: SyncOutcome;
      /** The stages that are due; the workflow closes the row after them. Where there are none, the row is closed. */
      readonly stages: readonly SyncStage[];
    };

export interface SyncStageInput extends SyncPageInput {
  readonly stage: SyncStage;
}

/** The result of up to ten requests of a stage: there is more, GitHub's limit is reached, or the stage is done. */
export type SyncStageResult = { readonly next: 'MORE' } | WaitStep | { readonly next: 'DONE' };

/** Why a sync or a part of it failed: a stable code, and a sentence for the admin. */
export interface SyncFailure {
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

export interface CloseSyncRunInput extends SyncRunInput, SyncFailure {
  readonly outcome: SyncOutcome;
}

/** The outcome of the row: dead letters of a stage make it partial, and a row that was closed keeps its outcome. */
export interface CloseSyncRunResult {
  /** Null when the row does not exist any more. */
  readonly outcome: SyncOutcome | null;
}

/** Writes to the row of a sync that an admin has paused or resumed it. */
export interface RecordSyncPauseInput extends SyncRunInput {
  readonly isPaused: boolean;
}

/** Activities of the queue `sync`. Each may run twice: the second time changes nothing. */
export interface SyncActivities {
  openBackfill(input: OpenBackfillInput): Promise<OpenBackfillResult>;
  resolveRepositories(input: ResolveRepositoriesInput): Promise<ResolveRepositoriesResult>;
  openRepositoryRun(input: OpenRepositoryRunInput): Promise<OpenRepositoryRunResult>;
  /** Up to ten pages. Running syncs know it by the name that it had when it took one. */
  syncPullRequestPage(input: SyncPageInput): Promise<SyncPageResult>;
  syncRepositoryStage(input: SyncStageInput): Promise<SyncStageResult>;
  recordSyncPause(input: RecordSyncPauseInput): Promise<void>;
  closeSyncRun(input: CloseSyncRunInput): Promise<CloseSyncRunResult>;
}

export const widenBackfillUpdate = 'widenBackfill';

/** A repository sync pauses after the running activity; a backfill pauses with all its repository syncs. */
export const pauseSyncSignal = 'pauseSync';
export const resumeSyncSignal = 'resumeSync';

/** Tells a sync that the limit it waits for may be lifted: it asks again at once. A backfill passes it on to its syncs. */
export const verifyLimitSignal = 'verifyLimit';

/** The query is answered with `SyncProgress`. */
export const progressQuery = 'progress';

/** The type of the failure with which a closing backfill refuses the update. */
export const BACKFILL_CLOSING = 'BACKFILL_CLOSING';

/** The type of the failure with which a backfill refuses an update that it covers: what is refused leaves no events. */
export const BACKFILL_COVERED = 'BACKFILL_COVERED';

/** Memo of a repository sync with the id of its row: later syncs of the repository have the same workflow id. */
export const SYNC_RUN_MEMO = 'syncRunId';

/** Workflow types, as they are registered and started. */
export const SYNC_WORKFLOWS = {
  backfillTeam: 'backfillTeam',
  syncRepository: 'syncRepository',
  syncTeam: 'syncTeam',
} as const;

/** The start of a team's sync of what is new; a second start joins the first. */
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

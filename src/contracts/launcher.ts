import type { TaskQueue } from './task-queues.ts';

/** A workflow as the API shows it. */
export interface LaunchedWorkflow {
  readonly workflowId: string;
  /** First run of the chain: it stays when the workflow continues as new. */
  readonly workflowRunId: string;
  /** True when a run was already going on and this start joined it. */
  readonly joined: boolean;
}

/** A workflow that is started by its name; a second start of one id joins the running one. */
export interface WorkflowStart {
  /** The exported function of `src/workflows`. */
  readonly workflowType: string;
  readonly workflowId: string;
  readonly taskQueue: TaskQueue;
  /** The workflow's one argument: JSON, without secrets. */
  readonly input: object;
  /** One line for the list in the Temporal UI. */
  readonly summary: string;
  /** The team whose work it is; null for the work of the installation. */
  readonly teamId: string | null;
}

/** What is asked of backfillTeam: its input without the pace, which the launcher knows. */
export interface BackfillRequest {
  readonly teamId: string;
  /** `owner/name`; empty = all that the team has. */
  readonly repositories: readonly string[];
  /** ISO 8601 in UTC; null: what is new since the last walks. */
  readonly since: string | null;
  readonly requestedBy: string | null;
  /** Row of the job in sync_run, where it was written before the start; without it the workflow writes its own. */
  readonly syncRunId?: string;
}

/** A backfill that was started or joined. */
export interface LaunchedBackfill extends LaunchedWorkflow {
  /** Row of the job; null where the workflow writes it itself. */
  readonly syncRunId: string | null;
}

/** The connection whose deliveries were stored. */
export interface StoredFor {
  readonly teamId: string;
  readonly connectionId: string;
}

export type SyncAction = 'PAUSE' | 'RESUME' | 'CANCEL';

/** A sync as its row names it: workflows of later runs have the same id. */
export interface ControlledSync {
  readonly syncRunId: string;
  readonly workflowId: string;
  /** Of a job, the first run of its chain; a walk has another form. */
  readonly workflowRunId: string;
}

/** What Temporal starts for a team by the clock. */
export interface TeamSchedule {
  readonly id: string;
  /** What it does, or why it was paused. */
  readonly note: string;
  readonly isPaused: boolean;
  /** ISO 8601 in UTC; null while it is paused. */
  readonly nextRunAt: string | null;
  /** Null before the first. */
  readonly lastRunAt: string | null;
}

/**
 * How the API starts work without knowing Temporal's client.
 * Every method throws DomainError TEMPORAL_UNAVAILABLE within five seconds when Temporal does not answer.
 */
export interface WorkflowLauncher {
  /** Joins the running backfillTeam and widens it where the request goes further; null when none runs. */
  joinBackfill(request: BackfillRequest): Promise<LaunchedBackfill | null>;
  /** Starts backfillTeam, or joins the running one as `joinBackfill` does. */
  startBackfill(request: BackfillRequest): Promise<LaunchedBackfill>;
  /** Starts a workflow, or joins the one that runs under the same id; its input is then not read. */
  startWorkflow(start: WorkflowStart): Promise<LaunchedWorkflow>;
  /** Starts the workflow once a day from now on; a schedule of the same id is changed to this one. */
  scheduleDaily(start: WorkflowStart): Promise<void>;
  /** Pauses, resumes or cancels the workflow of this very run; false when it is gone, also where a later one runs. */
  controlSync(run: ControlledSync, action: SyncAction): Promise<boolean>;
  /** Has a team that is connected to GitHub synced by the clock; schedules that it has stay as they are. */
  scheduleTeam(teamId: string): Promise<void>;
  /** Removes the schedules of a team that is not connected any more. */
  unscheduleTeam(teamId: string): Promise<void>;
  /** The schedules of a team and, of those that are named beside them, what exists. */
  listSchedules(teamId: string, more: readonly string[]): Promise<readonly TeamSchedule[]>;
  /** Pauses a schedule, or lets it go on; the note says who did. */
  pauseSchedule(scheduleId: string, isPaused: boolean, note: string): Promise<void>;
  /** Tells processWebhooks of a connection that deliveries wait, and starts it where it does not run. Hardly more than two seconds. */
  signalWebhooks(connection: StoredFor): Promise<void>;
  /** Address of the workflow in the Temporal UI, or null when no UI is configured. */
  workflowUrl(workflow: Pick<LaunchedWorkflow, 'workflowId'>): string | null;
}

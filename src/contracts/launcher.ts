import type { ConnectionInput, TeamInput } from './keys.ts';
import type { QueueServices } from './queue-service.ts';
import type { TaskQueue } from './task-queues.ts';

/** A workflow as the API shows it. */
export interface LaunchedWorkflow {
  readonly workflowId: string;
  /** First run of the chain: it stays when the workflow continues as new. */
  readonly workflowRunId: string;
  /** True when this start joined a workflow that was already running. */
  readonly joined: boolean;
}

/** The start of a workflow by its type; a second start of the same id joins the running one. */
export interface WorkflowStart {
  /** The exported function of `src/workflows`. */
  readonly workflowType: string;
  /** Its name of `workflow-ids.ts`, before which the launcher puts the installation's identity. */
  readonly workflowId: string;
  readonly taskQueue: TaskQueue;
  /** The workflow's only argument: JSON, without secrets. */
  readonly input: object;
  /** One line for the list of workflows in the Temporal UI. */
  readonly summary: string;
  /** The team that the workflow works for; null for work of the whole installation. */
  readonly teamId: string | null;
}

/** A request for a backfill: the input of backfillTeam without the activity options, which the launcher knows. */
export interface BackfillRequest extends TeamInput {
  /** `owner/name` of each repository; empty stands for all that the team has. */
  readonly repositories: readonly string[];
  /** Pull requests that were updated since this instant are read; null stands for what is new since the last syncs. */
  readonly since: string | null;
  /** The user who asked, for the record. */
  readonly requestedBy: string | null;
  /** Row of the job in sync_run, where it was written before the start; without it the workflow writes its own. */
  readonly syncRunId?: string;
  /** Syncs the repositories again where the running job has begun them already. */
  readonly again?: boolean;
}

/** A backfill that was started or joined. */
export interface LaunchedBackfill extends LaunchedWorkflow {
  /** Row of the job; null where the workflow writes it itself. */
  readonly syncRunId: string | null;
}

export type SyncAction = 'PAUSE' | 'RESUME' | 'CANCEL';

/** A sync as its row identifies it: workflows of later syncs have the same workflow id. */
export interface ControlledSync {
  readonly syncRunId: string;
  readonly workflowId: string;
  /** For a backfill the first run of its chain; a repository sync is found by its memo instead. */
  readonly workflowRunId: string;
}

/** A schedule of a team. */
export interface TeamSchedule {
  readonly id: string;
  /** What the schedule does, or why it was paused. */
  readonly note: string;
  readonly isPaused: boolean;
  /** ISO 8601 in UTC; null while it is paused. */
  readonly nextRunAt: string | null;
  /** Null before the first run. */
  readonly lastRunAt: string | null;
}

/**
 * Starts work for the API, which does not know Temporal's client.
 * Every method throws DomainError TEMPORAL_UNAVAILABLE within five seconds when Temporal does not answer or refuses the
 * request, OVERLOADED when it has too many, CONFLICT when the state of the workflow does not allow it.
 */
export interface WorkflowLauncher {
  /** The id in Temporal of what has this name of `workflow-ids.ts`. */
  workflowIdOf(name: string): string;
  /**
   * Joins the running backfillTeam and widens it where the request goes further; null when none runs. What widens it goes
   * back to the beginning of the day of `since`, in UTC: requests of one day are one.
   */
  joinBackfill(request: BackfillRequest): Promise<LaunchedBackfill | null>;
  /** Starts backfillTeam, or joins the running one as `joinBackfill` does. */
  startBackfill(request: BackfillRequest): Promise<LaunchedBackfill>;
  /** Starts a workflow, or joins the one that runs under the same id; its input is then not read. */
  startWorkflow(start: WorkflowStart): Promise<LaunchedWorkflow>;
  /** Schedules the workflow once a day from now on; a schedule of the same id is replaced. */
  scheduleDaily(start: WorkflowStart): Promise<void>;
  /** Pauses, resumes or cancels the workflow of this very run; false when it has ended, even if a later one runs. */
  controlSync(run: ControlledSync, action: SyncAction): Promise<boolean>;
  /** Creates the schedules of a team that is connected to GitHub; existing ones stay as they are. */
  scheduleTeam(teamId: string): Promise<void>;
  /** Deletes the schedules of a team that is not connected any more. */
  unscheduleTeam(teamId: string): Promise<void>;
  /** Lists the schedules of a team, and those of the names in `more` that exist. */
  listSchedules(teamId: string, more: readonly string[]): Promise<readonly TeamSchedule[]>;
  /** Pauses or resumes a schedule; the note says who did it. */
  pauseSchedule(scheduleId: string, isPaused: boolean, note: string): Promise<void>;
  /** Signals the connection's processWebhooks that deliveries wait, or starts it; in hardly more than two seconds. */
  signalWebhooks(connection: ConnectionInput): Promise<void>;
  /** Which queues of the installation have a worker. Never throws, and answers within about a second. */
  readQueues(): Promise<QueueServices>;
  /** The address of a workflow in the Temporal UI; null when no UI is configured. */
  workflowUrl(workflow: Pick<LaunchedWorkflow, 'workflowId'>): string | null;
}

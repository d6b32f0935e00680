import type { BackfillTeamInput } from './sync.ts';
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

/**
 * How the API starts work without knowing Temporal's client.
 * Every method throws DomainError TEMPORAL_UNAVAILABLE within five seconds when Temporal does not answer.
 */
export interface WorkflowLauncher {
  /** Starts backfillTeam, or joins the running one and widens it where the wish goes further. */
  startBackfill(
    input: Pick<BackfillTeamInput, 'teamId' | 'repositories' | 'since' | 'requestedBy'>,
  ): Promise<LaunchedWorkflow>;
  /** Starts a workflow, or joins the one that runs under the same id; its input is then not read. */
  startWorkflow(start: WorkflowStart): Promise<LaunchedWorkflow>;
  /** Starts the workflow once a day from now on; a schedule of the same id is changed to this one. */
  scheduleDaily(start: WorkflowStart): Promise<void>;
  /** Address of the workflow in the Temporal UI, or null when no UI is configured. */
  workflowUrl(workflow: Pick<LaunchedWorkflow, 'workflowId'>): string | null;
}

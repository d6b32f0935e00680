import type { BackfillTeamInput } from './sync.ts';

/** A workflow as the API shows it. */
export interface LaunchedWorkflow {
  readonly workflowId: string;
  /** First run of the chain: it stays when the workflow continues as new. */
  readonly workflowRunId: string;
  /** True when a run was already going on and this start joined it. */
  readonly joined: boolean;
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
  /** Address of the workflow in the Temporal UI, or null when no UI is configured. */
  workflowUrl(workflow: Pick<LaunchedWorkflow, 'workflowId'>): string | null;
}

import type { TeamInput } from './keys.ts';
import type { WorkflowStart } from './launcher.ts';
import { rebuildRollupsWorkflowId, rollUpTeamWorkflowId } from './workflow-ids.ts';

/** Contracts of rollups. Ids are decimal strings, days YYYY-MM-DD. */

export interface RollUpDirtyWeeksInput extends TeamInput {
  /** At most this many weeks in one statement and transaction. */
  readonly maxWeeks: number;
}

export interface RollUpDirtyWeeksResult {
  readonly weeks: number;
  readonly rowsWritten: number;
  readonly rowsRemoved: number;
  readonly dirtyMarksConsumed: number;
  /** True when dirty marks of other weeks are left for another call. */
  readonly more: boolean;
}

export type RollUpTeamInput = TeamInput;

export interface RollUpTeamResult {
  readonly weeks: number;
}

export interface RebuildRollupsInput extends TeamInput {
  readonly reason: 'REQUESTED' | 'SETTINGS' | 'DEFINITION';
  /** True computes and compares, and writes nothing but the counts. */
  readonly isDryRun: boolean;
  /** First day of the range; null stands for everything that retention has not deleted. */
  readonly from: string | null;
  /** First day after the range; null stands for up to the last activity. */
  readonly to: string | null;
  /** New settings, which apply when the rebuild is done; null keeps the present ones. */
  readonly timeZone: string | null;
  readonly weekStart: 'MONDAY' | 'SUNDAY' | null;
  /** The user who asked; null when the system did. */
  readonly requestedBy: string | null;
}

export interface RebuildRollupsResult {
  readonly rebuildId: string;
  readonly weeks: number;
}

export interface OpenRebuildInput extends RebuildRollupsInput {
  readonly workflowId: string;
  /** First run of the chain: it stays when the workflow continues as new. */
  readonly workflowRunId: string;
  /**
   * True of a workflow that calls `applyDefinition` where the answer asks for it. Absent of one whose code, or whose
   * history, knows no such step: then all of the definition is applied before the answer.
   */
  readonly appliesInSteps?: true;
}

export interface OpenRebuildResult {
  readonly rebuildId: string;
  /**
   * Whether the workflow has to give stored pull requests a newer definition, in steps, before weeks are computed. Absent
   * where it does not apply it in steps.
   */
  readonly appliesDefinition?: boolean;
}

export interface ApplyDefinitionResult {
  /** False when the rebuild was closed in the meantime. */
  readonly isRunning: boolean;
  readonly pullRequestsDone: number;
  readonly pullRequestsTotal: number;
  /** True when another call is needed; how far it has come is in the rebuild's row. */
  readonly more: boolean;
}

export interface FinishRebuildInput extends TeamInput {
  readonly rebuildId: string;
}

export interface FinishRebuildResult {
  /** False when the rebuild was closed in the meantime. */
  readonly isCompleted: boolean;
}

export type ApplyDefinitionInput = FinishRebuildInput;

export interface RebuildWeeksInput extends FinishRebuildInput {
  /** At most this many weeks in one statement and transaction. */
  readonly maxWeeks: number;
}

export interface RebuildWeeksResult {
  /** False when the rebuild was closed in the meantime. */
  readonly isRunning: boolean;
  readonly weeksDone: number;
  readonly weeksTotal: number;
}

/** The rebuild is found by its workflow run: the answer with the id of its row may have been lost. */
export interface CloseRebuildInput extends Pick<
  OpenRebuildInput,
  'teamId' | 'workflowId' | 'workflowRunId'
> {
  readonly status: 'FAILED' | 'CANCELLED';
  readonly errorCode: string;
  readonly errorMessage: string;
}

export type RemoveOldGenerationsInput = TeamInput;

export interface RemoveOldGenerationsResult {
  /** True when another call is needed. */
  readonly more: boolean;
}

/** Activities of the queue `compute`. Each may run twice: the second time changes nothing. */
export interface ComputeActivities {
  rollUpDirtyWeeks(input: RollUpDirtyWeeksInput): Promise<RollUpDirtyWeeksResult>;
  openRebuild(input: OpenRebuildInput): Promise<OpenRebuildResult>;
  applyDefinition(input: ApplyDefinitionInput): Promise<ApplyDefinitionResult>;
  rebuildWeeks(input: RebuildWeeksInput): Promise<RebuildWeeksResult>;
  finishRebuild(input: FinishRebuildInput): Promise<FinishRebuildResult>;
  closeRebuild(input: CloseRebuildInput): Promise<void>;
  removeOldGenerations(input: RemoveOldGenerationsInput): Promise<RemoveOldGenerationsResult>;
}

/** Workflow types, as they are registered and started. */
export const ROLLUP_WORKFLOWS = {
  rebuildRollups: 'rebuildRollups',
  rollUpTeam: 'rollUpTeam',
} as const;

/** The start of the rollup of a team's dirty weeks, for when no sync ends with one. */
export function toRollUpStart(input: RollUpTeamInput): WorkflowStart {
  return {
    workflowType: ROLLUP_WORKFLOWS.rollUpTeam,
    workflowId: rollUpTeamWorkflowId(input.teamId),
    taskQueue: 'compute',
    input,
    summary: 'Rollup of dirty weeks',
    teamId: input.teamId,
  };
}

/** What the rebuild of a team for a new definition computes: all weeks, with the settings as they are. */
export function toDefinitionRebuild(teamId: string): RebuildRollupsInput {
  return {
    teamId,
    reason: 'DEFINITION',
    isDryRun: false,
    from: null,
    to: null,
    timeZone: null,
    weekStart: null,
    requestedBy: null,
  };
}

/** The start of a rebuild. A team has one at a time: a second start joins it, and its input is not read. */
export function toRebuildStart(input: RebuildRollupsInput): WorkflowStart {
  const summaries = {
    REQUESTED: input.isDryRun ? 'Dry run of a rebuild' : 'Rebuild of weekly metrics',
    SETTINGS: 'Rebuild of weekly metrics for new settings',
    DEFINITION: 'Rebuild of weekly metrics for new definitions',
  };
  return {
    workflowType: ROLLUP_WORKFLOWS.rebuildRollups,
    workflowId: rebuildRollupsWorkflowId(input.teamId),
    taskQueue: 'compute',
    input,
    summary: summaries[input.reason],
    teamId: input.teamId,
  };
}

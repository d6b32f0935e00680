import type { WorkflowStart } from './launcher.ts';
import { TASK_QUEUES } from './task-queues.ts';
import { reconcileTeamWorkflowId } from './workflow-ids.ts';

/** Contracts of reconcile. Ids are decimal strings, instants ISO 8601 in UTC. */

export interface ReconcileTeamInput {
  readonly teamId: string;
  /** The state of the run before this one in the chain; null in the first run. */
  readonly carryOver: ReconcileCarryOver | null;
}

/** The state that one run of a chain hands to the next. */
export interface ReconcileCarryOver {
  readonly repositories: readonly ReconcileRepository[];
  readonly result: ReconcileTeamResult;
}

export interface ReconcileRepository {
  readonly repositoryId: string;
  /** `owner/name` when the run began, for summaries only. */
  readonly name: string;
}

export interface ReconcileTeamResult {
  readonly repositories: number;
  /** Repositories that could not be compared, each with the sentence that says what to do; the first 20. */
  readonly refused: readonly string[];
  /** Months in which GitHub and the database differed. */
  readonly drifted: number;
  /** Pull requests that were missing and are stored now, and those that are gone and marked as deleted. */
  readonly repaired: number;
  readonly removed: number;
}

/** GitHub's limit is reached: the same request is made again at that time. */
export interface ReconcileWait {
  readonly next: 'WAIT';
  readonly until: string;
  readonly reason: string;
}

export interface PlanReconcileInput {
  readonly teamId: string;
}

export interface PlanReconcileResult {
  readonly repositories: readonly ReconcileRepository[];
}

export interface VerifyRepositoryInput {
  readonly teamId: string;
  readonly repositoryId: string;
  /** True in the second pass, after the repair: the rows keep what was repaired. */
  readonly isSecondPass: boolean;
}

/** A part of a month in which the counts differ, from `from` up to but not including `to`. */
export interface DriftRange {
  readonly month: string;
  readonly from: string;
  readonly to: string;
}

export type VerifyRepositoryResult =
  | ReconcileWait
  | { readonly next: 'DONE'; readonly drift: readonly DriftRange[] }
  /** The repository is gone, or GitHub refuses it; its row says why. */
  | { readonly next: 'REFUSED'; readonly reason: string };

export interface RepairRangeInput extends DriftRange {
  readonly teamId: string;
  readonly repositoryId: string;
}

export type RepairRangeResult =
  | ReconcileWait
  /** The range has too many pull requests for one activity: its halves are repaired one after the other. */
  | { readonly next: 'SPLIT'; readonly at: string }
  | { readonly next: 'DONE'; readonly repaired: number; readonly removed: number };

/** Activities of the queue `sync` that compare with GitHub. Each may run twice: the second time changes nothing. */
export interface ReconcileActivities {
  /** Lists the repositories of a team whose first sync has ended. */
  planReconcile(input: PlanReconcileInput): Promise<PlanReconcileResult>;
  /** Brings a repository's metadata up to date, counts its months on GitHub and writes what differs. */
  verifyRepository(input: VerifyRepositoryInput): Promise<VerifyRepositoryResult>;
  /** Fetches what is missing in a range, and marks what is gone as deleted. */
  repairRange(input: RepairRangeInput): Promise<RepairRangeResult>;
}

/** Workflow types, as they are registered and started. */
export const RECONCILE_WORKFLOWS = { reconcileTeam: 'reconcileTeam' } as const;

/** The start of a team's reconcile, by a person or a schedule; a second start joins the first. */
export function toReconcileStart(teamId: string): WorkflowStart {
  const input: ReconcileTeamInput = { teamId, carryOver: null };
  return {
    workflowType: RECONCILE_WORKFLOWS.reconcileTeam,
    workflowId: reconcileTeamWorkflowId(teamId),
    taskQueue: TASK_QUEUES.sync,
    input,
    summary: 'Comparison with GitHub, month by month',
    teamId,
  };
}

import type { WorkflowStart } from './launcher.ts';
import { TASK_QUEUES } from './task-queues.ts';
import { reconcileTeamWorkflowId } from './workflow-ids.ts';

/** What crosses the Temporal border for reconcile. Ids are decimal strings, instants ISO 8601 in UTC. */

export interface ReconcileTeamInput {
  readonly teamId: string;
  /** What an earlier run of this chain left; null begins anew. */
  readonly carryOver: ReconcileCarryOver | null;
}

/** Where a chain of runs stands. */
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
  /** Months in which GitHub and the database did not agree. */
  readonly drifted: number;
  /** Pull requests that were missing and are stored now, and those that are gone and marked so. */
  readonly repaired: number;
  readonly removed: number;
}

/** GitHub's limit stands: the same is asked for again at that time. */
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
  /** True the second time, after healing: what was healed stays in the rows. */
  readonly isSecondPass: boolean;
}

/** A part of a month in which the counts differ; `to` lies behind it. */
export interface DriftRange {
  readonly month: string;
  readonly from: string;
  readonly to: string;
}

export type VerifyRepositoryResult =
  | ReconcileWait
  | { readonly next: 'DONE'; readonly drift: readonly DriftRange[] }
  /** Gone or refused; its row says why. */
  | { readonly next: 'REFUSED'; readonly reason: string };

export interface RepairRangeInput extends DriftRange {
  readonly teamId: string;
  readonly repositoryId: string;
}

export type RepairRangeResult =
  | ReconcileWait
  /** Too many pull requests for one activity: the halves are healed one after the other. */
  | { readonly next: 'SPLIT'; readonly at: string }
  | { readonly next: 'DONE'; readonly repaired: number; readonly removed: number };

/** Activities of the queue `sync` that compare with GitHub. Every one may run twice: the second time changes nothing. */
export interface ReconcileActivities {
  /** The repositories of a team whose first walk has ended. */
  planReconcile(input: PlanReconcileInput): Promise<PlanReconcileResult>;
  /** Brings a repository's metadata up to date, counts its months on GitHub and writes what differs. */
  verifyRepository(input: VerifyRepositoryInput): Promise<VerifyRepositoryResult>;
  /** Fetches what is missing of a range, and marks what is gone. */
  repairRange(input: RepairRangeInput): Promise<RepairRangeResult>;
}

/** Names of workflow types, as they are registered and started. */
export const RECONCILE_WORKFLOWS = { reconcileTeam: 'reconcileTeam' } as const;

/** How reconcile of a team is started, by hand and by schedule; a second start joins the first. */
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

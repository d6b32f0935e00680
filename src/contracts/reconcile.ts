import type { RepositoryInput, TeamInput } from './keys.ts';
import type { WorkflowStart } from './launcher.ts';
import type { ResolvedRepository } from './sync.ts';
import type { WaitStep } from './wait.ts';
import { reconcileTeamWorkflowId } from './workflow-ids.ts';

/** Contracts of reconcile. Ids are decimal strings, instants ISO 8601 in UTC. */

export interface ReconcileTeamInput extends TeamInput {
  /** The state of the run before this one in the chain; null in the first run. */
  readonly carryOver: ReconcileCarryOver | null;
}

/** The state that one run of a chain hands to the next. */
export interface ReconcileCarryOver {
  readonly repositories: readonly ResolvedRepository[];
  readonly result: ReconcileTeamResult;
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

export type PlanReconcileInput = TeamInput;

export interface PlanReconcileResult {
  readonly repositories: readonly ResolvedRepository[];
}

export interface VerifyRepositoryInput extends RepositoryInput {
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
  | WaitStep
  | { readonly next: 'DONE'; readonly drift: readonly DriftRange[] }
  /** The repository is gone, or GitHub refuses it; its row says why. */
  | { readonly next: 'REFUSED'; readonly reason: string };

export type RepairRangeInput = RepositoryInput & DriftRange;

export type RepairRangeResult =
  | WaitStep
  /** The range has too many pull requests for one activity: its halves are repaired one after the other. `total` as below. */
  | { readonly next: 'SPLIT'; readonly at: string; readonly total?: number }
  | {
      readonly next: 'DONE';
      readonly repaired: number;
      readonly removed: number;
      /** How many pull requests GitHub's search counts in the range; absent where an activity of the release before answered. */
      readonly total?: number;
    };

export interface RecordUnlistedMonthInput extends RepositoryInput {
  readonly month: string;
  /** A sentence: why the rest of the month is not repaired. */
  readonly reason: string;
}

/** Activities of the queue `sync` that compare with GitHub. Each may run twice: the second time changes nothing. */
export interface ReconcileActivities {
  /** Lists the repositories of a team whose first sync has ended. */
  planReconcile(input: PlanReconcileInput): Promise<PlanReconcileResult>;
  /** Brings a repository's metadata up to date, counts its months on GitHub and writes what differs. */
  verifyRepository(input: VerifyRepositoryInput): Promise<VerifyRepositoryResult>;
  /** Fetches what is missing in a range, and marks what is gone as deleted. */
  repairRange(input: RepairRangeInput): Promise<RepairRangeResult>;
  /** Dead-letters what is missing of a month that GitHub's search cannot be asked for; resolved once nothing is missing. */
  recordUnlistedMonth(input: RecordUnlistedMonthInput): Promise<void>;
}

/** Workflow types, as they are registered and started. */
export const RECONCILE_WORKFLOWS = { reconcileTeam: 'reconcileTeam' } as const;

/** The start of a team's reconcile, by a person or a schedule; a second start joins the first. */
export function toReconcileStart(teamId: string): WorkflowStart {
  const input: ReconcileTeamInput = { teamId, carryOver: null };
  return {
    workflowType: RECONCILE_WORKFLOWS.reconcileTeam,
    workflowId: reconcileTeamWorkflowId(teamId),
    taskQueue: 'sync',
    input,
    summary: 'Comparison with GitHub, month by month',
    teamId,
  };
}

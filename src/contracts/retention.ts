import type { RetentionKind } from '../domain/retention/retention.ts';
import type { WorkflowStart } from './launcher.ts';
import { applyRetentionWorkflowId } from './workflow-ids.ts';

/** Contracts of retention and housekeeping. Ids are decimal strings, days YYYY-MM-DD. */

export interface ApplyRetentionInput {
  /** Null stands for all teams, and the partitions that none of them needs any more. */
  readonly teamId: string | null;
  /** Days to keep, 30 to 3650, instead of the teams' settings; null uses the settings. */
  readonly days: number | null;
  /** Null stands for all kinds. */
  readonly kind: RetentionKind | null;
  /** The user who asked; null when the schedule did. */
  readonly requestedBy: string | null;
  /** The state of the run before this one in the chain; null in the first run. */
  readonly carryOver: RetentionCarryOver | null;
}

/** The state that one run of a chain hands to the next. */
export interface RetentionCarryOver {
  /** The last team that was processed. */
  readonly after: string;
  readonly result: ApplyRetentionResult;
}

export interface ApplyRetentionResult {
  readonly teams: number;
  /** Rows that are gone, with those of whole months. */
  readonly rowsDeleted: number;
  /** Rows that were deleted in batches, by table. */
  readonly rowsByTable: Readonly<Record<string, number>>;
  /** Names of the partitions that were dropped, and of those that were locked by somebody. */
  readonly partitionsDropped: readonly string[];
  readonly partitionsBusy: readonly string[];
  /** Teams whose AI usage was not deleted this time, because weeks of it are not rolled up yet. */
  readonly teamsWaiting: number;
  /** What could not be done by this worker, one sentence each. */
  readonly skipped: readonly string[];
}

export interface DropPartitionsInput {
  readonly days: number | null;
  readonly requestedBy: string | null;
}

export interface DropPartitionsResult {
  readonly dropped: readonly string[];
  readonly busy: readonly string[];
  readonly rows: number;
  /** Why something was left undone; null when nothing was. */
  readonly skipped: string | null;
}

export interface PlanRetentionInput {
  /** One team alone; null stands for the next teams after `after`. */
  readonly teamId: string | null;
  readonly after: string;
  readonly days: number | null;
  readonly kind: RetentionKind | null;
}

/** A table with rows of a team that are to be deleted; the cutoff is the first day that stays. */
export interface ExpiredTable {
  readonly teamId: string;
  readonly table: string;
  readonly cutoff: string;
  readonly rows: number;
}

export interface PlanRetentionResult {
  /** How many teams were planned. */
  readonly teams: number;
  readonly tables: readonly ExpiredTable[];
  /** The last team of this call; null when no more teams follow. */
  readonly next: string | null;
}

export interface DeleteExpiredRowsInput {
  readonly teamId: string;
  readonly table: string;
  readonly cutoff: string;
  readonly requestedBy: string | null;
}

export interface DeleteExpiredRowsResult {
  readonly rows: number;
  /** True when another call is needed. */
  readonly more: boolean;
  /** True when the rows were not deleted, because weeks of them are not rolled up yet. */
  readonly isWaiting: boolean;
}

export interface RefreshStatisticsInput {
  readonly tables: readonly string[];
}

export interface RollUpTeamsInput {
  /** The last team that was processed; 0 begins with the first. */
  readonly after: string;
}

export interface RollUpTeamsResult {
  /** The last team of this call; null when no more teams follow. */
  readonly next: string | null;
}

export interface DeleteOldWebhooksInput {
  /** The last team that was processed; 0 begins with the first. */
  readonly after: string;
}

export interface DeleteOldWebhooksResult {
  /** The last team of this call; null when no more teams follow. */
  readonly next: string | null;
}

/** Housekeeping has no options; its input is an object so that some can be added. */
export type HousekeepingInput = Readonly<Record<string, never>>;

export interface HousekeepingResult {
  /** First days of the coming months whose partitions exist. */
  readonly months: readonly string[];
  /** How many foreign keys were checked because PostgreSQL does not enforce them. */
  readonly keysChecked: number;
  readonly skipped: readonly string[];
}

export interface EnsurePartitionsResult {
  readonly months: readonly string[];
}

export interface CountOrphansResult {
  readonly keysChecked: number;
  /** Foreign keys with rows that refer to rows that do not exist. */
  readonly orphans: readonly { readonly constraint: string; readonly rows: number }[];
  readonly skipped: string | null;
}

/** Activities of the queue `compute`. Each may run twice: the second time changes nothing. */
export interface RetentionActivities {
  rollUpTeams(input: RollUpTeamsInput): Promise<RollUpTeamsResult>;
  dropExpiredPartitions(input: DropPartitionsInput): Promise<DropPartitionsResult>;
  planRetention(input: PlanRetentionInput): Promise<PlanRetentionResult>;
  deleteExpiredRows(input: DeleteExpiredRowsInput): Promise<DeleteExpiredRowsResult>;
  refreshStatistics(input: RefreshStatisticsInput): Promise<void>;
  ensureUsagePartitions(input: HousekeepingInput): Promise<EnsurePartitionsResult>;
  /** Deletes webhooks older than 30 days and syncs older than 90 days, of the next teams. */
  deleteOldWebhooks(input: DeleteOldWebhooksInput): Promise<DeleteOldWebhooksResult>;
  countOrphans(input: HousekeepingInput): Promise<CountOrphansResult>;
}

/** Workflow types, as they are registered and started. */
export const RETENTION_WORKFLOWS = {
  applyRetention: 'applyRetention',
  runHousekeeping: 'runHousekeeping',
} as const;

/** The start of retention, by a person or a schedule. */
export function toRetentionStart(input: Omit<ApplyRetentionInput, 'carryOver'>): WorkflowStart {
  return {
    workflowType: RETENTION_WORKFLOWS.applyRetention,
    workflowId: applyRetentionWorkflowId(input.teamId),
    taskQueue: 'compute',
    input: { ...input, carryOver: null } satisfies ApplyRetentionInput,
    summary: input.teamId === null ? 'Retention of all teams' : 'Retention of one team',
    teamId: input.teamId,
  };
}

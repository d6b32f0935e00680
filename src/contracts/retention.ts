import type { RetentionKind } from '../domain/retention/retention.ts';
import type { WorkflowStart } from './launcher.ts';
import { applyRetentionWorkflowId } from './workflow-ids.ts';

/** What crosses the Temporal border for retention and housekeeping. Ids are decimal strings, days YYYY-MM-DD. */

export interface ApplyRetentionInput {
  /** Null: all teams, and the partitions that none of them needs any more. */
  readonly teamId: string | null;
  /** Instead of the settings of the teams, 30 to 3650; null takes the settings. */
  readonly days: number | null;
  /** Null means all kinds. */
  readonly kind: RetentionKind | null;
  /** The user who asked; null when the schedule did. */
  readonly requestedBy: string | null;
  /** What an earlier run of this chain left; null begins anew. */
  readonly carryOver: RetentionCarryOver | null;
}

/** Where a chain of runs stands. */
export interface RetentionCarryOver {
  /** The last team that is done. */
  readonly after: string;
  readonly result: ApplyRetentionResult;
}

export interface ApplyRetentionResult {
  readonly teams: number;
  readonly rowsDeleted: number;
  /** Names of the partitions that went, and of those that somebody still held. */
  readonly partitionsDropped: readonly string[];
  readonly partitionsBusy: readonly string[];
  /** Teams whose AI usage stays this time, because weeks of it are not rolled up yet. */
  readonly teamsWaiting: number;
  /** What could not be done here, one sentence each. */
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
  /** What was not done, and why; null when all was. */
  readonly skipped: string | null;
}

export interface PlanRetentionInput {
  /** One team alone; null takes the next teams behind `after`. */
  readonly teamId: string | null;
  readonly after: string;
  readonly days: number | null;
  readonly kind: RetentionKind | null;
}

/** A table of a team with rows that go; the cutoff is the first day that stays. */
export interface ExpiredTable {
  readonly teamId: string;
  readonly table: string;
  readonly cutoff: string;
  readonly rows: number;
}

export interface PlanRetentionResult {
  /** Teams that were looked at. */
  readonly teams: number;
  readonly tables: readonly ExpiredTable[];
  /** The last of the teams; null when there are no more behind it. */
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
  /** True when the rows stay, because weeks of them are not rolled up yet. */
  readonly isWaiting: boolean;
}

export interface RefreshStatisticsInput {
  readonly tables: readonly string[];
}

export interface RollUpTeamsInput {
  /** The last team that is done; 0 begins with the first. */
  readonly after: string;
}

export interface RollUpTeamsResult {
  /** The last of the teams; null when there are no more behind it. */
  readonly next: string | null;
}

export interface DeleteOldWebhooksInput {
  /** The last team that is done; 0 begins with the first. */
  readonly after: string;
}

export interface DeleteOldWebhooksResult {
  /** The last of the teams; null when there are no more behind it. */
  readonly next: string | null;
}

/** Housekeeping has nothing to choose; an object all the same, so that something can be added. */
export type HousekeepingInput = Readonly<Record<string, never>>;

export interface HousekeepingResult {
  /** First days of the months that have their partition ahead of time. */
  readonly months: readonly string[];
  /** Foreign keys that were looked at because PostgreSQL does not enforce them. */
  readonly keysChecked: number;
  readonly skipped: readonly string[];
}

export interface EnsurePartitionsResult {
  readonly months: readonly string[];
}

export interface CountOrphansResult {
  readonly keysChecked: number;
  /** Keys with rows that name what is not there. */
  readonly orphans: readonly { readonly constraint: string; readonly rows: number }[];
  readonly skipped: string | null;
}

/** Activities of the queue `compute`. Every one may run twice: the second time changes nothing. */
export interface RetentionActivities {
  rollUpTeams(input: RollUpTeamsInput): Promise<RollUpTeamsResult>;
  dropExpiredPartitions(input: DropPartitionsInput): Promise<DropPartitionsResult>;
  planRetention(input: PlanRetentionInput): Promise<PlanRetentionResult>;
  deleteExpiredRows(input: DeleteExpiredRowsInput): Promise<DeleteExpiredRowsResult>;
  refreshStatistics(input: RefreshStatisticsInput): Promise<void>;
  ensureUsagePartitions(input: HousekeepingInput): Promise<EnsurePartitionsResult>;
  /** Deletes of the next teams webhooks that came more than 30 days ago, and what ran more than 90 days ago. */
  deleteOldWebhooks(input: DeleteOldWebhooksInput): Promise<DeleteOldWebhooksResult>;
  countOrphans(input: HousekeepingInput): Promise<CountOrphansResult>;
}

/** Names of workflow types, as they are registered and started. */
export const RETENTION_WORKFLOWS = {
  applyRetention: 'applyRetention',
  runHousekeeping: 'runHousekeeping',
} as const;

/** How retention is started, by hand and by schedule. */
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

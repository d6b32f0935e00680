import type { WorkflowStart } from './launcher.ts';
import { TASK_QUEUES } from './task-queues.ts';
import { syncAiUsageWorkflowId } from './workflow-ids.ts';

/** What crosses the Temporal border for AI usage. Days are UTC days, `YYYY-MM-DD`; ids are decimal strings. */

export interface SyncAiUsageInput {
  readonly teamId: string;
  /** Login of the organisation whose reports are read. */
  readonly organization: string;
  /** What an earlier run of this chain left; null plans anew. */
  readonly carryOver: AiUsageCarryOver | null;
}

/** Where a chain of runs stands. */
export interface AiUsageCarryOver {
  /** Days that are still to be asked for, newest first. */
  readonly days: readonly string[];
  readonly progress: AiUsageProgress;
}

export interface AiUsageProgress {
  readonly daysDone: number;
  /** Rows that were inserted or changed. */
  readonly rowsWritten: number;
  /** Rows that could not be read; ai_usage_report says which and why. */
  readonly rowsRefused: number;
}

export type SyncAiUsageResult = AiUsageProgress;

/** A source by its key. */
export interface AiUsageSourceInput {
  readonly teamId: string;
  readonly organization: string;
}

export interface OpenAiUsageSyncResult {
  readonly days: readonly string[];
}

export interface SyncAiUsageDaysInput extends AiUsageSourceInput {
  readonly days: readonly string[];
}

/** What stands in the way, with a sentence that says what to do: nothing more is asked for in this run. */
export interface AiUsageStop {
  readonly status: string;
  readonly reason: string;
}

/** GitHub's limit stands: the same is asked for again at that time. */
export interface AiUsageWait {
  readonly until: string;
  readonly reason: string;
}

export interface SyncAiUsageDaysResult extends AiUsageProgress {
  /** Days of the input that were not reached. */
  readonly daysLeft: readonly string[];
  readonly wait: AiUsageWait | null;
  readonly stop: AiUsageStop | null;
}

export interface SyncAiSeatsResult {
  /** Null when GitHub does not show them to this token. */
  readonly seats: number | null;
  readonly wait: AiUsageWait | null;
  readonly stop: AiUsageStop | null;
}

/** Activities of the queue `sync` that read usage reports. Every one may run twice: the second time changes nothing. */
export interface AiUsageActivities {
  /** Makes the source's row when it is not there, and plans the days to ask for: those without a final report, newest first, and the last three again. */
  openAiUsageSync(input: AiUsageSourceInput): Promise<OpenAiUsageSyncResult>;
  syncAiUsageDays(input: SyncAiUsageDaysInput): Promise<SyncAiUsageDaysResult>;
  syncAiSeats(input: AiUsageSourceInput): Promise<SyncAiSeatsResult>;
}

/** Names of workflow types, as they are registered and started. */
export const AI_USAGE_WORKFLOWS = { syncAiUsage: 'syncAiUsage' } as const;

/** How the sync of one source is started, by hand and by schedule; a second start joins the first. */
export function toAiUsageStart({ teamId, organization }: AiUsageSourceInput): WorkflowStart {
  const input: SyncAiUsageInput = { teamId, organization, carryOver: null };
  return {
    workflowType: AI_USAGE_WORKFLOWS.syncAiUsage,
    workflowId: syncAiUsageWorkflowId(teamId, organization),
    taskQueue: TASK_QUEUES.sync,
    input,
    summary: `Copilot usage of ${organization}`,
    teamId,
  };
}

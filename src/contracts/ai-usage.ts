import type { TeamInput } from './keys.ts';
import type { WorkflowStart } from './launcher.ts';
import type { Wait } from './wait.ts';
import { syncAiUsageWorkflowId } from './workflow-ids.ts';

/** Contracts of AI usage. Days are UTC days, `YYYY-MM-DD`; ids are decimal strings. */

/** The key of a source of AI usage. */
export interface AiUsageSourceInput extends TeamInput {
  /** Login of the organisation whose reports are read. */
  readonly organization: string;
}

export interface SyncAiUsageInput extends AiUsageSourceInput {
  /** The state of the run before this one in the chain; null in the first run, which plans the days. */
  readonly carryOver: AiUsageCarryOver | null;
}

/** The state that one run of a chain hands to the next. */
export interface AiUsageCarryOver {
  /** Days that have not been read yet, newest first. */
  readonly days: readonly string[];
  readonly progress: AiUsageProgress;
}

export interface AiUsageProgress {
  readonly daysDone: number;
  /** Rows that were inserted or changed. */
  readonly rowsWritten: number;
  /** Rows that could not be read; ai_usage_report holds which and why. */
  readonly rowsRefused: number;
}

export type SyncAiUsageResult = AiUsageProgress;

export interface OpenAiUsageSyncResult {
  readonly days: readonly string[];
}

export interface SyncAiUsageDaysInput extends AiUsageSourceInput {
  readonly days: readonly string[];
}

/** An obstacle that ends the run, with a sentence that says what to do. */
export interface AiUsageStop {
  readonly status: string;
  readonly reason: string;
}

/** Why not all could be read; both are null when it was. */
export interface AiUsageHalt {
  /** GitHub's limit is reached: the same request is made again at that time. */
  readonly wait: Wait | null;
  readonly stop: AiUsageStop | null;
}

export interface SyncAiUsageDaysResult extends AiUsageProgress, AiUsageHalt {
  /** Days of the input that were not read. */
  readonly daysLeft: readonly string[];
}

export interface SyncAiSeatsResult extends AiUsageHalt {
  /** Null when GitHub does not show them to this token. */
  readonly seats: number | null;
}

/** Activities of the queue `sync` that read usage reports. Each may run twice: the second time changes nothing. */
export interface AiUsageActivities {
  /**
   * Creates the source's row where it is missing, and plans the days to read: those without a final report, newest first,
   * and the last three again.
   */
  openAiUsageSync(input: AiUsageSourceInput): Promise<OpenAiUsageSyncResult>;
  syncAiUsageDays(input: SyncAiUsageDaysInput): Promise<SyncAiUsageDaysResult>;
  syncAiSeats(input: AiUsageSourceInput): Promise<SyncAiSeatsResult>;
}

/** Workflow types, as they are registered and started. */
export const AI_USAGE_WORKFLOWS = { syncAiUsage: 'syncAiUsage' } as const;

/** The start of one source's sync, by a person or a schedule; a second start joins the first. */
export function toAiUsageStart({ teamId, organization }: AiUsageSourceInput): WorkflowStart {
  const input: SyncAiUsageInput = { teamId, organization, carryOver: null };
  return {
    workflowType: AI_USAGE_WORKFLOWS.syncAiUsage,
    workflowId: syncAiUsageWorkflowId(teamId, organization),
    taskQueue: 'sync',
    input,
    summary: `Copilot usage of ${organization}`,
    teamId,
  };
}

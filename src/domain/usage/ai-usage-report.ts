import type { ActorFact } from '../members/actor.ts';
import type { AiUsageActivity, AiUsageFact } from './ai-usage.ts';
import type { CalendarDate } from '../rollups/week.ts';

/** What a row of a report was refused for. */
export type ReportRowProblem =
  /** No JSON object, or not of the form that the source documents. */
  | 'MALFORMED'
  /** Bytes that are no UTF-8, or NUL bytes. */
  | 'BAD_TEXT'
  | 'TOO_LONG'
  /** A count that is missing, negative, no whole number, or beyond what a person can do in a day. */
  | 'BAD_COUNT'
  /** More was accepted than shown. */
  | 'WRONG_DAY'
  /** Names nobody: such usage lands on no person. */
  | 'NO_USER'
  /** The same user, language or editor a second time: the first row counts. */
  | 'DUPLICATE';

/** A row that was left out, with its line number. The reason is one sentence and holds nothing secret. */
export interface RefusedReportRow {
  /** Which of the report's files, from 1. */
  readonly file: number;
  /** Line within the file, from 1. */
  readonly line: number;
  readonly problem: ReportRowProblem;
  readonly reason: string;
}

/** What one account did on the report's day. */
export interface AiUserUsage {
  readonly actor: ActorFact;
  readonly usage: AiUsageFact;
  /** Names of what the row holds and nobody here knows: it does not count. */
  readonly unknown?: readonly string[];
}

/** What usage of a whole organisation is counted by. */
export type AiUsageDimension = 'TOTAL' | 'LANGUAGE' | 'EDITOR' | 'FEATURE' | 'MODEL';

/** Usage of a whole organisation on one UTC day; never of a person. */
export interface AiUsageTotalFact extends AiUsageActivity {
  readonly date: CalendarDate;
  readonly dimension: AiUsageDimension;
  /** Which language, editor, feature or model; empty for the total. */
  readonly name: string;
  /** Distinct people; null where the report does not say. */
  readonly activeUsers: number | null;
}

/** A paid seat. */
export interface AiSeatFact {
  readonly actor: ActorFact;
  readonly plan: string | null;
  /** What was used last, as the source names it: `vscode/1.104.1`. */
  readonly editor: string | null;
  readonly assignedAt: Date | null;
  readonly lastActivityAt: Date | null;
  readonly pendingCancellationOn: CalendarDate | null;
}

/** Seats as they are billed. */
export interface AiSeatCounts {
  readonly total: number;
  readonly activeThisCycle: number;
  readonly inactiveThisCycle: number;
  readonly pendingCancellation: number;
}

/** Which of a day's two reports. */
export type AiReportKind = 'USERS' | 'ORGANIZATION';

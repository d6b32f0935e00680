import type { CalendarDate } from '../rollups/week.ts';

/** Tools whose usage is counted apart. */
export const AI_USAGE_SOURCES = ['COPILOT', 'CURSOR', 'CLAUDE_CODE', 'OTHER'] as const;
export type AiUsageSource = (typeof AI_USAGE_SOURCES)[number];

/** What one person did with one tool on one UTC day. Counts are whole and not negative; accepted never exceeds shown. */
export interface AiUsageCounts {
  readonly suggestionsShown: number;
  readonly suggestionsAccepted: number;
  readonly linesSuggested: number;
  readonly linesAccepted: number;
  readonly interactions: number;
  /** 0 to 24 with two decimals; null where the tool does not say. */
  readonly activeHours: number | null;
  /** The tool's own currency with four decimals; null where it has none. */
  readonly credits: number | null;
}

export interface AiUsageFact extends AiUsageCounts {
  readonly date: CalendarDate;
  readonly source: AiUsageSource;
}

/** Accepted by shown, 0 to 1; null when none was shown. Sums are divided, rates are never averaged. */
export function acceptanceRateOf(sums: {
  readonly suggestionsShown: bigint;
  readonly suggestionsAccepted: bigint;
}): number | null {
  return sums.suggestionsShown === 0n
    ? null
    : Number(sums.suggestionsAccepted) / Number(sums.suggestionsShown);
}

import type { CalendarDate } from '../rollups/week.ts';

/** Tools whose usage is counted apart. */
export const AI_USAGE_SOURCES = ['COPILOT', 'CURSOR', 'CLAUDE_CODE', 'OTHER'] as const;
export type AiUsageSource = (typeof AI_USAGE_SOURCES)[number];

/** What was done with a tool. Counts are whole and not negative; accepted never exceeds shown. Sums are bigints. */
export interface AiUsageActivity<Count extends number | bigint = number> {
  readonly suggestionsShown: Count;
  readonly suggestionsAccepted: Count;
  readonly linesSuggested: Count;
  readonly linesAccepted: Count;
  readonly interactions: Count;
}

/** What one person did with one tool on one UTC day. */
export interface AiUsageCounts extends AiUsageActivity {
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
export function acceptanceRateOf(
  sums: Pick<AiUsageActivity<bigint>, 'suggestionsShown' | 'suggestionsAccepted'>,
): number | null {
  return sums.suggestionsShown === 0n
    ? null
    : Number(sums.suggestionsAccepted) / Number(sums.suggestionsShown);
}

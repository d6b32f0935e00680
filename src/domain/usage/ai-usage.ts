import type { CalendarDate } from '../rollups/week.ts';

/** Tools whose usage is counted apart. */
export const AI_USAGE_SOURCES = ['COPILOT', 'CURSOR', 'CLAUDE_CODE', 'OTHER'] as const;
export type AiUsageSource = (typeof AI_USAGE_SOURCES)[number];

/**
 * What was done with a tool. Counts are whole and not negative; sums are bigints. More may be accepted than was shown:
 * agents' edits follow no suggestion, and an acceptance may come a day after what it accepts.
 */
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
  /** True where the source says that the tool was used although none of the numbers does; only reports of GitHub do. */
  readonly isMarkedUsed?: boolean;
  readonly date: CalendarDate;
  readonly source: AiUsageSource;
}

/** Why there is no acceptance rate. */
export type MissingRateReason = 'NOTHING_SHOWN' | 'ACCEPTED_EXCEEDS_SHOWN';

type Suggestions = Pick<AiUsageActivity<bigint>, 'suggestionsShown' | 'suggestionsAccepted'>;

/** Why accepted by shown is no rate; null where it is one. */
export function missingRateReasonOf(sums: Suggestions): MissingRateReason | null {
  if (sums.suggestionsAccepted > sums.suggestionsShown) {
    return 'ACCEPTED_EXCEEDS_SHOWN';
  }
  return sums.suggestionsShown === 0n ? 'NOTHING_SHOWN' : null;
}

/** Accepted by shown, 0 to 1; null for a reason. Sums are divided, rates are never averaged. */
export function acceptanceRateOf(sums: Suggestions): number | null {
  return missingRateReasonOf(sums) === null
    ? Number(sums.suggestionsAccepted) / Number(sums.suggestionsShown)
    : null;
}

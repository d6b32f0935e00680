import type { AiUsageCounts } from './ai-usage.ts';

/** Suggestions, lines or interactions of one person, tool and day: a machine that never sleeps stays below it. */
export const MAX_DAILY_COUNT = 10_000_000;

const MAX_DAILY_HOURS = 24;

/** Far above what anybody spends in a day, and far below what the column holds. */
export const MAX_DAILY_CREDITS = 1_000_000;

/** A column that holds a number. */
export interface AiUsageNumber {
  readonly key: keyof AiUsageCounts;
  readonly column: string;
  readonly max: number;
  /** Decimals that are kept; 0 takes whole numbers only. */
  readonly decimals: number;
  /** What a row without it means. */
  readonly absent: 0 | null;
  readonly meaning: string;
}

const count = (key: keyof AiUsageCounts, column: string, meaning: string): AiUsageNumber => {
  return { key, column, max: MAX_DAILY_COUNT, decimals: 0, absent: 0, meaning };
};

/** The numbers of a row, in the order in which they are documented. */
export const AI_USAGE_NUMBERS: readonly AiUsageNumber[] = [
  count('suggestionsShown', 'suggestions_shown', 'suggestions shown'),
  count(
    'suggestionsAccepted',
    'suggestions_accepted',
    'suggestions accepted, no more than were shown',
  ),
  count('linesSuggested', 'lines_suggested', 'lines of code suggested'),
  count('linesAccepted', 'lines_accepted', 'lines of code accepted'),
  count('interactions', 'interactions', 'prompts and other requests to the tool'),
  {
    key: 'activeHours',
    column: 'active_hours',
    max: MAX_DAILY_HOURS,
    decimals: 2,
    absent: null,
    meaning: `hours with the tool, 0 to ${MAX_DAILY_HOURS}, kept to 2 decimals; unknown when absent`,
  },
  {
    key: 'credits',
    column: 'credits',
    max: MAX_DAILY_CREDITS,
    decimals: 4,
    absent: null,
    meaning: 'what the tool charged, in its own unit, kept to 4 decimals; unknown when absent',
  },
];

/** A column as senders name it: files by `column`, the API by `key`. */
export interface AiUsageColumn {
  readonly key: string;
  readonly column: string;
  readonly isRequired: boolean;
  readonly meaning: string;
}

/** All columns of a row, in the order in which they are documented. */
export const AI_USAGE_COLUMNS: readonly AiUsageColumn[] = [
  {
    key: 'login',
    column: 'login',
    isRequired: true,
    meaning: "the member's login on GitHub, in upper or lower case",
  },
  {
    key: 'date',
    column: 'date',
    isRequired: true,
    meaning: 'the UTC day, as YYYY-MM-DD, from 2000 on and not in the future',
  },
  ...AI_USAGE_NUMBERS.map(({ key, column, meaning, absent }) => ({
    key,
    column,
    isRequired: false,
    meaning: absent === 0 ? `${meaning}; 0 when absent` : meaning,
  })),
];

/** How the sender spells columns. */
export type AiUsageSpelling = 'key' | 'column';

const NAMES: Readonly<Record<AiUsageSpelling, ReadonlySet<string>>> = {
  key: new Set(AI_USAGE_COLUMNS.map(({ key }) => key)),
  column: new Set(AI_USAGE_COLUMNS.map(({ column }) => column)),
};

/** Whether a row may have this column. */
export function isAiUsageColumn(name: string, spelling: AiUsageSpelling): boolean {
  return NAMES[spelling].has(name);
}

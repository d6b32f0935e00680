import { excerpt } from '../../domain/core/excerpt.ts';
import type { CalendarDate } from '../../domain/rollups/week.ts';

/**
 * Since this day GitHub counts from its servers too who used Copilot, without saying for what: a row that holds nothing
 * is of somebody who used it. (Documentation of the usage metrics, read 2026-11-29.)
 */
const FIRST_DAY_OF_SERVER_ROWS: CalendarDate = '2026-06-15';

/** What names the row, or describes its member over more than the day. */
const DESCRIPTIONS: ReadonlySet<string> = new Set([
  'day',
  'user_id',
  'user_login',
  'organization_id',
  'enterprise_id',
  'ai_adoption_phase',
]);

/** Counts of what a member did. */
const COUNTS: ReadonlySet<string> = new Set([
  'user_initiated_interaction_count',
  'code_generation_activity_count',
  'code_acceptance_activity_count',
  'loc_suggested_to_add_sum',
  'loc_suggested_to_delete_sum',
  'loc_added_sum',
  'loc_deleted_sum',
  'ai_credits_used',
]);

/** Lists and objects with counts of what a member did. */
const BLOCKS: ReadonlySet<string> = new Set([
  'totals_by_ide',
  'totals_by_feature',
  'totals_by_language_feature',
  'totals_by_language_model',
  'totals_by_model_feature',
  'totals_by_cli',
  'totals_by_copilot_app',
  'totals_by_3rd_party_agent',
]);

/** Copilot that was set on a member's pull request by itself: `used_copilot_code_review_passive`. */
const WITHOUT_ASKING = /passive|automatic/i;

const COUNT_NAME = /_(?:count|sum|used)$/;
const MAX_DEPTH = 3;

/** What a row says beside its numbers. */
export interface CopilotUse {
  /** Whether it says that the member used Copilot that day. */
  readonly isUse: boolean;
  /** Names of what it holds and nobody here knows, fit to be shown. */
  readonly unknown: readonly string[];
}

/**
 * Whether a row of the report per user is one of a day of use: any count, credit or mark of something that the member
 * did, or nothing at all on a day on which GitHub reports users so.
 */
export function readUse(row: Readonly<Record<string, unknown>>, day: CalendarDate): CopilotUse {
  let isUse = false;
  let isEmpty = true;
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(row)) {
    if (DESCRIPTIONS.has(name) || !holdsAnything(value)) {
      continue;
    }
    const isMark = name.startsWith('used_') && value === true;
    if (COUNTS.has(name) || (BLOCKS.has(name) && hasCount(value, MAX_DEPTH))) {
      isUse = true;
    } else if (isMark) {
      isUse ||= !WITHOUT_ASKING.test(name);
    } else if (!BLOCKS.has(name) && typeof value !== 'string') {
      unknown.push(excerpt(name));
    } else {
      continue;
    }
    isEmpty = false;
  }
  return { isUse: isUse || (isEmpty && day >= FIRST_DAY_OF_SERVER_ROWS), unknown };
}

/** Whether a value is more than the way to say that there is nothing. */
function holdsAnything(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) {
    return Object.values(value).some(holdsOne);
  }
  return holdsOne(value);
}

function holdsOne(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== 0 && value !== '';
}

/** Whether any count within is above zero. */
function hasCount(value: unknown, depth: number): boolean {
  return (
    depth > 0 &&
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).some(([name, part]) =>
      typeof part === 'number' ? COUNT_NAME.test(name) && part > 0 : hasCount(part, depth - 1),
    )
  );
}

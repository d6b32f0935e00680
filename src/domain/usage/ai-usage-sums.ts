import { DomainError } from '../core/errors.ts';
import { formatCount } from '../core/quantities.ts';
import type { CalendarDate } from '../rollups/week.ts';
import { AI_USAGE_NUMBERS } from './ai-usage-columns.ts';
import type { AiUsageCounts, AiUsageSource } from './ai-usage.ts';
import type { TakenAiUsageRow } from './ai-usage-intake.ts';
import type { AiUsageProblem } from './ai-usage-row.ts';

/** Months of members that are added up at the most: some 100 MB. */
const MAX_SUMMED_MONTHS = 50_000;

const DAYS_PER_MONTH = 31;
const FIELDS = AI_USAGE_NUMBERS.length;

/** Adds up rows of the same member and day. Its memory grows with members and months, not with rows. */
export interface AiUsageSums {
  /**
   * @returns null when the row was added, or why the day cannot hold it: nothing of the row is added then
   * @throws DomainError LIMIT_EXCEEDED beyond the months of members
   */
  add(row: TakenAiUsageRow): AiUsageProblem | null;
  /** Days of members that rows were added to. */
  readonly days: number;
  /** One row a member and day, member by member and month by month. */
  rows(): Generator<TakenAiUsageRow>;
}

/**
 * @param source of all rows
 * @param maxMonths of members, each with up to 31 days
 */
export function createAiUsageSums(
  source: AiUsageSource,
  maxMonths = MAX_SUMMED_MONTHS,
): AiUsageSums {
  /** By member and month (`2026-03`) the fields of each day as whole numbers of their last decimal; NaN: no value. */
  const byMember = new Map<bigint, Map<string, Float64Array>>();
  let months = 0;
  let days = 0;

  function daysOf(memberId: bigint, month: string): Float64Array {
    const ofMember = byMember.get(memberId) ?? new Map<string, Float64Array>();
    byMember.set(memberId, ofMember);
    const known = ofMember.get(month);
    if (known !== undefined) {
      return known;
    }
    months += 1;
    if (months > maxMonths) {
      throw new DomainError(
        'LIMIT_EXCEEDED',
        `Rows of more than ${formatCount(maxMonths)} months of members cannot be added up at once: split the file by date.`,
      );
    }
    const fields = new Float64Array(DAYS_PER_MONTH * FIELDS).fill(Number.NaN);
    ofMember.set(month, fields);
    return fields;
  }

  return {
    get days() {
      return days;
    },
    add({ memberId, fact }) {
      const fields = daysOf(memberId, fact.date.slice(0, 7));
      const start = (Number(fact.date.slice(8)) - 1) * FIELDS;
      const sums = AI_USAGE_NUMBERS.map(({ key, decimals }, index) => {
        const value = fact[key];
        const before = fields[start + index] ?? Number.NaN;
        return value === null ? before : orZero(before) + Math.round(value * 10 ** decimals);
      });
      for (const [index, { column, max, decimals }] of AI_USAGE_NUMBERS.entries()) {
        const sum = (sums[index] ?? 0) / 10 ** decimals;
        if (sum > max) {
          const message = `adds up to ${sum} with the day's earlier rows, more than ${max}`;
          return { code: 'TOO_LARGE', column, message };
        }
      }
      // Counts are never absent: the first one tells whether the day has a row.
      days += Number.isNaN(fields[start]) ? 1 : 0;
      fields.set(sums, start);
      return null;
    },
    *rows() {
      for (const [memberId, ofMember] of byMember) {
        for (const [month, fields] of ofMember) {
          yield* daysIn(fields, month).map(([date, counts]) => ({
            memberId,
            fact: { date, source, ...counts },
          }));
        }
      }
    },
  };
}

function orZero(number: number): number {
  return Number.isNaN(number) ? 0 : number;
}

function daysIn(fields: Float64Array, month: string): [CalendarDate, AiUsageCounts][] {
  const days: [CalendarDate, AiUsageCounts][] = [];
  for (let day = 0; day < DAYS_PER_MONTH; day += 1) {
    const start = day * FIELDS;
    if (!Number.isNaN(fields[start])) {
      const counts: Partial<Record<keyof AiUsageCounts, number | null>> = {};
      for (const [index, { key, decimals }] of AI_USAGE_NUMBERS.entries()) {
        const sum = fields[start + index] ?? Number.NaN;
        counts[key] = Number.isNaN(sum) ? null : sum / 10 ** decimals;
      }
      days.push([`${month}-${String(day + 1).padStart(2, '0')}`, counts as AiUsageCounts]);
    }
  }
  return days;
}

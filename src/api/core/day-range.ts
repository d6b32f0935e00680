import type { InputShapeFromFields } from '@pothos/core';
import type { DayRange } from '../../db/reads/ai-usage-sources.ts';
import { addDays, daysBetween, toCalendarDate } from '../../domain/rollups/week.ts';
import { builder } from './builder.ts';
import { countDays } from './day-count.ts';
import { invalidInput } from './errors.ts';
import type { RawArguments } from './field-cost.ts';

const DEFAULT_DAYS = 28;

/** A leap year: longer ranges are asked for in parts. */
const MAX_DAYS = 366;

/** The arguments of everything that is counted by UTC days. */
export const dayRangeArguments = builder.args((t) => ({
  from: t.field({
    type: 'Date',
    description: `First UTC day; ${DEFAULT_DAYS} days before the end when absent.`,
  }),
  to: t.field({
    type: 'Date',
    description: 'First UTC day that is not asked for; tomorrow when absent.',
  }),
}));

/** Days of a range that was not checked yet, at the most; a range that cannot be read counts as the longest. */
export function countRangeDays({ from, to }: RawArguments, now: Date): number {
  // Without an end the range includes today.
  const days = from == null ? DEFAULT_DAYS : Math.ceil(countDays(from, to ?? now)) + 1;
  return days >= 1 && days <= MAX_DAYS ? days : MAX_DAYS;
}

/**
 * The half-open range of UTC days `[from, to)`.
 * @throws DomainError INVALID_INPUT when it is empty or longer than a year
 */
export function toDayRange(
  input: InputShapeFromFields<typeof dayRangeArguments>,
  now: Date,
): DayRange {
  const to = input.to ?? addDays(toCalendarDate(now), 1);
  const from = input.from ?? addDays(to, -DEFAULT_DAYS);
  // Counted, not compared: dates beyond the year 9999 have a sign, and their texts are in no order.
  const days = daysBetween(from, to);
  if (days <= 0) {
    throw invalidInput('The range is empty: from must lie before to.');
  }
  if (days > MAX_DAYS) {
    throw invalidInput(`Ask for ${MAX_DAYS} days at a time at the most.`);
  }
  return { from, to };
}

import type { InputShapeFromFields } from '@pothos/core';
import type { DayRange } from '../../db/reads/ai-usage-sources.ts';
import { addDays, toCalendarDate } from '../../domain/rollups/week.ts';
import { builder } from './builder.ts';
import { invalidInput } from './errors.ts';

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
  if (from >= to) {
    throw invalidInput('The range is empty: from must lie before to.');
  }
  if (addDays(from, MAX_DAYS) < to) {
    throw invalidInput(`Ask for ${MAX_DAYS} days at a time at the most.`);
  }
  return { from, to };
}

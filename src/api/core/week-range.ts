import type { Row } from '../../db/core/tables.ts';
import type { WeekRangeKey } from '../../db/reads/weekly-metrics.ts';
import {
  addDays,
  dateInZone,
  daysBetween,
  weekStartOf,
  type CalendarDate,
} from '../../domain/rollups/week.ts';
import { invalidInput } from './errors.ts';
import { countDays } from './day-count.ts';
import { costs, type RawArguments } from './field-cost.ts';

const DEFAULT_WEEKS = 12;

/** Five years: longer ranges are asked for in parts. */
const MAX_WEEKS = 260;

interface WeekRangeInput {
  readonly from?: CalendarDate | null | undefined;
  readonly to?: CalendarDate | null | undefined;
}

type TeamCalendar = Pick<Row<'Team'>, 'timeZone' | 'weekStart'>;

type WeekRange = Omit<WeekRangeKey, 'teamId'>;

/**
 * The weeks that touch the half-open range of dates `[from, to)`. Without `to` up to the current week and with it,
 * without `from` twelve weeks.
 * @throws DomainError INVALID_INPUT when the range is empty or longer than five years
 */
export function toWeekRange(input: WeekRangeInput, team: TeamCalendar, now: Date): WeekRange {
  const weekStart = team.weekStart === 'SUNDAY' ? 'SUNDAY' : 'MONDAY';
  const currentWeek = weekStartOf(dateInZone(now, team.timeZone), weekStart);
  const toWeek =
    input.to === null || input.to === undefined
      ? addDays(currentWeek, 7)
      : addDays(weekStartOf(addDays(input.to, -1), weekStart), 7);
  const fromWeek =
    input.from === null || input.from === undefined
      ? addDays(toWeek, -7 * DEFAULT_WEEKS)
      : weekStartOf(input.from, weekStart);
  // Counted, not compared: dates beyond the year 9999 have a sign, and their texts are in no order.
  const weeks = daysBetween(fromWeek, toWeek) / 7;
  const days = input.from == null || input.to == null ? 1 : daysBetween(input.from, input.to);
  if (weeks <= 0 || days <= 0) {
    throw invalidInput('The range is empty: from must lie before to.');
  }
  if (weeks > MAX_WEEKS) {
    throw invalidInput(`Ask for ${MAX_WEEKS} weeks at a time at the most.`);
  }
  return { fromWeek, toWeek };
}

/** Weeks of a range that was not checked yet, at the most; a range that cannot be read counts as the longest. */
function countWeeks({ from, to }: RawArguments, now: Date): number {
  // A range touches a week more at each end, and the last one ends after today.
  const weeks = from == null ? DEFAULT_WEEKS : Math.ceil(countDays(from, to ?? now) / 7) + 2;
  return weeks >= 1 && weeks <= MAX_WEEKS ? weeks : MAX_WEEKS;
}

/** The cost of every field that answers a value a week. */
export const WEEKS_COST = costs({ size: countWeeks });

/** First days of the weeks of a range, oldest first. */
export function listWeeks(range: WeekRange): CalendarDate[] {
  const weeks: CalendarDate[] = [];
  for (let week = range.fromWeek; week < range.toWeek; week = addDays(week, 7)) {
    weeks.push(week);
  }
  return weeks;
}

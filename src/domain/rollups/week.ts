/** A calendar date, `YYYY-MM-DD`, without zone. */
export type CalendarDate = string;

export type WeekStart = 'MONDAY' | 'SUNDAY';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Midnight UTC of the date: the form in which drivers hand over a SQL date. */
export function toUtcMidnight(date: CalendarDate): Date {
  return new Date(`${date}T00:00:00Z`);
}

/** The date of a value that holds midnight UTC. */
export function toCalendarDate(midnight: Date): CalendarDate {
  return midnight.toISOString().slice(0, 10);
}

/** Adds days (may be negative) to a date. */
export function addDays(date: CalendarDate, days: number): CalendarDate {
  return toCalendarDate(new Date(toUtcMidnight(date).getTime() + days * DAY_MS));
}

/** Days from one date to another; negative when the other is earlier. */
export function daysBetween(from: CalendarDate, to: CalendarDate): number {
  return (toUtcMidnight(to).getTime() - toUtcMidnight(from).getTime()) / DAY_MS;
}

/** The first day of the week that a date lies in. */
export function weekStartOf(date: CalendarDate, weekStart: WeekStart): CalendarDate {
  const weekday = toUtcMidnight(date).getUTCDay();
  const back = weekStart === 'SUNDAY' ? weekday : (weekday + 6) % 7;
  return addDays(date, -back);
}

/** The date that an instant falls on in an IANA time zone. */
export function dateInZone(instant: Date, timeZone: string): CalendarDate {
  // By parts: no locale promises the order of a whole date, nor four digits of a year.
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(instant);
  const part = (type: 'year' | 'month' | 'day'): string =>
    parts.find((candidate) => candidate.type === type)?.value ?? '';
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`;
}

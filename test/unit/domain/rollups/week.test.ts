import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  dateInZone,
  toCalendarDate,
  toUtcMidnight,
  weekStartOf,
  type WeekStart,
} from '../../../../src/domain/rollups/week.ts';

const anyDate = fc
  .integer({ min: toUtcMidnight('0001-01-08').getTime(), max: Date.UTC(9999, 11, 20) })
  .map((time) => toCalendarDate(new Date(time)));

const anyWeekStart = fc.constantFrom<WeekStart>('MONDAY', 'SUNDAY');

describe('the week of a date', () => {
  it.each([
    ['2025-12-15', '2025-12-15', '2025-12-21'],
    ['2025-12-21', '2025-12-15', '2025-12-21'],
    ['2025-12-31', '2025-12-29', '2026-01-04'],
    ['2024-02-29', '2024-02-26', '2024-03-03'],
  ])('%s lies in the week from %s to %s', (date, first, last) => {
    expect(weekStartOf(date, 'MONDAY')).toBe(first);
    expect(addDays(weekStartOf(date, 'MONDAY'), 6)).toBe(last);
  });

  it.each([
    ['ISO week 53 begins', '2026-12-28', '2026-12-28', '2026-12-27'],
    ['ISO week 53 ends in the next year', '2027-01-03', '2026-12-28', '2027-01-03'],
    ['2025-W01 begins in the year before', '2024-12-30', '2024-12-30', '2024-12-29'],
    ['a leap day', '2028-02-29', '2028-02-28', '2028-02-27'],
    ['the Sunday before a week', '2026-03-08', '2026-03-02', '2026-03-08'],
    ['the Monday of a week', '2026-03-09', '2026-03-09', '2026-03-08'],
    ['the last day of all', '9999-12-31', '9999-12-27', '9999-12-26'],
  ])('%s', (_, date, monday, sunday) => {
    expect(weekStartOf(date, 'MONDAY')).toBe(monday);
    expect(weekStartOf(date, 'SUNDAY')).toBe(sunday);
  });

  it('holds the date, begins on the right weekday, and is the week of its own first day', () => {
    fc.assert(
      fc.property(anyDate, anyWeekStart, (date, weekStart) => {
        const first = weekStartOf(date, weekStart);
        expect(first <= date && date < addDays(first, 7)).toBe(true);
        expect(toUtcMidnight(first).getUTCDay()).toBe(weekStart === 'SUNDAY' ? 0 : 1);
        expect(weekStartOf(first, weekStart)).toBe(first);
      }),
      { numRuns: 300 },
    );
  });
});

describe('adding days', () => {
  it.each([
    ['2024-02-28', 1, '2024-02-29'],
    ['2023-02-28', 1, '2023-03-01'],
    ['2026-01-01', -1, '2025-12-31'],
    ['2026-03-08', 0, '2026-03-08'],
    ['2025-12-15', 7 * 66, '2027-03-22'],
  ])('%s and %i days are %s', (date, days, expected) => {
    expect(addDays(date, days)).toBe(expected);
  });
});

describe('the date of an instant in a zone', () => {
  it.each([
    ['UTC', '2026-01-04T23:59:59.999Z', '2026-01-04'],
    ['UTC', '2026-01-05T00:00:00Z', '2026-01-05'],
    // New York, standard time and summer time, on both sides of both changes.
    ['America/New_York', '2026-01-05T04:59:59.999Z', '2026-01-04'],
    ['America/New_York', '2026-01-05T05:00:00Z', '2026-01-05'],
    ['America/New_York', '2026-03-09T03:59:59.999Z', '2026-03-08'],
    ['America/New_York', '2026-03-09T04:00:00Z', '2026-03-09'],
    ['America/New_York', '2026-11-02T04:59:59.999Z', '2026-11-01'],
    ['America/New_York', '2026-11-02T05:00:00Z', '2026-11-02'],
    // Half an hour in all things.
    ['Asia/Kolkata', '2026-01-04T18:29:59.999Z', '2026-01-04'],
    ['Asia/Kolkata', '2026-01-04T18:30:00Z', '2026-01-05'],
    ['Australia/Lord_Howe', '2026-01-04T12:59:59.999Z', '2026-01-04'],
    ['Australia/Lord_Howe', '2026-01-04T13:00:00Z', '2026-01-05'],
    ['Australia/Lord_Howe', '2026-07-05T13:29:59.999Z', '2026-07-05'],
    ['Australia/Lord_Howe', '2026-07-05T13:30:00Z', '2026-07-06'],
    ['Europe/Kyiv', '2026-03-29T20:59:59.999Z', '2026-03-29'],
    ['Europe/Kyiv', '2026-03-29T21:00:00Z', '2026-03-30'],
    // A day that begins at one o'clock, and a day that never was.
    ['America/Sao_Paulo', '2018-11-04T02:59:59.999Z', '2018-11-03'],
    ['America/Sao_Paulo', '2018-11-04T03:00:00Z', '2018-11-04'],
    ['Pacific/Apia', '2011-12-30T09:59:59.999Z', '2011-12-29'],
    ['Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-31'],
    // A midnight that comes twice: the day has begun with the first.
    ['America/Havana', '2026-11-01T03:59:59.999Z', '2026-10-31'],
    ['America/Havana', '2026-11-01T04:00:00Z', '2026-11-01'],
    ['Pacific/Kiritimati', '2026-01-04T10:00:00Z', '2026-01-05'],
    ['Etc/GMT+12', '2026-01-05T11:59:59.999Z', '2026-01-04'],
    // Absurd years keep the form of a date.
    ['UTC', '0999-01-01T00:00:00Z', '0999-01-01'],
    ['UTC', '9999-12-31T23:59:59Z', '9999-12-31'],
  ])('in %s the instant %s is %s', (zone, instant, expected) => {
    expect(dateInZone(new Date(instant), zone)).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { listWeeks, toWeekRange } from '../../../../src/api/core/week-range.ts';

const UTC_MONDAY = { timeZone: 'UTC', weekStart: 'MONDAY' };
const NOW = new Date('2026-03-12T12:00:00Z');

describe('the range of weeks', () => {
  it('is the last twelve weeks with the current one, unless told otherwise', () => {
    const range = toWeekRange({}, UTC_MONDAY, NOW);
    expect(range).toEqual({ fromWeek: '2025-12-22', toWeek: '2026-03-16' });
    expect(listWeeks(range)).toHaveLength(12);
  });

  it('holds every week that the half-open range of dates touches', () => {
    expect(toWeekRange({ from: '2026-03-04', to: '2026-03-09' }, UTC_MONDAY, NOW)).toEqual({
      fromWeek: '2026-03-02',
      toWeek: '2026-03-09',
    });
    expect(toWeekRange({ from: '2026-03-08', to: '2026-03-10' }, UTC_MONDAY, NOW)).toEqual({
      fromWeek: '2026-03-02',
      toWeek: '2026-03-16',
    });
  });

  it('begins twelve weeks before its end when only the end is given', () => {
    expect(toWeekRange({ to: '2026-01-05' }, UTC_MONDAY, NOW)).toEqual({
      fromWeek: '2025-10-13',
      toWeek: '2026-01-05',
    });
  });

  it("is cut in the team's zone and on its first day", () => {
    // Sunday 2026-03-15 has begun on Kiritimati, not in UTC.
    const saturdayNoon = new Date('2026-03-14T12:00:00Z');
    expect(
      toWeekRange({}, { timeZone: 'Pacific/Kiritimati', weekStart: 'SUNDAY' }, saturdayNoon).toWeek,
    ).toBe('2026-03-22');
    expect(toWeekRange({}, { timeZone: 'UTC', weekStart: 'SUNDAY' }, saturdayNoon).toWeek).toBe(
      '2026-03-15',
    );
  });

  it.each([
    [{ from: '2026-03-09', to: '2026-03-09' }, 'from must lie before to'],
    [{ from: '2026-03-10', to: '2026-03-09' }, 'from must lie before to'],
    [{ from: '2026-03-11', to: '2026-03-10' }, 'from must lie before to'],
    [{ from: '2030-01-01' }, 'from must lie before to'],
    [{ from: '2000-01-01' }, '260 weeks'],
    [{ from: '0001-01-01', to: '9999-12-31' }, '260 weeks'],
    [{ to: '9999-12-31', from: '2026-01-01' }, '260 weeks'],
    [{ from: '9999-12-31', to: '0001-01-01' }, 'from must lie before to'],
  ])('refuses %j', (input, sentence) => {
    expect(() => toWeekRange(input, UTC_MONDAY, NOW)).toThrow(sentence);
  });

  it('may span five years', () => {
    expect(listWeeks(toWeekRange({ from: '2021-03-29' }, UTC_MONDAY, NOW))).toHaveLength(259);
  });
});

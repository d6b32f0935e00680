import { expect, it } from 'vitest';
import { toDayRange } from '../../../../src/api/core/day-range.ts';

const NOW = new Date('2026-03-12T12:00:00Z');

it('the range of days is the last four weeks with today, unless told otherwise', () => {
  expect(toDayRange({}, NOW)).toEqual({ from: '2026-02-13', to: '2026-03-13' });
  expect(toDayRange({ from: '2025-03-12', to: '2026-03-13' }, NOW)).toEqual({
    from: '2025-03-12',
    to: '2026-03-13',
  });
});

it.each([
  [{ from: '2026-03-09', to: '2026-03-09' }, 'from must lie before to'],
  [{ from: '2026-03-14' }, 'from must lie before to'],
  [{ from: '2025-03-11', to: '2026-03-13' }, '366 days'],
  [{ from: '0001-01-01', to: '9999-12-31' }, '366 days'],
  [{ from: '9999-12-31', to: '0001-01-01' }, 'from must lie before to'],
])('the range of days refuses %j with what is true of it', (input, sentence) => {
  expect(() => toDayRange(input, NOW)).toThrow(sentence);
});

it('the range of days may end with the last year that has four digits', () => {
  expect(toDayRange({ from: '9999-01-01', to: '9999-12-31' }, NOW)).toEqual({
    from: '9999-01-01',
    to: '9999-12-31',
  });
});

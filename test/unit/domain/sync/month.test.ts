import { describe, expect, it } from 'vitest';
import { monthsBetween } from '../../../../src/domain/sync/month.ts';

function shown(from: string | null, upTo: string | null): string[] {
  const toDate = (text: string | null) => (text === null ? null : new Date(text));
  return monthsBetween(toDate(from), toDate(upTo)).map(
    (range) => `${range.month} ${range.from.toISOString()} ${range.to.toISOString()}`,
  );
}

describe('months between two instants', () => {
  it('are whole but for the first and the last, which begin and end at whole seconds', () => {
    expect(shown('2025-12-31T23:59:58.001Z', '2026-02-01T00:00:00.999Z')).toEqual([
      '2025-12-01 2025-12-31T23:59:59.000Z 2026-01-01T00:00:00.000Z',
      '2026-01-01 2026-01-01T00:00:00.000Z 2026-02-01T00:00:00.000Z',
      '2026-02-01 2026-02-01T00:00:00.000Z 2026-02-01T00:00:01.000Z',
    ]);
  });

  it('hold an instant alone, and the second that it lies in', () => {
    const instant = '2026-02-28T12:00:00.000Z';
    expect(shown(instant, instant)).toEqual([
      '2026-02-01 2026-02-28T12:00:00.000Z 2026-02-28T12:00:01.000Z',
    ]);
  });

  it.each([
    [null, '2026-01-01T00:00:00Z'],
    ['2026-01-01T00:00:00Z', null],
    ['2026-01-01T00:00:01Z', '2026-01-01T00:00:00Z'],
  ])('are none between %s and %s', (from, upTo) => {
    expect(shown(from, upTo)).toEqual([]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  daysBefore,
  instantAt,
  isDay,
  parseInstant,
  requireInstant,
} from '../../../../src/domain/core/instants.ts';

const FIRST = new Date('1970-01-01T00:00:00.000Z');
const LAST = new Date('2100-12-31T23:59:59.999Z');

const storable = fc.date({ min: FIRST, max: LAST, noInvalidDate: true });

describe('an instant from outside', () => {
  it.each([
    ['2026-03-01T12:00:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:00+00:00', '2026-03-01T12:00:00.000Z'],
    // RFC 3339, 4.3: the offset of the place is not known, the time in UTC is.
    ['2026-03-01T12:00:00-00:00', '2026-03-01T12:00:00.000Z'],
    // RFC 3339, 5.6: small letters are the same.
    ['2026-03-01t12:00:00z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:00.5+05:30', '2026-03-01T06:30:00.500Z'],
    ['2026-03-01T12:00:00-08:00', '2026-03-01T20:00:00.000Z'],
    ['2026-03-01T23:59:59+23:59', '2026-03-01T00:00:59.000Z'],
    ['2026-03-01T00:00:00-23:59', '2026-03-01T23:59:00.000Z'],
    ['2026-03-01T12:00:00.1Z', '2026-03-01T12:00:00.100Z'],
    ['2026-03-01T12:00:00.12Z', '2026-03-01T12:00:00.120Z'],
    // Cut off and not rounded: no instant moves into the next second, or the next century.
    ['2026-12-31T23:59:59.999999999999Z', '2026-12-31T23:59:59.999Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
    ['2100-12-31T23:59:59.9999Z', '2100-12-31T23:59:59.999Z'],
    // The instant counts, not the year that is written.
    ['1969-12-31T23:30:00-01:00', '1970-01-01T00:30:00.000Z'],
    ['2101-01-01T01:00:00+02:00', '2100-12-31T23:00:00.000Z'],
  ])('%s is %s', (text, instant) => {
    expect(parseInstant(text)?.toISOString()).toBe(instant);
  });

  it('is the same with and without a fraction, and whatever is none with one is none without', () => {
    const two = fc.integer({ min: 0, max: 99 }).map((number) => String(number).padStart(2, '0'));
    const year = fc.integer({ min: 1960, max: 2110 });
    fc.assert(
      fc.property(year, fc.tuple(two, two, two, two, two), (years, [month, day, ...time]) => {
        const text = `${years}-${month}-${day}T${time.join(':')}`;
        expect(parseInstant(`${text}Z`)).toEqual(parseInstant(`${text}.000Z`));
      }),
      { numRuns: 2_000, examples: [[2024, ['02', '29', '23', '59', '59']]] },
    );
  });

  it.each<[what: string, value: unknown]>([
    ['the 30th of February', '2026-02-30T00:00:00Z'],
    ['the 29th of February in a year without', '2026-02-29T00:00:00Z'],
    ['the 29th of February in a century without', '2100-02-29T00:00:00Z'],
    ['the 31st of April', '2026-04-31T00:00:00Z'],
    ['month 0', '2026-00-10T00:00:00Z'],
    ['month 13', '2026-13-01T00:00:00Z'],
    ['day 0', '2026-01-00T00:00:00Z'],
    ['day 32', '2026-01-32T00:00:00Z'],
    ['24 o’clock', '2026-03-01T24:00:00Z'],
    ['minute 60', '2026-03-01T12:60:00Z'],
    ['a leap second that was', '2016-12-31T23:59:60Z'],
    ['a leap second that never was', '2026-03-01T12:00:60Z'],
    ['an offset of a day', '2026-03-01T12:00:00+24:00'],
    ['an offset with 60 minutes', '2026-03-01T12:00:00+01:60'],
    ['an offset without minutes', '2026-03-01T12:00:00+01'],
    ['an offset without a colon', '2026-03-01T12:00:00+0100'],
    ['a minus that is none', '2026-03-01T12:00:00\u221201:00'],
    ['no offset', '2026-03-01T12:00:00'],
    ['no seconds', '2026-03-01T12:00Z'],
    ['no time', '2026-03-01'],
    ['no digits behind the point', '2026-03-01T12:00:00.Z'],
    ['a comma', '2026-03-01T12:00:00,5Z'],
    ['a blank for the T', '2026-03-01 12:00:00Z'],
    ['a week', '2026-W10-7T12:00:00Z'],
    ['no hyphens', '20260301T120000Z'],
    ['one digit', '2026-3-1T12:00:00Z'],
    ['digits that are none of ours', '２０２６-03-01T12:00:00Z'],
    ['a blank before', ' 2026-03-01T12:00:00Z'],
    ['a line behind', '2026-03-01T12:00:00Z\n'],
    ['NUL behind', '2026-03-01T12:00:00Z\0'],
    ['year 0', '0000-01-01T00:00:00Z'],
    ['year 1', '0001-01-01T00:00:00Z'],
    ['year 70, which is not 1970', '0070-01-01T00:00:00Z'],
    ['the last moment before', '1969-12-31T23:59:59.999Z'],
    ['a moment that its offset brings before', '1970-01-01T00:00:00+00:01'],
    ['the first moment behind', '2101-01-01T00:00:00Z'],
    ['a moment that its offset brings behind', '2100-12-31T23:59:59-00:01'],
    ['year 9999', '9999-12-31T23:59:59Z'],
    ['year 10000', '10000-01-01T00:00:00Z'],
    ['year 10000 with a sign', '+010000-01-01T00:00:00Z'],
    ['a negative year', '-000001-01-01T00:00:00Z'],
    ['a year 0 with a sign', '-000000-01-01T00:00:00Z'],
    ['the last moment of JavaScript', '+275760-09-13T00:00:00Z'],
    ['words', 'yesterday'],
    ['PostgreSQL’s own words', 'infinity'],
    ['nothing', ''],
    ['a number', 1_772_366_400],
    ['a date', new Date(0)],
    ['null', null],
    ['undefined', undefined],
    ['a list', ['2026-03-01T12:00:00Z']],
  ])('is refused: %s', (_what, value) => {
    expect(parseInstant(value)).toBeNull();
  });

  it('comes back from its own form, from any offset, and to the millisecond', () => {
    fc.assert(
      fc.property(
        storable,
        fc.integer({ min: -1439, max: 1439 }),
        fc.stringMatching(/^\d{0,9}$/),
        (instant, offset, more) => {
          expect(parseInstant(instant.toISOString())).toEqual(instant);
          const shown = new Date(instant.getTime() + offset * 60_000).toISOString();
          const pad = (value: number): string => String(Math.floor(value)).padStart(2, '0');
          const distance = Math.abs(offset);
          const zone = `${offset < 0 ? '-' : '+'}${pad(distance / 60)}:${pad(distance % 60)}`;
          expect(parseInstant(`${shown.slice(0, -1)}${more}${zone}`)).toEqual(instant);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is either refused or one that can be stored, whatever came', () => {
    const part = (max: number, digits: number) =>
      fc.integer({ min: 0, max }).map((value) => String(value).padStart(digits, '0'));
    const written = fc
      .tuple(
        part(10_100, 4),
        part(14, 2),
        part(33, 2),
        part(25, 2),
        part(61, 2),
        part(61, 2),
        fc.constantFrom('', '.5', '.999999', ','),
        fc.constantFrom('Z', 'z', '+14:00', '-23:59', '+24:00', ''),
      )
      .map(([y, mo, d, h, mi, s, rest, zone]) => `${y}-${mo}-${d}T${h}:${mi}:${s}${rest}${zone}`);
    fc.assert(
      fc.property(fc.oneof(written, fc.anything(), fc.string()), (value) => {
        const instant = parseInstant(value);
        // JavaScript, which takes much more, reads what is taken alike.
        const read = instant === null ? FIRST : new Date(String(value).toUpperCase());
        expect(read >= FIRST && read <= LAST).toBe(true);
        expect(instant ?? FIRST).toEqual(read);
        expect(read.toISOString()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      }),
      { numRuns: 5_000 },
    );
  });

  it('that somebody has to put right is refused with a sentence', () => {
    expect(requireInstant('2026-03-01T12:00:00Z', 'since')).toEqual(
      new Date('2026-03-01T12:00:00Z'),
    );
    expect(() => requireInstant('0000-01-01T00:00:00Z', 'since')).toThrow(
      'since must be an instant of the years 1970 to 2100 as RFC 3339 writes it, such as 2026-03-01T12:00:00Z.',
    );
  });

  it.each([
    [0, FIRST],
    [LAST.getTime(), LAST],
    [-1, null],
    [LAST.getTime() + 1, null],
    [8.64e15 + 1, null],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
  ])('of %s milliseconds is %s', (milliseconds, instant) => {
    expect(instantAt(milliseconds)).toEqual(instant);
  });
});

describe('a day from outside', () => {
  it.each(['1970-01-01', '2024-02-29', '2026-03-08', '2100-12-31'])('%s is one', (text) => {
    expect(isDay(text)).toBe(true);
  });

  it.each<[value: unknown]>([
    ['2026-02-29'],
    ['2026-02-30'],
    ['2100-02-29'],
    ['2026-04-31'],
    ['2026-13-01'],
    ['2026-00-10'],
    ['2026-01-00'],
    ['2026-01-32'],
    ['2026-1-1'],
    ['26-01-01'],
    ['0000-01-01'],
    ['0001-01-01'],
    ['0070-01-01'],
    ['1969-12-31'],
    ['2101-01-01'],
    ['9999-12-31'],
    ['10000-01-01'],
    ['+10000-01-01'],
    ['2026-01-01T00:00:00Z'],
    [' 2026-01-01'],
    ['2026-01-01\n'],
    ['２０２６-01-01'],
    [''],
    [20_260_101],
    [null],
  ])('%j is none', (value) => {
    expect(isDay(value)).toBe(false);
  });

  it('is one exactly when JavaScript counts to it', () => {
    fc.assert(
      fc.property(storable, (instant) => {
        expect(isDay(instant.toISOString().slice(0, 10))).toBe(true);
      }),
    );
    const days = new Set<string>();
    for (let ms = FIRST.getTime(); ms <= LAST.getTime(); ms += 86_400_000) {
      days.add(new Date(ms).toISOString().slice(0, 10));
    }
    const two = (value: number): string => String(value).padStart(2, '0');
    for (const year of [1970, 1999, 2000, 2024, 2026, 2099, 2100]) {
      for (let month = 0; month <= 13; month += 1) {
        for (let day = 0; day <= 32; day += 1) {
          const text = `${year}-${two(month)}-${two(day)}`;
          expect({ text, isDay: isDay(text) }).toEqual({ text, isDay: days.has(text) });
        }
      }
    }
  });
});

describe('days before an instant', () => {
  it('are counted back to 1970 and no further', () => {
    const now = new Date('2026-03-12T12:00:00Z');
    expect(daysBefore(now, 90)).toEqual(new Date('2025-12-12T12:00:00Z'));
    expect(daysBefore(now, 36_500)).toEqual(FIRST);
  });
});

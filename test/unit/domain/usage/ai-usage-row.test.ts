import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AI_USAGE_COLUMNS,
  AI_USAGE_NUMBERS,
} from '../../../../src/domain/usage/ai-usage-columns.ts';
import {
  createAiUsageIntake,
  isAiUsageProblem,
} from '../../../../src/domain/usage/ai-usage-intake.ts';
import type { AiUsageFact } from '../../../../src/domain/usage/ai-usage.ts';
import { lastUsageDay, readAiUsageRow } from '../../../../src/domain/usage/ai-usage-row.ts';

const NOW = new Date('2026-03-12T12:00:00Z');
const OPTIONS = { source: 'CURSOR', spelling: 'column', lastDay: lastUsageDay(NOW) } as const;

const row = (values: Record<string, unknown> = {}): Record<string, unknown> => ({
  login: 'ada',
  date: '2026-03-02',
  suggestions_shown: 10,
  ...values,
});

/** Code and column of what is wrong; null when nothing is. */
function refusal(values: Record<string, unknown>): [string, string | null] | null {
  const read = readAiUsageRow(values, OPTIONS);
  return isAiUsageProblem(read) ? [read.code, read.column] : null;
}

/** Whether the table takes it as it is. */
function isStorable(fact: AiUsageFact): boolean {
  return (
    fact.suggestionsAccepted <= fact.suggestionsShown &&
    AI_USAGE_NUMBERS.every(({ key, max, decimals, absent }) => {
      const number = fact[key];
      return number === null
        ? absent === null
        : number >= 0 && number <= max && Number(number.toFixed(decimals)) === number;
    })
  );
}

describe('a row of AI usage', () => {
  it('keeps what it says; an absent count is 0, an absent measure unknown', () => {
    expect(
      readAiUsageRow(row({ suggestions_accepted: '4', active_hours: 2.345678 }), OPTIONS),
    ).toEqual({
      login: 'ada',
      fact: {
        date: '2026-03-02',
        source: 'CURSOR',
        suggestionsShown: 10,
        suggestionsAccepted: 4,
        linesSuggested: 0,
        linesAccepted: 0,
        interactions: 0,
        activeHours: 2.35,
        credits: null,
      },
    });
  });

  it.each<[string, Record<string, unknown>, string, string | null]>([
    ['no login', { login: '' }, 'MISSING', 'login'],
    ['a login that is a number', { login: 5 }, 'NOT_TEXT', 'login'],
    ['a login without end', { login: 'a'.repeat(5_000) }, 'UNKNOWN_MEMBER', 'login'],
    ['no date', { date: null }, 'MISSING', 'date'],
    ['a day that does not exist', { date: '2026-02-30' }, 'NOT_A_DATE', 'date'],
    ['year 0', { date: '0000-01-01' }, 'NOT_A_DATE', 'date'],
    ['an instant for a day', { date: '2026-03-02T00:00:00Z' }, 'NOT_A_DATE', 'date'],
    ['a day before 2000', { date: '1999-12-31' }, 'DATE_TOO_EARLY', 'date'],
    ['a day in the future', { date: '2026-03-14' }, 'DATE_IN_FUTURE', 'date'],
    ['NaN', { suggestions_shown: Number.NaN }, 'NOT_FINITE', 'suggestions_shown'],
    ['NaN as text', { suggestions_shown: 'NaN' }, 'NOT_FINITE', 'suggestions_shown'],
    ['infinity', { interactions: Number.POSITIVE_INFINITY }, 'NOT_FINITE', 'interactions'],
    ['infinity as text', { interactions: '-Infinity' }, 'NOT_FINITE', 'interactions'],
    ['a number too large for one', { interactions: '1e999' }, 'NOT_FINITE', 'interactions'],
    ['a negative count', { lines_accepted: -1 }, 'NEGATIVE', 'lines_accepted'],
    ['an absurd count', { lines_suggested: 10_000_001 }, 'TOO_LARGE', 'lines_suggested'],
    ['more hours than a day has', { active_hours: 24.01 }, 'TOO_LARGE', 'active_hours'],
    ['a fraction of a count', { interactions: '1.5' }, 'NOT_WHOLE', 'interactions'],
    ['a word for a number', { credits: 'many' }, 'NOT_A_NUMBER', 'credits'],
    ['hexadecimal digits', { interactions: '0x10' }, 'NOT_A_NUMBER', 'interactions'],
    ['a list for a number', { credits: [1] }, 'NOT_A_NUMBER', 'credits'],
    ['true for a number', { credits: true }, 'NOT_A_NUMBER', 'credits'],
    ['no number at all', { suggestions_shown: ' ' }, 'MISSING', null],
    ['a column that is none', { acceptance: 1 }, 'UNKNOWN_COLUMN', 'acceptance'],
    ['the spelling of the API', { suggestionsShown: 1 }, 'UNKNOWN_COLUMN', 'suggestionsShown'],
    [
      'a key of the prototype',
      JSON.parse('{"__proto__":1}') as object as Record<string, unknown>,
      'UNKNOWN_COLUMN',
      '__proto__',
    ],
  ])('is refused with %s', (_what, values, code, column) => {
    const raw = Object.assign(Object.create(null) as Record<string, unknown>, row());
    for (const [key, value] of Object.entries(values)) {
      Object.defineProperty(raw, key, { value, enumerable: true });
    }
    expect(refusal(raw)).toEqual([code, column]);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['an @ before the login', { login: '@ada' }, { login: 'ada' }],
    [
      'no-break spaces around',
      { login: 'ada\u00a0', interactions: '\u00a03' },
      { interactions: 3 },
    ],
    ['a whole number with decimals', { interactions: '12.0' }, { interactions: 12 }],
    ['three decimals of an amount', { credits: '1.250' }, { credits: 1.25 }],
    ['a decimal comma', { credits: '3,5' }, { credits: 3.5 }],
    [
      'three decimals behind a comma, of a number below one',
      { credits: '0,125' },
      { credits: 0.125 },
    ],
    [
      'more digits before a comma than thousands have',
      { credits: '1234,567' },
      { credits: 1234.567 },
    ],
  ])('is taken with %s', (_what, values, expected) => {
    const read = readAiUsageRow(row(values), OPTIONS);
    expect(isAiUsageProblem(read) ? read : { login: read.login, ...read.fact }).toMatchObject({
      login: 'ada',
      ...expected,
    });
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    [
      'an e-mail address',
      { login: 'ada@example.com' },
      'NOT_A_LOGIN',
      `"ada@example.com" is an e-mail address: write the member's login on GitHub`,
    ],
    [
      'the number of a day',
      { date: '46083' },
      'NOT_A_DATE',
      '"46083" is the number by which a spreadsheet stores a day: format the column as YYYY-MM-DD',
    ],
    ...['3/2/2026', '02.03.2026', '2/3/26', '2026/03/02', '2026-3-2', '3-2-2026 10:00'].map(
      (date): [string, Record<string, unknown>, string, string] => [
        `the day ${date}`,
        { date },
        'NOT_A_DATE',
        `"${date}" may be read as more than one day: write it as YYYY-MM-DD`,
      ],
    ),
    ...['2026-03-02T08:15:30.123Z', '2026-03-02 08:15'].map(
      (date): [string, Record<string, unknown>, string, string] => [
        `the instant ${date}`,
        { date },
        'NOT_A_DATE',
        `"${date}" is an instant: write its UTC day alone, as 2026-03-02`,
      ],
    ),
    ...[
      '1,200',
      '1.200,50',
      '1,200.50',
      '1 200',
      '1\u00a0200',
      '1\u202f200',
      "1'200",
      '1.200.300',
    ].map((credits): [string, Record<string, unknown>, string, string] => [
      `the thousands of ${credits}`,
      { credits },
      'NOT_A_NUMBER',
      `"${credits}" has a separator of thousands or of decimals: write the digits alone, decimals after a point`,
    ]),
    ...['$3.50', '3,50 €', 'US$1,200.00', 'USD 3.5', '3.5 EUR'].map(
      (credits): [string, Record<string, unknown>, string, string] => [
        `the currency of ${credits}`,
        { credits },
        'NOT_A_NUMBER',
        `"${credits}" has a currency: write the number alone`,
      ],
    ),
    [
      'a count that may be one or a thousand',
      { interactions: '1.000' },
      'NOT_A_NUMBER',
      '"1.000" has a separator of thousands or of decimals: write the digits alone, decimals after a point',
    ],
    [
      'a percentage',
      { suggestions_accepted: '41 %' },
      'NOT_A_NUMBER',
      '"41 %" is a percentage: write the number that was counted',
    ],
  ])('says what to do about %s', (_what, values, code, message) => {
    expect(readAiUsageRow(row(values), OPTIONS)).toMatchObject({ code, message });
  });

  it('takes today wherever it is today', () => {
    expect(refusal(row({ date: '2026-03-13' }))).toBeNull();
    expect(lastUsageDay(new Date('2026-03-12T09:59:59Z'))).toBe('2026-03-12');
  });

  it('is never read into anything that the table refuses, whatever comes', () => {
    const value = fc.oneof(fc.anything(), fc.double(), fc.integer(), fc.double().map(String));
    const raw = fc.record(
      Object.fromEntries(AI_USAGE_COLUMNS.map(({ column }) => [column, value])),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(raw, fc.boolean(), (values, hasPosition) => {
        const read = readAiUsageRow(hasPosition ? row(values) : values, OPTIONS);
        return isAiUsageProblem(read) ? read.message.length < 200 : isStorable(read.fact);
      }),
    );
  });
});

describe('the rows of one file', () => {
  const intake = () =>
    createAiUsageIntake({
      source: 'CURSOR',
      spelling: 'column',
      now: NOW,
      nameRow: (rowNumber) => `line ${rowNumber}`,
      duplicateAdvice: 'add them up',
      members: new Map([
        ['ada', 1n],
        ['ghost', null],
      ]),
    });

  it('find their member in any case, and refuse one that is not there or not clear', () => {
    const take = intake();
    expect(take.take(1, row({ login: 'ADA' }))).toMatchObject({ memberId: 1n });
    expect(take.take(2, row({ login: 'bob' }))).toMatchObject({ code: 'UNKNOWN_MEMBER' });
    expect(take.take(3, row({ login: 'ghost' }))).toMatchObject({ code: 'AMBIGUOUS_MEMBER' });
  });

  it('refuse a second row of a member and day, also one that says the same, and name the first', () => {
    const take = intake();
    expect(take.take(1, row({ interactions: -1 }))).toMatchObject({ code: 'NEGATIVE' });
    expect(take.take(2, row())).toMatchObject({ memberId: 1n });
    expect(take.take(3, row({ date: '2026-03-31', login: 'bob' }))).toHaveProperty('code');
    expect(take.take(4, row())).toEqual({
      code: 'DUPLICATE_KEY',
      column: null,
      message: 'has the same member and day as line 2: add them up',
    });
  });

  it('know duplicates exactly, whatever the order of members and days', () => {
    const member = fc.constantFrom('ada', 'bob', 'cy');
    const day = fc.integer({ min: 0, max: 800 });
    fc.assert(
      fc.property(fc.array(fc.tuple(member, day), { maxLength: 60 }), (keys) => {
        const take = createAiUsageIntake({
          source: 'OTHER',
          spelling: 'column',
          now: NOW,
          nameRow: String,
          duplicateAdvice: 'add them up',
          members: new Map([
            ['ada', 1n],
            ['bob', 2n],
            ['cy', 3n],
          ]),
        });
        const seen = new Set<string>();
        for (const [index, [login, offset]] of keys.entries()) {
          const date = new Date(Date.UTC(2024, 0, 1 + offset)).toISOString().slice(0, 10);
          const isRepeated = seen.has(`${login} ${date}`);
          seen.add(`${login} ${date}`);
          const taken = take.take(index + 1, row({ login, date }));
          expect(isAiUsageProblem(taken)).toBe(isRepeated);
        }
      }),
    );
  });
});

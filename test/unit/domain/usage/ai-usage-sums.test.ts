import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AI_USAGE_NUMBERS } from '../../../../src/domain/usage/ai-usage-columns.ts';
import { createAiUsageSums } from '../../../../src/domain/usage/ai-usage-sums.ts';
import type { AiUsageFact } from '../../../../src/domain/usage/ai-usage.ts';

const FACT: AiUsageFact = {
  date: '2026-03-02',
  source: 'CURSOR',
  suggestionsShown: 0,
  suggestionsAccepted: 0,
  linesSuggested: 0,
  linesAccepted: 0,
  interactions: 0,
  activeHours: null,
  credits: null,
};

const row = (fact: Partial<AiUsageFact> = {}, memberId = 1n) => ({
  memberId,
  fact: { ...FACT, ...fact },
});

describe('rows of a member and day', () => {
  it('are added up, each number by itself; unknown stays unknown', () => {
    const sums = createAiUsageSums('CURSOR');
    expect(sums.add(row({ interactions: 10, credits: 0.1 }))).toBeNull();
    expect(sums.add(row({ interactions: 7, credits: 0.2 }))).toBeNull();
    expect(sums.add(row({ interactions: 1, date: '2026-03-31' }))).toBeNull();
    expect(sums.add(row({ interactions: 2 }, 2n))).toBeNull();
    expect(sums.days).toBe(3);
    expect([...sums.rows()]).toEqual([
      row({ interactions: 17, credits: 0.3 }),
      row({ interactions: 1, date: '2026-03-31' }),
      row({ interactions: 2 }, 2n),
    ]);
  });

  it('never come to more than a day holds, and what does not fit changes nothing', () => {
    const sums = createAiUsageSums('CURSOR');
    expect(sums.add(row({ interactions: 1, activeHours: 20 }))).toBeNull();
    expect(sums.add(row({ interactions: 1, activeHours: 4.01 }))).toEqual({
      code: 'TOO_LARGE',
      column: 'active_hours',
      message: "adds up to 24.01 with the day's earlier rows, more than 24",
    });
    expect(sums.add(row({ interactions: 1, activeHours: 4 }))).toBeNull();
    expect([...sums.rows()]).toEqual([row({ interactions: 2, activeHours: 24 })]);
  });

  it('may be of so many months of members, and no more', () => {
    const sums = createAiUsageSums('CURSOR', 2);
    sums.add(row());
    sums.add(row({}, 2n));
    sums.add(row({ date: '2026-03-31' }, 2n));
    expect(() => sums.add(row({ date: '2026-04-01' }, 2n))).toThrow(
      'Rows of more than 2 months of members cannot be added up at once: split the file by date.',
    );
  });

  it('add up to the same in any order', () => {
    const rows = fc.array(
      fc.record({
        credits: fc.option(fc.integer({ min: 0, max: 100_000 })),
        day: fc.integer({ min: 1, max: 3 }),
      }),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(rows, (all) => {
        const totals = new Map<number, number | null>();
        const sums = createAiUsageSums('CURSOR');
        for (const { credits, day } of all) {
          const before = totals.get(day) ?? null;
          totals.set(day, credits === null ? before : (before ?? 0) + credits);
          sums.add(
            row({ date: `2026-03-0${day}`, credits: credits === null ? null : credits / 10_000 }),
          );
        }
        const found = new Map([...sums.rows()].map(({ fact }) => [fact.date, fact.credits]));
        const expected = [...totals].map(
          ([day, total]) => [`2026-03-0${day}`, total === null ? null : total / 10_000] as const,
        );
        expect(found).toEqual(new Map(expected));
      }),
    );
  });

  it('have their first number always, which tells that a day has a row', () => {
    expect(AI_USAGE_NUMBERS[0]?.absent).toBe(0);
  });
});

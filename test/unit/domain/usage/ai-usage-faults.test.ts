import { describe, expect, it } from 'vitest';
import {
  createAiUsageIntake,
  isAiUsageProblem,
} from '../../../../src/domain/usage/ai-usage-intake.ts';
import { faultsOf, readAiUsageRow } from '../../../../src/domain/usage/ai-usage-row.ts';

const ROW = { login: 'ada', date: '2026-03-30', interactions: 1 };

describe('a row with several faults', () => {
  it('tells all of them, also that the member is unknown', () => {
    const take = createAiUsageIntake({
      source: 'CURSOR',
      spelling: 'column',
      members: new Map([['ada', 1n]]),
      now: new Date('2026-03-30T12:00:00Z'),
      nameRow: (rowNumber) => `line ${rowNumber}`,
      duplicateAdvice: null,
    });
    const taken = take.take(1, {
      login: 'bob',
      date: '31.12.2025',
      interactions: -1,
      credits: 'many',
      shown: 1,
    });
    expect(
      isAiUsageProblem(taken) && faultsOf(taken).map(({ code, column }) => [code, column]),
    ).toEqual([
      ['UNKNOWN_COLUMN', 'shown'],
      ['NOT_A_DATE', 'date'],
      ['NEGATIVE', 'interactions'],
      ['NOT_A_NUMBER', 'credits'],
      ['UNKNOWN_MEMBER', 'login'],
    ]);
  });

  it('tells ten of them at the most', () => {
    const columns = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`c${index}`, 1]));
    const read = readAiUsageRow(
      { ...ROW, ...columns, date: '' },
      {
        source: 'CURSOR',
        spelling: 'column',
        lastDay: '2026-03-30',
      },
    );
    expect(isAiUsageProblem(read) && faultsOf(read)).toHaveLength(10);
  });
});

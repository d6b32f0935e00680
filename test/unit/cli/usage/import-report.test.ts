import { describe, expect, it } from 'vitest';
import { createImportReport, type ImportOutcome } from '../../../../src/cli/usage/import-report.ts';
import type { AiUsageProblem } from '../../../../src/domain/usage/ai-usage-row.ts';

const aDay = (text: string): AiUsageProblem => ({
  code: 'NOT_A_DATE',
  column: 'date',
  message: `"${text}" is no day`,
});
const DUPLICATE: AiUsageProblem = {
  code: 'DUPLICATE_KEY',
  column: null,
  message: 'has the same member and day as line 2',
};
const nobody = (login: string): AiUsageProblem => ({
  code: 'UNKNOWN_MEMBER',
  column: 'login',
  message: `no member has the login "${login}"`,
});

const WRITTEN = { inserted: 2, updated: 0, unchanged: 0, weeksRolledUp: 1 };

function outcome(parts: Partial<ImportOutcome['summary']>, flags: Partial<ImportOutcome> = {}) {
  const summary = { rows: 3, refused: 0, written: null, ...parts };
  return { summary, dryRun: false, sum: false, ...flags };
}

describe('the report of an import', () => {
  it('tells a fault of the file once, with the lines that have it', () => {
    const report = createImportReport('a.csv', 100);
    for (const line of [2, 3, 4, 7, 9, 10]) {
      report.addProblem(line, aDay(`day ${line}`));
    }
    report.addProblem(11, nobody('eve'));
    report.addProblem(12, nobody('max'));
    report.addProblem(13, nobody('eve'));
    expect(report.render(outcome({ rows: 9, refused: 9 }))).toBe(
      `a.csv line 2, date: "day 2" is no day (NOT_A_DATE); the same on lines 3 to 4, 7, 9 to 10
a.csv line 11, login: no member has the login "eve" (UNKNOWN_MEMBER); the same on line 13
a.csv line 12, login: no member has the login "max" (UNKNOWN_MEMBER)
9 rows read, 9 refused.
Nothing was written: mend the file.
`,
    );
    expect(report.problems.map(({ line }) => line)).toEqual([2, 3, 4, 7, 9, 10, 11, 12, 13]);
  });

  it('keeps no more than its bound, and counts the rest', () => {
    const report = createImportReport('a.csv', 3);
    for (let line = 2; line < 200_000; line += 2) {
      report.addProblem(line, line % 4 === 0 ? nobody(`user-${line}`) : aDay('x'));
      report.addPassedOver(line + 1);
    }
    const text = report.render(outcome({ rows: 99_999, refused: 99_999 }));
    expect(text.length).toBeLessThan(1_000);
    expect(text).toContain('the same on lines 6, 49,998 more\n');
    expect(text).toContain('… and 49,998 more (--max-errors shows more)\n');
    expect([report.problems.length, report.passedOver]).toEqual([3, [3, 5, 7]]);
  });

  it.each<[string, AiUsageProblem[], ImportOutcome, string]>([
    [
      'to add up where rows of a day are all that is wrong',
      [DUPLICATE],
      outcome({ refused: 1 }),
      'Nothing was written.\nUse --sum, which adds up the rows of a member and day (left out without it: 1).\n',
    ],
    [
      'to mend the rest as well',
      [DUPLICATE, aDay('x')],
      outcome({ refused: 2 }),
      'Nothing was written: mend the file.\nUse --sum, which adds up the rows of a member and day (left out without it: 1).\n',
    ],
    [
      'to add up also after the good rows were written',
      [DUPLICATE],
      outcome({ refused: 1, written: WRITTEN }),
      '2 inserted, 0 updated, 0 unchanged; 1 weeks rolled up.\nUse --sum, which adds up the rows of a member and day (left out without it: 1).\n',
    ],
    [
      'to take the good rows where no usage of theirs is lost',
      [aDay('x')],
      outcome({ refused: 1 }),
      'Nothing was written. Mend the file, or take the 2 good rows with --skip-bad.\n',
    ],
    [
      'nothing when all is well',
      [],
      outcome({ summed: 2, written: WRITTEN }, { sum: true }),
      'They add up to 2 days of members.\n2 inserted, 0 updated, 0 unchanged; 1 weeks rolled up.\n',
    ],
  ])('advises %s', (_what, problems, result, end) => {
    const report = createImportReport('a.csv', 100);
    for (const problem of problems) {
      report.addProblem(3, problem);
    }
    const text = report.render(result);
    expect(text.slice(text.indexOf('refused.\n') + 'refused.\n'.length)).toBe(end);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importOf } from './import-of.ts';

describe('1.200 of an amount', () => {
  const ROW = (day: number, credits: string) => `ada;2026-03-0${day};1;${credits}`;
  const table = (separator: string, credits: readonly string[]) =>
    ['login;date;interactions;credits', ...credits.map((text, index) => ROW(index + 2, text))]
      .join('\n')
      .replaceAll(';', separator);
  const OPEN = (line: number, text = '1.200') =>
    `amounts line ${line}, credits: "${text}" may be 1200 or 1.2: write 1200, or four decimals, as 1.2000 (NOT_A_NUMBER)`;
  const read = async (content: string) => {
    const { facts, said } = await importOf('amounts', content);
    return [facts.map((fact) => (fact as { credits: number }).credits), said];
  };

  it.each<[string, string, readonly string[], readonly [number[], string[]]]>([
    ['is open where others have a decimal comma', ';', ['1.200', '3,5'], [[3.5], [OPEN(2)]]],
    [
      'is open also before the first of them',
      '\t',
      ['3,5', '0,125', '1.200'],
      [[3.5, 0.125], [OPEN(4)]],
    ],
    ['is open beside commas within quotes', ',', ['1.200', '"3,5"'], [[3.5], [OPEN(2)]]],
    ['is open where no other says it', ';', ['1.200', '3'], [[3], [OPEN(2)]]],
    ['is open where others have both marks', ';', ['1.200', '3,5', '2.5'], [[3.5, 2.5], [OPEN(2)]]],
    ['is 1.2 where others have a decimal point', ';', ['1.200', '2.5'], [[1.2, 2.5], []]],
    ['is 1.2 beside commas that separate', ',', ['1.200', '3'], [[1.2, 3], []]],
    ['is 1.2 with four decimals', ';', ['1.2000', '3,5'], [[1.2, 3.5], []]],
    ['is 1200 without a point', ';', ['1200', '3,5'], [[1200, 3.5], []]],
  ])('%s', async (_what, separator, credits, expected) => {
    expect(await read(table(separator, credits))).toEqual(expected);
  });

  it('is told by all of the file, however long it is, in the same way each time', async () => {
    const days = Array.from({ length: 6_000 }, () => 'ada;2026-03-04;1;7');
    const rows = [ROW(2, '1.200'), ...days, 'bob;2026-03-02;1;2,5'];
    const [, said] = await read(['login;date;interactions;credits', ...rows].join('\n'));
    expect(said).toContain(OPEN(2));
  });

  it('is open in JSON too, where others are text with a comma', async () => {
    const line = (date: string, credits: unknown) =>
      JSON.stringify({ login: 'ada', date, credits });
    const lines = [line('2026-03-02', '1.200'), line('2026-03-03', '3,5')];
    expect(await read(lines.join('\n'))).toEqual([[3.5], [OPEN(1)]]);
    const plain = [line('2026-03-02', '1.200'), line('2026-03-03', 3.5)];
    expect(await read(plain.join('\n'))).toEqual([[1.2, 3.5], []]);
  });

  it('is never read a thousand times wrong: no file gives both 1.2 and 3.5 of commas', async () => {
    const number = fc.constantFrom(
      '1.200',
      '3,5',
      '2.5',
      '1,200',
      '1.234,5',
      '1,234.5',
      '7',
      '12.345',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(number, { minLength: 1, maxLength: 6 }), async (credits) => {
        const quoted = credits.map((text) => `"${text}"`);
        for (const separator of [',', ';', '\t']) {
          const [facts] = (await read(table(separator, quoted))) as [number[], string[]];
          const hasComma = credits.some((text) => text === '3,5' || text === '1.234,5');
          expect(facts.includes(1.2) && hasComma).toBe(false);
          expect(facts.includes(12.345) && hasComma).toBe(false);
          expect(facts.some((value) => value > 100)).toBe(false);
        }
      }),
      { numRuns: 40 },
    );
  });
});

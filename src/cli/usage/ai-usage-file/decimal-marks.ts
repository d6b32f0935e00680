import { AI_USAGE_NUMBERS } from '../../../domain/usage/ai-usage-columns.ts';
import {
  adviseOnDottedNumber,
  readDecimalMark,
  type DecimalMark,
} from '../../../domain/usage/spreadsheet-forms.ts';
import type { AiUsageLine } from '../../../runtime/usage/import-ai-usage.ts';

/** Reads by which marks the numbers of a file have decimals, as far as they leave no doubt. */
export type ReadDecimalMarks = () => Promise<ReadonlySet<DecimalMark>>;

const NUMBERS = AI_USAGE_NUMBERS.map(({ column }) => column);

/** @param batches the rows of the file, from its beginning on */
export async function collectDecimalMarks(
  batches: AsyncIterable<readonly AiUsageLine[]>,
): Promise<ReadonlySet<DecimalMark>> {
  const marks = new Set<DecimalMark>();
  for await (const batch of batches) {
    for (const line of batch) {
      for (const [, text] of numbersOf(line)) {
        const mark = readDecimalMark(text);
        if (mark !== null) {
          marks.add(mark);
        }
      }
    }
  }
  return marks;
}

/**
 * Refuses `1.200` where the rest of the file does not say that it is 1.2: where other numbers have a decimal comma, or
 * none has decimals and the columns are separated as countries with a decimal comma do it.
 * @param separator of the columns; a comma of what has no columns
 * @param readMarks asked only where there is such a number; null takes all rows
 */
export async function refuseDottedNumbers(
  lines: readonly AiUsageLine[],
  separator: string,
  readMarks: ReadDecimalMarks | null,
): Promise<readonly AiUsageLine[]> {
  if (readMarks === null || !lines.some((line) => findDotted(line) !== undefined)) {
    return lines;
  }
  const marks = await readMarks();
  if (!marks.has('COMMA') && (separator === ',' || marks.has('POINT'))) {
    return lines;
  }
  return lines.map((line) => {
    const [column, text] = findDotted(line) ?? [];
    const message = text === undefined ? null : adviseOnDottedNumber(text);
    return column === undefined || message === null
      ? line
      : { line: line.line, problem: { code: 'NOT_A_NUMBER', column, message } };
  });
}

function findDotted(line: AiUsageLine): readonly [column: string, text: string] | undefined {
  return numbersOf(line).find(([, text]) => adviseOnDottedNumber(text) !== null);
}

/** The numbers of a row that are written as text. */
function numbersOf(line: AiUsageLine): (readonly [column: string, text: string])[] {
  if (!('row' in line)) {
    return [];
  }
  const { row } = line;
  return NUMBERS.flatMap((column) => {
    const value = row[column];
    return typeof value === 'string' && value !== '' ? [[column, value.trim()] as const] : [];
  });
}

import { excerpt } from '../../../domain/core/excerpt.ts';
import { AI_USAGE_NUMBERS } from '../../../domain/usage/ai-usage-columns.ts';
import type { AiUsageProblem } from '../../../domain/usage/ai-usage-row.ts';
import type { AiUsageLine } from '../../../runtime/usage/import-ai-usage.ts';
import type { CsvTable } from './csv-header.ts';

/** What a row of totals is called, in the languages of common spreadsheets. */
const TOTALS =
  /^(?:(?:grand |sub)?totals?|sum|summe|gesamt(?:summe)?|totale|totaal)(?![\w-])|^(?:合計|总计|合计)/i;

const NUMBERS: readonly string[] = AI_USAGE_NUMBERS.map(({ column }) => column);

/**
 * Makes a row of a record by the columns of its table. Spreadsheets leave out empty fields at a row's end, or add some,
 * and put rows of blanks, totals and notes below a table: none of them holds usage of its own.
 * @param isOpenEnded whether the file ends in the record, without a newline
 * @returns one line at the most; none for a blank row
 */
export function readCsvRow(
  fields: readonly string[],
  { columns }: CsvTable,
  line: number,
  isOpenEnded: boolean,
): readonly AiUsageLine[] {
  const filled = fields.filter((field) => field.trim() !== '');
  const [first] = filled;
  if (first === undefined) {
    return [];
  }
  const isShort = fields.length < columns.length;
  const row: Record<string, string> = {};
  for (const [index, column] of columns.entries()) {
    if (column !== '') {
      row[column] = fields[index] ?? '';
    }
  }
  if (isHeading(row)) {
    return [{ line, passedOver: true }];
  }
  const hasNumber = NUMBERS.some((column) => /\d/.test(row[column] ?? ''));
  if (isTotal(row) || (!hasNumber && isNote(filled, row, isOpenEnded))) {
    return [{ line, passedOver: true }];
  }
  const problem = findMisfit(fields, columns, isShort && isOpenEnded, hasNumber);
  return [problem === null ? { line, row } : { line, problem }];
}

/** Files that were put one behind the other have their heading again. */
function isHeading({ login = '', date = '' }: Readonly<Record<string, string>>): boolean {
  return login.trim().toLowerCase() === 'login' && date.trim().toLowerCase() === 'date';
}

/** A label without a day. */
function isTotal({ login = '', date = '' }: Readonly<Record<string, string>>): boolean {
  const texts = [login, date].filter((text) => text.trim() !== '');
  return texts.length === 1 && texts.some((text) => TOTALS.test(text.trim()));
}

/** One field alone, or words where a login should be, which has no blanks. A file that ends within a login is no note. */
function isNote(
  filled: readonly string[],
  { login = '' }: Readonly<Record<string, string>>,
  isOpenEnded: boolean,
): boolean {
  return /\S\s+\S/.test(login) || (filled.length === 1 && !isOpenEnded);
}

function findMisfit(
  fields: readonly string[],
  columns: readonly string[],
  isTruncated: boolean,
  hasNumber: boolean,
): AiUsageProblem | null {
  const message = `has ${fields.length} fields where the header has ${columns.length}`;
  if (isTruncated) {
    return {
      code: 'TRUNCATED',
      column: null,
      message: `${message}: the file ends in the middle of it`,
    };
  }
  const stray = fields.findIndex((field, at) => (columns[at] ?? '') === '' && field.trim() !== '');
  if (stray !== -1) {
    return {
      code: 'WRONG_FIELD_COUNT',
      column: null,
      message:
        fields.length > columns.length
          ? `${message}: put a field that has a separator in it into quotes`
          : `has "${excerpt(fields[stray] ?? '')}" in a column without a name`,
    };
  }
  return fields.length < columns.length && !hasNumber
    ? { code: 'WRONG_FIELD_COUNT', column: null, message }
    : null;
}

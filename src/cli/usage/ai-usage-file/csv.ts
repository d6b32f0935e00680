import { AI_USAGE_COLUMNS, isAiUsageColumn } from '../../../domain/usage/ai-usage-columns.ts';
import { excerpt } from '../../../domain/core/excerpt.ts';
import { type AiUsageProblem, type RawAiUsageRow } from '../../../domain/usage/ai-usage-row.ts';
import { DomainError } from '../../../domain/core/errors.ts';
import type { AiUsageLine } from '../../../runtime/usage/import-ai-usage.ts';
import { createCsvRecordReader, type CsvRecord } from './csv-record.ts';
import { MAX_LINE_BYTES, type FileLine } from './lines.ts';

/**
 * Rows of a CSV file whose first record names the columns. A row has the number of the line that it begins on.
 * @throws DomainError INVALID_INPUT when the first record does not name the columns of AI usage
 */
export async function* readCsvRows(
  batches: AsyncIterable<readonly FileLine[]>,
): AsyncGenerator<AiUsageLine[]> {
  const reader = createCsvRecordReader();
  let columns: readonly string[] | undefined;
  /** The record that is open: where it began, and its characters so far. */
  let open: { readonly line: number; characters: number } | undefined;

  function take(line: FileLine): AiUsageLine | undefined {
    const begins = open?.line ?? line.number;
    if (line.problem !== null) {
      reader.reset();
      open = undefined;
      return { line: line.number, problem: line.problem };
    }
    if (open === undefined && line.text.trim() === '') {
      return undefined;
    }
    const record = reader.take(line.text);
    if (record.state === 'OPEN') {
      open ??= { line: line.number, characters: 0 };
      open.characters += line.text.length + 1;
      if (open.characters <= MAX_LINE_BYTES && !line.isOpenEnded) {
        return undefined;
      }
      reader.reset();
      open = undefined;
      return { line: begins, problem: notClosed(begins, line) };
    }
    open = undefined;
    if (columns === undefined) {
      columns = readHeader(record, begins);
      return undefined;
    }
    return readRecord(record, columns, begins, line);
  }

  let last: FileLine | undefined;
  for await (const batch of batches) {
    last = batch.at(-1) ?? last;
    yield batch.flatMap((line) => take(line) ?? []);
  }
  if (open !== undefined && last !== undefined) {
    yield [{ line: open.line, problem: notClosed(open.line, { ...last, isOpenEnded: true }) }];
  }
}

function notClosed(begins: number, { number, isOpenEnded }: FileLine): AiUsageProblem {
  return {
    code: isOpenEnded ? 'TRUNCATED' : 'BROKEN_QUOTES',
    column: null,
    message: isOpenEnded
      ? 'opens a quote, and the file ends before it is closed: export it again'
      : `opens a quote that is not closed within ${MAX_LINE_BYTES} characters: lines ${begins} to ${number} were not read`,
  };
}

function readRecord(
  record: CsvRecord,
  columns: readonly string[],
  line: number,
  { isOpenEnded }: FileLine,
): AiUsageLine {
  const { fields } = record;
  if (record.state === 'BROKEN') {
    const message = 'has a quote within a field: double it, and put the field in quotes';
    return { line, problem: { code: 'BROKEN_QUOTES', column: null, message } };
  }
  if (fields.length !== columns.length) {
    const isTruncated = isOpenEnded && fields.length < columns.length;
    const message = `has ${fields.length} fields where the header has ${columns.length}`;
    return {
      line,
      problem: {
        code: isTruncated ? 'TRUNCATED' : 'WRONG_FIELD_COUNT',
        column: null,
        message: isTruncated ? `${message}: the file ends in the middle of it` : message,
      },
    };
  }
  const row: Record<string, string> = {};
  for (const [index, column] of columns.entries()) {
    row[column] = fields[index] ?? '';
  }
  return { line, row: row satisfies RawAiUsageRow };
}

function readHeader(record: CsvRecord, line: number): readonly string[] {
  const names = record.fields.map((field) => field.trim());
  const complain = (what: string): never => {
    const known = AI_USAGE_COLUMNS.map(({ column }) => column).join(', ');
    throw new DomainError(
      'INVALID_INPUT',
      `Line ${line} must name the columns, separated by commas: ${what}. The columns are ${known}.`,
    );
  };
  if (record.state === 'BROKEN') {
    complain('it has a quote within a field');
  }
  const unknown = names.find((name) => !isAiUsageColumn(name, 'column'));
  if (unknown !== undefined) {
    complain(`"${excerpt(unknown)}" is none`);
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    complain(`${twice} is there twice`);
  }
  const missing = AI_USAGE_COLUMNS.find(
    ({ column, isRequired }) => isRequired && !names.includes(column),
  );
  if (missing !== undefined) {
    complain(`${missing.column} is missing`);
  }
  if (AI_USAGE_COLUMNS.every(({ column, isRequired }) => isRequired || !names.includes(column))) {
    complain('it names no number');
  }
  return names;
}

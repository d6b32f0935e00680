import type { AiUsageProblem } from '../../../domain/usage/ai-usage-row.ts';
import { DomainError } from '../../../domain/core/errors.ts';
import type { AiUsageLine } from '../../../runtime/usage/import-ai-usage.ts';
import { createCsvHeaderSearch, type CsvTable } from './csv-header.ts';
import { createCsvRecordReader } from './csv-record.ts';
import { readCsvRow } from './csv-row.ts';
import { refuseDottedNumbers, type ReadDecimalMarks } from './decimal-marks.ts';
import { MAX_LINE_BYTES, type FileLine } from './lines.ts';

/**
 * Rows of a CSV file whose heading names the columns: it is the first line, or stands below a title of some lines. A row
 * has the number of the line that it begins on. Blank rows are left out; titles, notes and totals are told as passed over.
 * @param readMarks of the file, to tell `1.200`; null takes it as 1.2
 * @throws DomainError INVALID_INPUT without a heading of AI usage
 */
export async function* readCsvRows(
  batches: AsyncIterable<readonly FileLine[]>,
  readMarks: ReadDecimalMarks | null,
): AsyncGenerator<readonly AiUsageLine[]> {
  const search = createCsvHeaderSearch();
  let table: CsvTableReader | undefined;
  let separator = ',';

  function take(line: FileLine): readonly AiUsageLine[] {
    if (table !== undefined) {
      return table.take(line);
    }
    if (line.problem !== null) {
      throw new DomainError('INVALID_INPUT', `Line ${line.number} ${line.problem.message}.`);
    }
    const found = line.text.trim() === '' ? null : search.take(line.number, line.text);
    if (found === null) {
      return [];
    }
    table = createCsvTableReader(found);
    ({ separator } = found);
    return search.titles().map((title) => ({ line: title, passedOver: true }));
  }

  for await (const batch of batches) {
    yield await refuseDottedNumbers(batch.flatMap(take), separator, readMarks);
  }
  const complaint = table === undefined ? search.complaint() : null;
  if (complaint !== null) {
    throw complaint;
  }
  yield [...(table?.end() ?? [])];
}

interface CsvTableReader {
  take(line: FileLine): readonly AiUsageLine[];
  /** What is left when the file has ended. */
  end(): readonly AiUsageLine[];
}

function createCsvTableReader(table: CsvTable): CsvTableReader {
  const reader = createCsvRecordReader(table.separator);
  /** The record that is open: where it began, its characters so far, and its last line. */
  let open: { readonly line: number; characters: number; last: FileLine } | undefined;

  function takeOpen(line: FileLine): readonly AiUsageLine[] {
    open = {
      line: open?.line ?? line.number,
      characters: (open?.characters ?? 0) + line.text.length + 1,
      last: line,
    };
    if (open.characters <= MAX_LINE_BYTES && !line.isOpenEnded) {
      return [];
    }
    const begins = open.line;
    reader.reset();
    open = undefined;
    return [{ line: begins, problem: notClosed(begins, line) }];
  }

  return {
    take(line) {
      if (line.problem !== null) {
        reader.reset();
        open = undefined;
        return [{ line: line.number, problem: line.problem }];
      }
      if (open === undefined && line.text.trim() === '') {
        return [];
      }
      const record = reader.take(line.text);
      if (record.state === 'OPEN') {
        return takeOpen(line);
      }
      const begins = open?.line ?? line.number;
      open = undefined;
      if (record.state === 'BROKEN') {
        const message = 'has a quote within a field: double it, and put the field in quotes';
        return [{ line: begins, problem: { code: 'BROKEN_QUOTES', column: null, message } }];
      }
      return readCsvRow(record.fields, table, begins, line.isOpenEnded);
    },
    end: () =>
      open === undefined
        ? []
        : [{ line: open.line, problem: notClosed(open.line, { ...open.last, isOpenEnded: true }) }],
  };
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

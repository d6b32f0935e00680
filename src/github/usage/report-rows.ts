import type { RefusedReportRow } from '../../domain/usage/ai-usage-report.ts';
import { UnusableRow } from './map-copilot.ts';
import { BrokenReport } from './report-download.ts';
import { readReportLines, type ReportLine } from './report-lines.ts';

/** The rows of a report that was read to its end. */
export interface ReportRows<Row> {
  readonly rows: readonly Row[];
  /** Lines, or parts of lines, that were left out. */
  readonly refused: number;
  /** The first of them, with their line numbers. */
  readonly refusals: readonly RefusedReportRow[];
}

/** More lines than the largest organisation has people. */
const MAX_LINES = 200_000;

/** At most so many refused lines are reported with their line numbers. */
const MAX_REFUSALS = 20;

const LINE_REASONS = {
  TOO_LONG: 'the line has more than 1,000,000 bytes',
  BAD_TEXT: 'the line is no UTF-8, or holds NUL bytes',
} as const;

/**
 * Reads the files of a report line by line. A line that cannot be used is refused with its number and the others
 * stand; a second line of one key is refused too. A last line that is incomplete makes the whole report unusable.
 * @param files the bytes of each file
 * @param keyOf what no two lines may share
 * @param mapRow throws UnusableRow for a line
 * @throws BrokenReport
 */
export async function readReportRows<Row>(
  files: readonly AsyncIterable<Uint8Array>[],
  mapRow: (text: string) => Row,
  keyOf: (row: Row) => string,
): Promise<ReportRows<Row>> {
  const rows: Row[] = [];
  const keys = new Set<string>();
  const refusals: RefusedReportRow[] = [];
  let lines = 0;
  let refused = 0;

  /** The row of a line, not yet seen in this report. */
  function take(read: ReportLine): Row {
    if (read.text === null) {
      const problem = read.problem ?? 'BAD_TEXT';
      throw new UnusableRow(problem, LINE_REASONS[problem]);
    }
    const row = mapRow(read.text);
    const key = keyOf(row);
    if (keys.has(key)) {
      throw new UnusableRow('DUPLICATE', 'an earlier line of the report names the same user');
    }
    keys.add(key);
    return row;
  }

  for (const [index, chunks] of files.entries()) {
    const file = index + 1;
    for await (const read of readReportLines(chunks)) {
      lines += 1;
      if (lines > MAX_LINES) {
        throw new BrokenReport('TOO_LARGE', `The report has over ${MAX_LINES} rows.`);
      }
      try {
        rows.push(take(read));
      } catch (error) {
        if (!(error instanceof UnusableRow)) {
          throw error;
        }
        const isUnread = ['MALFORMED', 'BAD_TEXT', 'TOO_LONG'].includes(error.problem);
        if (!read.terminated && isUnread) {
          throw new BrokenReport(
            'TRUNCATED',
            `File ${file} of the report ends within its line ${read.line}.`,
          );
        }
        refused += 1;
        if (refusals.length < MAX_REFUSALS) {
          refusals.push({ file, line: read.line, problem: error.problem, reason: error.message });
        }
      }
    }
  }
  return { rows, refused, refusals };
}

import type { RawAiUsageRow } from '../../../domain/usage/ai-usage-row.ts';
import type { AiUsageLine } from '../../../runtime/usage/import-ai-usage.ts';
import { refuseDottedNumbers, type ReadDecimalMarks } from './decimal-marks.ts';
import type { FileLine } from './lines.ts';

/**
 * Rows of a file with one JSON object a line; empty lines are passed over.
 * @param readMarks of the file, to tell `"1.200"`; null takes it as 1.2
 */
export async function* readNdjsonRows(
  batches: AsyncIterable<readonly FileLine[]>,
  readMarks: ReadDecimalMarks | null,
): AsyncGenerator<readonly AiUsageLine[]> {
  for await (const batch of batches) {
    const rows = batch.flatMap((line) => readRow(line) ?? []);
    yield await refuseDottedNumbers(rows, ',', readMarks);
  }
}

function readRow(line: FileLine): AiUsageLine | undefined {
  if (line.problem !== null) {
    return { line: line.number, problem: line.problem };
  }
  if (line.text.trim() === '') {
    return undefined;
  }
  const value = parse(line.text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return { line: line.number, row: value as RawAiUsageRow };
  }
  const isTruncated = value === undefined && line.isOpenEnded;
  return {
    line: line.number,
    problem: {
      code: isTruncated ? 'TRUNCATED' : 'NOT_JSON',
      column: null,
      message: isTruncated
        ? 'is no whole JSON object, and the file ends in the middle of it: export it again'
        : 'is not a JSON object: write one a line',
    },
  };
}

/** Undefined when the text is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

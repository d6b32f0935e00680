import { isUtf8 } from 'node:buffer';
import type { AiUsageProblem } from '../../../domain/usage/ai-usage-row.ts';

/** Bytes of a line, and of a record in quotes, at the most: a row needs a few hundred. */
export const MAX_LINE_BYTES = 1_000_000;

/** One line of a file, without what ends it. */
export interface FileLine {
  /** From 1. */
  readonly number: number;
  /** Empty when the line cannot be read. */
  readonly text: string;
  /** Why it cannot be read; null when it can. */
  readonly problem: AiUsageProblem | null;
  /** Whether the file ends without a newline behind it. */
  readonly isOpenEnded: boolean;
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Cuts a file into lines, some at a time. It holds no more than a chunk and one line of up to 1 MB; of a longer one
 * only the number is kept.
 */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<FileLine[]> {
  let number = 0;
  let held: Buffer[] = [];
  let heldBytes = 0;

  function end(last: Buffer, isOpenEnded: boolean): FileLine {
    number += 1;
    const bytes = heldBytes + last.length;
    const line =
      bytes > MAX_LINE_BYTES
        ? unreadable(number, isOpenEnded, tooLong(bytes))
        : readLine(number, isOpenEnded, held.length === 0 ? last : Buffer.concat([...held, last]));
    held = [];
    heldBytes = 0;
    return line;
  }

  for await (const chunk of chunks) {
    const lines: FileLine[] = [];
    let start = 0;
    for (
      let at = chunk.indexOf(NEWLINE);
      at !== -1;
      start = at + 1, at = chunk.indexOf(NEWLINE, start)
    ) {
      lines.push(end(chunk.subarray(start, at), false));
    }
    const rest = chunk.subarray(start);
    heldBytes += rest.length;
    // What is too long already is counted, not kept.
    held = heldBytes > MAX_LINE_BYTES ? [] : [...held, rest];
    yield lines;
  }
  if (heldBytes > 0) {
    yield [end(Buffer.alloc(0), true)];
  }
}

function readLine(number: number, isOpenEnded: boolean, raw: Buffer): FileLine {
  const start =
    number === 1 && raw.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
      ? BYTE_ORDER_MARK.length
      : 0;
  const bytes = raw.subarray(start, raw.at(-1) === CARRIAGE_RETURN ? -1 : raw.length);
  const nul = bytes.indexOf(0);
  if (nul !== -1) {
    return unreadable(number, isOpenEnded, {
      code: 'NUL_BYTE',
      column: null,
      message: `holds a NUL at byte ${start + nul + 1}: save the file as UTF-8, or take it out`,
    });
  }
  if (!isUtf8(bytes)) {
    return unreadable(number, isOpenEnded, {
      code: 'BROKEN_UTF8',
      column: null,
      message: `is no UTF-8 from byte ${start + findBrokenByte(bytes) + 1} on: save the file as UTF-8`,
    });
  }
  return { number, text: bytes.toString('utf8'), problem: null, isOpenEnded };
}

function unreadable(number: number, isOpenEnded: boolean, problem: AiUsageProblem): FileLine {
  return { number, text: '', problem, isOpenEnded };
}

function tooLong(bytes: number): AiUsageProblem {
  return {
    code: 'LINE_TOO_LONG',
    column: null,
    message: `has ${bytes} bytes, more than ${MAX_LINE_BYTES}: write one row a line`,
  };
}

/** Where the first character that is none begins. */
function findBrokenByte(bytes: Buffer): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isBeginning(bytes.subarray(0, middle))) {
      good = middle;
    } else {
      bad = middle;
    }
  }
  // What can still become a character, and does not.
  while (!isUtf8(bytes.subarray(0, good))) {
    good -= 1;
  }
  return good;
}

/** Whether bytes are UTF-8 whose last character may be cut. */
function isBeginning(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

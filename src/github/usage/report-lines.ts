/** A line longer than this is no row of a report. */
export const MAX_LINE_BYTES = 1_000_000;

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** One line of a file, or why it cannot be read as text. */
export interface ReportLine {
  /** From 1. */
  readonly line: number;
  /** Null with a problem. */
  readonly text: string | null;
  readonly problem: 'TOO_LONG' | 'BAD_TEXT' | null;
  /** False for a last line that no line break ends: it may be incomplete. */
  readonly terminated: boolean;
}

/**
 * Splits a stream of bytes into lines; empty ones are skipped but counted. Holds one line of up to 1,000,000 bytes
 * at a time: what is longer is read to its end and dropped.
 */
export async function* readReportLines(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<ReportLine, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  let parts: Uint8Array[] = [];
  let size = 0;
  let line = 0;

  function keep(part: Uint8Array): void {
    size += part.length;
    if (size <= MAX_LINE_BYTES) {
      parts.push(part);
    } else {
      parts = [];
    }
  }

  function end(terminated: boolean): ReportLine | null {
    line += 1;
    const length = size;
    const bytes = length > MAX_LINE_BYTES ? null : join(parts, length);
    parts = [];
    size = 0;
    if (bytes === null) {
      return { line, text: null, problem: 'TOO_LONG', terminated };
    }
    const text = decode(decoder, bytes);
    if (text === null || text.includes('\u0000')) {
      return { line, text: null, problem: 'BAD_TEXT', terminated };
    }
    return text.trim() === '' ? null : { line, text, problem: null, terminated };
  }

  for await (const chunk of chunks) {
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, start)) {
      keep(chunk.subarray(start, at));
      start = at + 1;
      const read = end(true);
      if (read !== null) {
        yield read;
      }
    }
    keep(chunk.slice(start));
  }
  const last = size === 0 ? null : end(false);
  if (last !== null) {
    yield last;
  }
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes;
}

/** Null when the bytes are no UTF-8. */
function decode(decoder: TextDecoder, bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** A record of a CSV file as far as it has been read. */
export interface CsvRecord {
  readonly fields: readonly string[];
  /** OPEN: within quotes, the next line belongs to it. BROKEN: a quote stands where none may stand. */
  readonly state: 'WHOLE' | 'OPEN' | 'BROKEN';
}

/** Reads records line by line, each character once. */
export interface CsvRecordReader {
  /** Takes the next line, without what ends it. */
  take(line: string): CsvRecord;
  /** Forgets a record that is open. */
  reset(): void;
}

const QUOTE = '"';

/**
 * RFC 4180 with a separator of one's own: quotes doubled within quotes, newlines within quotes.
 * @param separator one character that is no quote
 */
export function createCsvRecordReader(separator = ','): CsvRecordReader {
  let fields: string[] = [];
  let field = '';
  let isQuoted = false;

  function reset(): void {
    fields = [];
    field = '';
    isQuoted = false;
  }

  function finish(state: CsvRecord['state']): CsvRecord {
    const record = { fields, state };
    reset();
    return record;
  }

  /** Reads within quotes from `at` on; answers where it goes on behind the closing one, or -1 at the line's end. */
  function takeQuoted(line: string, at: number): number {
    let start = at;
    for (;;) {
      const quote = line.indexOf(QUOTE, start);
      if (quote === -1) {
        field += line.slice(at).replaceAll(`${QUOTE}${QUOTE}`, QUOTE);
        return -1;
      }
      if (line[quote + 1] !== QUOTE) {
        field += line.slice(at, quote).replaceAll(`${QUOTE}${QUOTE}`, QUOTE);
        return quote + 1;
      }
      start = quote + 2;
    }
  }

  return {
    reset,
    take(line) {
      if (!isQuoted && !line.includes(QUOTE)) {
        return { fields: line.split(separator), state: 'WHOLE' };
      }
      if (isQuoted) {
        field += '\n';
      }
      let at = 0;
      for (;;) {
        if (!isQuoted && line[at] === QUOTE) {
          isQuoted = true;
          at += 1;
        }
        if (isQuoted) {
          at = takeQuoted(line, at);
          if (at === -1) {
            return { fields, state: 'OPEN' };
          }
          isQuoted = false;
          if (at < line.length && line[at] !== separator) {
            return finish('BROKEN');
          }
        } else {
          const end = line.indexOf(separator, at);
          field = line.slice(at, end === -1 ? line.length : end);
          if (field.includes(QUOTE)) {
            return finish('BROKEN');
          }
          at = end === -1 ? line.length : end;
        }
        fields.push(field);
        field = '';
        if (at >= line.length) {
          return finish('WHOLE');
        }
        at += 1;
      }
    },
  };
}

import { excerpt } from '../../../domain/core/excerpt.ts';
import { DomainError } from '../../../domain/core/errors.ts';
import { AI_USAGE_COLUMNS, isAiUsageColumn } from '../../../domain/usage/ai-usage-columns.ts';
import { createCsvRecordReader } from './csv-record.ts';
import { nameKnownExport } from './known-exports.ts';

/** What the heading of a table says of it. */
export interface CsvTable {
  readonly separator: string;
  /** Empty for a column without a name. */
  readonly columns: readonly string[];
}

/** Looks for the heading of a table, which may have titles above it. */
export interface CsvHeaderSearch {
  /**
   * Takes the next line that is not blank.
   * @returns the table when the line is its heading, or null
   * @throws DomainError INVALID_INPUT when it is the heading of something else, or there were too many lines
   */
  take(line: number, text: string): CsvTable | null;
  /** The lines above the heading that hold something, by their numbers. */
  titles(): readonly number[];
  /** Why there is no heading among the lines so far; null when there were none. */
  complaint(): DomainError | null;
}

/** Lines above a heading: a title, who exported it and when. */
const MAX_TITLE_LINES = 20;

/** Characters of a line that may be a heading: what follows are columns without names, or it is none. */
const MAX_HEADING_CHARACTERS = 20_000;

const SEPARATORS = [',', ';', '\t', '|'];

/** What Excel writes first to say what separates the columns. */
const SEPARATOR_LINE = /^"?sep=(.)"?$/i;

/** A line as a heading, split by the separator that finds the most columns in it. */
interface Heading extends CsvTable {
  readonly line: number;
  /** The columns as they are written. */
  readonly names: readonly string[];
  /** Whether no quote is open or where none may stand. */
  readonly isWhole: boolean;
}

/** Nothing has been looked at yet. */
export function createCsvHeaderSearch(): CsvHeaderSearch {
  const seen: Heading[] = [];
  let separators = SEPARATORS;

  function complaint(): DomainError | null {
    const [first, ...rest] = seen;
    return first === undefined
      ? null
      : refuse(
          rest.reduce((best, next) => (countKnown(next) > countKnown(best) ? next : best), first),
        );
  }

  return {
    titles: () => seen.map(({ line }) => line),
    complaint,
    take(line, text) {
      const declared = SEPARATOR_LINE.exec(text.trimEnd())?.[1];
      if (declared !== undefined) {
        separators = [declared, ...SEPARATORS];
        return null;
      }
      const heading = readHeading(line, text.slice(0, MAX_HEADING_CHARACTERS), separators);
      if (heading.columns.includes('login') && heading.columns.includes('date')) {
        if (findFault(heading) !== null) {
          throw refuse(heading);
        }
        return heading;
      }
      const known = nameKnownExport(heading.columns);
      if (known !== null) {
        throw new DomainError('INVALID_INPUT', `Line ${line} has the columns of ${known}.`);
      }
      seen.push(heading);
      const error = seen.length > MAX_TITLE_LINES ? complaint() : null;
      if (error !== null) {
        throw error;
      }
      return null;
    },
  };
}

function countKnown({ columns }: Heading): number {
  return columns.filter((column) => isAiUsageColumn(column, 'column')).length;
}

function readHeading(line: number, text: string, separators: readonly string[]): Heading {
  const headings = separators.map((separator): Heading => {
    const { fields, state } = createCsvRecordReader(separator).take(text);
    return {
      line,
      separator,
      isWhole: state === 'WHOLE',
      names: fields,
      columns: fields.map(toColumn),
    };
  });
  const [first, ...rest] = headings;
  if (first === undefined) {
    throw new Error('no separators to split a heading by');
  }
  return rest.reduce((best, next) => (countKnown(next) > countKnown(best) ? next : best), first);
}

/** `Suggestions shown` is `suggestions_shown`. */
function toColumn(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');
}

function refuse(heading: Heading): DomainError {
  const known = AI_USAGE_COLUMNS.map(({ column }) => column).join(', ');
  return new DomainError(
    'INVALID_INPUT',
    `Line ${heading.line} must name the columns, separated by commas: ${findFault(heading)}. The columns are ${known}.`,
  );
}

/** What is wrong with a heading; null when nothing is. */
function findFault({ names, columns, isWhole }: Heading): string | null {
  if (!isWhole) {
    return 'it has a quote that is not closed, or within a field';
  }
  const unknown = columns.findIndex((name) => name !== '' && !isAiUsageColumn(name, 'column'));
  if (unknown !== -1) {
    return `"${excerpt(names[unknown]?.trim() ?? '')}" is none`;
  }
  const twice = columns.find((name, index) => name !== '' && columns.indexOf(name) !== index);
  if (twice !== undefined) {
    return `${twice} is there twice`;
  }
  const missing = AI_USAGE_COLUMNS.find(
    ({ column, isRequired }) => isRequired && !columns.includes(column),
  );
  if (missing !== undefined) {
    return `${missing.column} is missing`;
  }
  return AI_USAGE_COLUMNS.some(({ column, isRequired }) => !isRequired && columns.includes(column))
    ? null
    : 'it names no number';
}

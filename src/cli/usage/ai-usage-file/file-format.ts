import { DomainError } from '../../../domain/core/errors.ts';
import { createCsvHeaderSearch } from './csv-header.ts';
import { nameKnownExport } from './known-exports.ts';

/** Files of other kinds, by their first bytes. */
const OTHER_FILES: readonly { readonly begins: Buffer; readonly sentence: string }[] = [
  {
    begins: Buffer.from('PK\u0003\u0004', 'latin1'),
    sentence: 'is an Excel workbook or a zip archive: save its sheet as CSV (UTF-8), or unpack it',
  },
  {
    begins: Buffer.from('d0cf11e0', 'hex'),
    sentence: 'is an old Excel workbook: save its sheet as CSV (UTF-8)',
  },
  { begins: Buffer.from('1f8b', 'hex'), sentence: 'is compressed with gzip: unpack it' },
  { begins: Buffer.from('PAR1'), sentence: 'is a Parquet file: export it as CSV' },
  { begins: Buffer.from('%PDF'), sentence: 'is a PDF: export the table as CSV' },
];

/**
 * Tells CSV from one JSON object a line, by what the file begins with rather than by its name.
 * @param name of the file, for a sentence
 * @param extension in lower case with its point, empty when there is none
 * @param bytes the first ones
 * @param head their text, without a byte order mark
 * @throws DomainError INVALID_INPUT with what the file is, when it is neither
 */
export function readFileFormat(
  name: string,
  extension: string,
  bytes: Buffer,
  head: string,
): 'CSV' | 'NDJSON' {
  const refuse = (sentence: string): never => {
    throw new DomainError('INVALID_INPUT', `${name} ${sentence}.`);
  };
  const other = OTHER_FILES.find(({ begins }) => bytes.subarray(0, begins.length).equals(begins));
  if (other !== undefined) {
    refuse(other.sentence);
  }
  const text = head.trimStart();
  if (/^<(?:!doctype|html|\?xml|[a-z]+[\s>])/i.test(text)) {
    refuse('is a web page or XML: export the table as CSV');
  }
  const isList = /^\[\s*(?:[{[\]]|$)/.test(text);
  if (isList || text.startsWith('{')) {
    const known = nameKnownExport(keysOf(text));
    if (known !== null) {
      refuse(`has the keys of ${known}`);
    }
    if (isList) {
      refuse(`is one JSON list: write one object a line, for example with jq -c ".[]"`);
    }
    if (isSpread(text)) {
      refuse('has JSON objects over several lines: write one a line, for example with jq -c "."');
    }
    return 'NDJSON';
  }
  return (extension === '.ndjson' || extension === '.jsonl') && !hasHeading(text)
    ? 'NDJSON'
    : 'CSV';
}

/** The keys at any depth of what may be cut, in lower case. */
function keysOf(text: string): string[] {
  return [...text.matchAll(/"([^"\\]{1,60})"\s*:/g)].map(([, key = '']) => key.toLowerCase());
}

/** Whether the first line opens an object that goes on below it. */
function isSpread(text: string): boolean {
  const [first = '', second = ''] = text.split(/\r\n|\r|\n/);
  return /^\{(?:.*[,{[])?\s*$/.test(first) && /^\s*[^\s{]/.test(second);
}

/** Whether the first line names columns of AI usage, whatever the file is called. */
function hasHeading(text: string): boolean {
  const [first = ''] = text.split(/\r\n|\r|\n/);
  return createCsvHeaderSearch().take(1, first) !== null;
}
